"""Recovery codes and their lock: the page, section 2. Deterministic."""

from keyferry_interop.owner import user
from keyferry_interop.recovery import RecoveryLock, derive_keys, words

from .material import IDS, Material, Vectors, fixed, flipped

_CODE = fixed("recovery code", 20)
_EMAIL = "ada@example.com"


def _vector(name: str, code: bytes, email: str = _EMAIL, version: int = 1, changes: dict | None = None, must_fail: str | None = None) -> dict:
    keys, bundle_key = derive_keys(code, email), fixed("bundle key", 32)
    lock = RecoveryLock.make(user(IDS["user"]), version, keys.lock, bundle_key, fixed("recovery nonce", 12))
    inputs = {
        "email": email,
        "words": words(code),
        "user": IDS["user"].hex(),
        "version": version,
        "nonce": lock.nonce.hex(),
        "ciphertext": lock.ciphertext.hex(),
    }
    expected = {"login_key": keys.login.hex(), "lock_key": keys.lock.hex(), "bundle_key": bundle_key.hex()}
    outcome = {"expected": expected} if must_fail is None else {"must_fail": must_fail}
    return {"name": name, "inputs": {**inputs, **(changes or {})}, **outcome}


def vectors(_: Material) -> Vectors:
    """What opens, and what is refused before and after anything is derived."""
    said = words(_CODE).split()
    yield _vector("a code", _CODE)
    yield _vector("all zero", bytes(20))
    yield _vector("all one", b"\xff" * 20)
    yield _vector("in capitals and lines of their own", _CODE, changes={"words": "\n".join(said).upper() + " \t\r\f"})
    yield _vector("another account's address, written another way", _CODE, email="  BOB@Example.COM ")
    yield _vector("a later bundle", _CODE, version=2**32 - 1)
    for name, changed in [
        ("fourteen words", said[:14]),
        ("sixteen words", [*said, said[0]]),
        ("no words", []),
        ("an unknown word", [*said[:14], "keyferry"]),
        ("the beginning of a word", [said[0][:-1], *said[1:]]),
        ("white space of another script", ["\u3000".join(said)]),
        ("a checksum that is not theirs", [*["abandon"] * 14, "abandon"]),
    ]:
        yield _vector(name, _CODE, changes={"words": " ".join(changed)}, must_fail="value_invalid")
    sealed = bytes.fromhex(_vector("", _CODE)["inputs"]["ciphertext"])
    for name, changes in [
        ("another code", {"words": words(bytes(20))}),
        ("the lock of another version", {"version": 2}),
        ("the lock of another person", {"user": IDS["organization"].hex()}),
        ("the lock of another address", {"email": "bob@example.com"}),
        ("a changed ciphertext", {"ciphertext": flipped(sealed, 0).hex()}),
        ("a changed tag", {"ciphertext": flipped(sealed, len(sealed) - 1).hex()}),
        ("a ciphertext without its end", {"ciphertext": sealed[:-1].hex()}),
    ]:
        yield _vector(name, _CODE, changes=changes, must_fail="unlock_failed")
