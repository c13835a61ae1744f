"""Passphrase to keys: the page, section 2."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from .digest import sha256
from .refusal import require

FEWEST_ITERATIONS = 600_000
MOST_ITERATIONS = 10_000_000
_WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""The property White_Space (Unicode Character Database, PropList.txt), which is not quite what `str.strip` goes by."""


@dataclass(frozen=True)
class Kdf:
    """What the relay serves: iterations and a salt of 16 bytes."""

    iterations: int
    salt: bytes

    def require_allowed(self) -> None:
        """A client refuses too little work, and too much, before it derives anything."""
        require(FEWEST_ITERATIONS <= self.iterations <= MOST_ITERATIONS, "kdf_policy", f"{self.iterations} iterations")
        require(len(self.salt) == 16, "kdf_policy", "the salt has 16 bytes")


@dataclass(frozen=True)
class PassphraseKeys:
    """The login key goes to the relay; the lock key stays."""

    login: bytes
    lock: bytes


def normalize_passphrase(passphrase: str) -> bytes:
    """NFKC (UAX #15), UTF-8."""
    return unicodedata.normalize("NFKC", passphrase).encode()


def normalize_email(email: str) -> str:
    """White space around it removed, NFKC, lower case, NFKC again."""
    folded = unicodedata.normalize("NFKC", email.strip(_WHITE_SPACE)).lower()
    return unicodedata.normalize("NFKC", folded)


def pbkdf2_salt(email: str, served_salt: bytes) -> bytes:
    """Step 2; `email` normalized."""
    encoded = email.encode()
    return sha256(b"keyferry/v1/passphrase-salt" + len(encoded).to_bytes(8, "big") + encoded + served_salt)


def derive_keys(passphrase: str, email: str, kdf: Kdf) -> PassphraseKeys:
    """Steps 1 to 4."""
    kdf.require_allowed()
    salt = pbkdf2_salt(normalize_email(email), kdf.salt)
    output = PBKDF2HMAC(hashes.SHA256(), 32, salt, kdf.iterations).derive(normalize_passphrase(passphrase))
    return split(output)


def split(output: bytes) -> PassphraseKeys:
    """Step 4."""
    return PassphraseKeys(_expand(output, b"keyferry/v1/login"), _expand(output, b"keyferry/v1/lock"))


def _expand(output: bytes, info: bytes) -> bytes:
    """HKDF-SHA-256 (RFC 5869), no salt, 32 bytes."""
    return HKDF(hashes.SHA256(), 32, None, info).derive(output)
