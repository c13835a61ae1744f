"""Passkeys' locks: the page, section 2. Deterministic."""

from keyferry_interop.owner import user
from keyferry_interop.passkey import PasskeyLock, lock_key, prf_salt

from .material import IDS, Material, Vectors, fixed, flipped

_RP_ID = "app.example.com"
_OUTPUT, _CREDENTIAL = fixed("prf output", 32), fixed("credential", 32)


def _vector(
    name: str, rp_id: str = _RP_ID, credential: bytes = _CREDENTIAL, output: bytes = _OUTPUT, version: int = 1, bundle_key: bytes | None = None,
    changes: dict | None = None, must_fail: str | None = None,
) -> dict:
    bundle_key = fixed("bundle key", 32) if bundle_key is None else bundle_key
    lock = PasskeyLock.make(user(IDS["user"]), version, rp_id, credential, lock_key(output), bundle_key, fixed("passkey nonce", 12))
    inputs = {
        "rp_id": rp_id,
        "credential": credential.hex(),
        "prf": output.hex(),
        "user": IDS["user"].hex(),
        "version": version,
        "nonce": lock.nonce.hex(),
        "ciphertext": lock.ciphertext.hex(),
    }
    expected = {"prf_salt": prf_salt(rp_id).hex(), "lock_key": lock_key(output).hex(), "bundle_key": bundle_key.hex()}
    outcome = {"expected": expected} if must_fail is None else {"must_fail": must_fail}
    return {"name": name, "inputs": {**inputs, **(changes or {})}, **outcome}


def vectors(_: Material) -> Vectors:
    """What opens, and what does not."""
    yield _vector("a passkey")
    yield _vector("of this machine", rp_id="localhost")
    yield _vector("the shortest credential id", credential=b"\x00")
    yield _vector("the longest credential id", credential=fixed("long credential", 1023))
    yield _vector("an output of zeros", output=bytes(32))
    yield _vector("a later bundle", version=2**32 - 1)
    sealed = bytes.fromhex(_vector("")["inputs"]["ciphertext"])
    for name, changes in [
        ("another output", {"prf": flipped(_OUTPUT, 31).hex()}),
        ("the lock of another host", {"rp_id": "example.com"}),
        ("the lock of another credential", {"credential": flipped(_CREDENTIAL, 0).hex()}),
        ("the lock of a longer credential", {"credential": _CREDENTIAL.hex() + "00"}),
        ("the lock of another version", {"version": 2}),
        ("the lock of another person", {"user": IDS["organization"].hex()}),
        ("a changed ciphertext", {"ciphertext": flipped(sealed, 0).hex()}),
        ("a changed tag", {"ciphertext": flipped(sealed, len(sealed) - 1).hex()}),
        ("a ciphertext without its end", {"ciphertext": sealed[:-1].hex()}),
        ("a nonce without its end", {"nonce": fixed("passkey nonce", 12)[:-1].hex()}),
    ]:
        yield _vector(name, changes=changes, must_fail="unlock_failed")
    yield _vector("a bundle key of 31 bytes", bundle_key=bytes(31), must_fail="unlock_failed")
