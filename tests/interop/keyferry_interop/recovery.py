"""Recovery codes and their lock: the page, section 2."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from . import cbor
from .digest import sha256
from .fingerprint import WORDS
from .owner import Owner
from .passphrase import PassphraseKeys, normalize_email, split
from .refusal import Refusal, require
from .text import b64u, from_b64u

_ASCII_WHITE_SPACE = "[ \t\n\f\r]+"


def words(code: bytes) -> str:
    """BIP-39: the 20 bytes and the first five bits of their SHA-256, eleven bits a word."""
    listed = WORDS.read_text().split()
    bits = int.from_bytes(code, "big") << 5 | sha256(code)[0] >> 3
    return " ".join(listed[bits >> 11 * (14 - place) & 2047] for place in range(15))


def parse(text: str) -> bytes:
    """The 20 bytes that 15 words say."""
    listed = {word: place for place, word in enumerate(WORDS.read_text().split())}
    said = [word.lower() for word in re.split(_ASCII_WHITE_SPACE, text) if word]
    require(len(said) == 15 and all(word in listed for word in said), "value_invalid", "15 words of the list")
    bits = 0
    for word in said:
        bits = bits << 11 | listed[word]
    code = (bits >> 5).to_bytes(20, "big")
    require(sha256(code)[0] >> 3 == bits & 31, "value_invalid", "the checksum")
    return code


def derive_keys(code: bytes, email: str) -> PassphraseKeys:
    """What a code logs in and locks with."""
    encoded = normalize_email(email).encode()
    salt = sha256(b"keyferry/v1/recovery-salt" + len(encoded).to_bytes(8, "big") + encoded)
    return split(HKDF(hashes.SHA256(), 32, salt, b"keyferry/v1/recovery").derive(code))


@dataclass(frozen=True)
class RecoveryLock:
    """The bundle key under a code's lock key."""

    nonce: bytes
    ciphertext: bytes

    @classmethod
    def make(cls, owner: Owner, version: int, lock_key: bytes, bundle_key: bytes, nonce: bytes | None = None) -> RecoveryLock:
        """Seals the bundle key."""
        nonce = nonce or secrets.token_bytes(12)
        return cls(nonce, AESGCM(lock_key).encrypt(nonce, bundle_key, _aad(owner, version)))

    def to_json(self) -> dict:
        """The names of section 2."""
        return {"kind": "recovery", "nonce": b64u(self.nonce), "ciphertext": b64u(self.ciphertext)}

    @classmethod
    def of_json(cls, json: dict) -> RecoveryLock:
        """Refuses unknown names."""
        require(set(json) == {"kind", "nonce", "ciphertext"}, "response_invalid", "other names")
        return cls(from_b64u(json["nonce"]), from_b64u(json["ciphertext"]))

    def open(self, owner: Owner, version: int, lock_key: bytes) -> bytes:
        """The bundle key."""
        try:
            opened = AESGCM(lock_key).decrypt(self.nonce, self.ciphertext, _aad(owner, version))
        except (InvalidTag, ValueError) as error:
            raise Refusal("unlock_failed") from error
        require(len(opened) == 32, "unlock_failed", "a bundle key has 32 bytes")
        return opened


def _aad(owner: Owner, version: int) -> bytes:
    return cbor.encode(["keyferry/v1/lock", "recovery", owner.item(), version])
