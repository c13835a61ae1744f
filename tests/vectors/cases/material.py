"""What the vectors are made of: bytes that are the same in every run, and keys."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from keyferry_interop import private_key
from keyferry_interop.private_key import EncryptionPrivateKey, PrivateKey
from keyferry_interop.wrap import Recipient

PUBLISHED = Path(__file__).parents[1]
SUITES = ("x25519-hpke", "rsa-oaep-2048", "rsa-oaep-3072", "rsa-oaep-4096")
Vector = dict
Vectors = Iterator[Vector]


def fixed(label: str, length: int) -> bytes:
    """Bytes that are the same in every run."""
    return hashlib.shake_256(b"keyferry vectors: " + label.encode()).digest(length)


IDS = {name: fixed(name, 16) for name in ("organization", "file", "request", "user")}
HEX_IDS = {name: value.hex() for name, value in IDS.items()}


@dataclass(frozen=True)
class Material:
    """The encryption keys, one per suite; everything else is fixed."""

    keys: dict[str, EncryptionPrivateKey]

    @classmethod
    def generate(cls) -> Material:
        """RSA keys are made anew."""
        x25519 = X25519PrivateKey.from_private_bytes(fixed("x25519", 32))
        rsa = {suite: private_key.generate_encryption(suite) for suite in SUITES if suite != "x25519-hpke"}
        return cls({"x25519-hpke": x25519, **rsa})

    @classmethod
    def published(cls) -> Material:
        """The keys of the vectors that are there: each is sealed in its suite's first wrap."""
        keys: dict[str, EncryptionPrivateKey] = {}
        for vector in json.loads((PUBLISHED / "wrap.json").read_text()):
            inputs = vector["inputs"]
            if inputs["suite"] not in keys:
                seal_key, nonce, aad, sealed = (bytes.fromhex(inputs[name]) for name in _SEALED)
                keys[inputs["suite"]] = private_key.from_pkcs8(AESGCM(seal_key).decrypt(nonce, sealed, aad))
        return cls(keys)

    def recipient(self, suite: str) -> Recipient:
        """The public half."""
        return Recipient(suite, private_key.public_bytes(self.keys[suite]))

    @staticmethod
    def signing(label: str = "ed25519") -> Ed25519PrivateKey:
        """An identity."""
        return Ed25519PrivateKey.from_private_bytes(fixed(label, 32))


_SEALED = ("seal_key", "seal_nonce", "seal_aad", "sealed_private_key")


def sealed_private(key: PrivateKey) -> dict:
    """A private key as the engines take it: PKCS#8 under AES-256-GCM."""
    seal_key, nonce, aad = fixed("seal key", 32), fixed("seal nonce", 12), b"vector"
    sealed = AESGCM(seal_key).encrypt(nonce, private_key.to_pkcs8(key), aad)
    return {
        "public_key": private_key.public_bytes(key).hex(),
        "seal_key": seal_key.hex(),
        "seal_nonce": nonce.hex(),
        "seal_aad": aad.hex(),
        "sealed_private_key": sealed.hex(),
    }


def flipped(data: bytes, at: int) -> bytes:
    """The same with one bit changed."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
