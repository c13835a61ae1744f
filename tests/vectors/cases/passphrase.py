"""Passphrases: the page, section 2. Deterministic."""

from keyferry_interop.passphrase import Kdf, derive_keys, normalize_email

from .material import Material, Vectors, fixed

_DERIVED = [
    ("plain", "ada@example.com", "correct horse battery staple", 600_000),
    ("upper case and white space in the address", "  ADA@Example.COM ", "correct horse battery staple", 600_000),
    ("compatibility forms and combining marks", "\uff21da@example.com", "Cafe\u0301 \ufb01n\u00e9 \u2460", 600_000),
    ("other scripts", "\u0418\u0432\u0430\u043d@example.com", "\u041f\u0430\u0440\u043e\u043b\u044c \u5bc6\u7801 \U0001f511", 600_001),
    ("empty passphrase", "ada@example.com", "", 600_000),
    ("white space of other scripts around the address", "\u3000\u2003ada@example.com\u00a0\u2028", "correct horse battery staple", 600_000),
    ("a capital with a dot, and a final sigma", "\u0130\u039f\u0394\u039f\u03a3@example.com", "correct horse battery staple", 600_000),
    ("a lower case that normalizes", "\u2126\u212b@example.com", "white space inside  and around ", 600_000),
    ("a passphrase longer than a block of the hash", "ada@example.com", "one more wooden ladder " * 8, 600_000),
]

_REFUSED = [
    ("one iteration", 1, 16),
    ("one below the floor", 599_999, 16),
    ("one above the ceiling", 10_000_001, 16),
    ("the largest number", 2**32 - 1, 16),
    ("a short salt", 600_000, 15),
    ("a long salt", 600_000, 17),
    ("no iterations", 0, 16),
    ("no salt", 600_000, 0),
]


def vectors(_: Material) -> Vectors:
    """What derives, and what a client refuses before it derives."""
    salt = fixed("passphrase salt", 16)
    for name, email, phrase, iterations in _DERIVED:
        keys = derive_keys(phrase, email, Kdf(iterations, salt))
        expected = {"email": normalize_email(email), "login_key": keys.login.hex(), "lock_key": keys.lock.hex()}
        inputs = {"email": email, "passphrase": phrase, "salt": salt.hex(), "iterations": iterations}
        yield {"name": name, "inputs": inputs, "expected": expected}
    for name, iterations, length in _REFUSED:
        inputs = {"email": "a@b", "passphrase": "x", "salt": fixed("s", length).hex(), "iterations": iterations}
        yield {"name": name, "inputs": inputs, "must_fail": "kdf_policy"}
