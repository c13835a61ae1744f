"""Passkeys' locks: the page, section 2. What an authenticator's PRF gave is an input here."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from . import cbor
from .digest import sha256
from .owner import Owner
from .refusal import Refusal, require
from .text import b64u, from_b64u


def prf_salt(rp_id: str) -> bytes:
    """What the PRF is asked for on pages of that host."""
    encoded = rp_id.encode()
    return sha256(b"keyferry/v1/passkey-salt" + len(encoded).to_bytes(8, "big") + encoded)


def lock_key(output: bytes) -> bytes:
    """The lock key of what the PRF gave."""
    return HKDF(hashes.SHA256(), 32, None, b"keyferry/v1/passkey").derive(output)


@dataclass(frozen=True)
class PasskeyLock:
    """The bundle key under a passkey's lock key."""

    rp_id: str
    credential: bytes
    nonce: bytes
    ciphertext: bytes

    @classmethod
    def make(
        cls, owner: Owner, version: int, rp_id: str, credential: bytes, key: bytes, bundle_key: bytes, nonce: bytes | None = None
    ) -> PasskeyLock:
        """Seals the bundle key."""
        nonce = nonce or secrets.token_bytes(12)
        return cls(rp_id, credential, nonce, AESGCM(key).encrypt(nonce, bundle_key, _aad(owner, version, rp_id, credential)))

    def to_json(self) -> dict:
        """The names of section 2."""
        sealed = {"nonce": b64u(self.nonce), "ciphertext": b64u(self.ciphertext)}
        return {"kind": "passkey", "rp_id": self.rp_id, "credential": b64u(self.credential), **sealed}

    @classmethod
    def of_json(cls, json: dict) -> PasskeyLock:
        """Refuses unknown names."""
        require(set(json) == {"kind", "rp_id", "credential", "nonce", "ciphertext"}, "response_invalid", "other names")
        return cls(json["rp_id"], *(from_b64u(json[name]) for name in ("credential", "nonce", "ciphertext")))

    def open(self, owner: Owner, version: int, key: bytes) -> bytes:
        """The bundle key."""
        try:
            opened = AESGCM(key).decrypt(self.nonce, self.ciphertext, _aad(owner, version, self.rp_id, self.credential))
        except (InvalidTag, ValueError) as error:
            raise Refusal("unlock_failed") from error
        require(len(opened) == 32, "unlock_failed", "a bundle key has 32 bytes")
        return opened


def _aad(owner: Owner, version: int, rp_id: str, credential: bytes) -> bytes:
    return cbor.encode(["keyferry/v1/lock", "passkey", owner.item(), version, rp_id, credential])
