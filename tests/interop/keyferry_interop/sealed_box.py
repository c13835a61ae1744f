"""Sealed boxes, which carry reasons and contact lists: the page, section 3."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import cbor
from .digest import sha256
from .private_key import EncryptionPrivateKey
from .refusal import Refusal, require
from .text import b64u, from_b64u, from_hex
from .wrap import Recipient, unwrap, wrap, wrap_context


@dataclass(frozen=True)
class SealedBox:
    """A text under a fresh key, and that key wrapped."""

    suite: str
    recipient_key: bytes
    wrapped: bytes
    nonce: bytes
    ciphertext: bytes

    def digest(self) -> bytes:
        """What statements quote."""
        return sha256(cbor.encode([self.suite, self.recipient_key, self.wrapped, self.nonce, self.ciphertext]))

    def to_json(self) -> dict:
        """The names of section 3."""
        return {
            "suite": self.suite,
            "recipient_key": self.recipient_key.hex(),
            "wrapped": b64u(self.wrapped),
            "nonce": b64u(self.nonce),
            "ciphertext": b64u(self.ciphertext),
        }

    @classmethod
    def of_json(cls, json: dict) -> SealedBox:
        """Refuses unknown names."""
        require(set(json) == {"suite", "recipient_key", "wrapped", "nonce", "ciphertext"}, "response_invalid", "other names")
        wrapped, nonce, ciphertext = (from_b64u(json[name]) for name in ("wrapped", "nonce", "ciphertext"))
        return cls(json["suite"], from_hex(json["recipient_key"]), wrapped, nonce, ciphertext)


def seal(recipient: Recipient, scope: list, text: bytes, *, key: bytes | None = None, nonce: bytes | None = None) -> SealedBox:
    """Seals a text to one public key, for one purpose. Key and nonce are given for vectors only."""
    key, nonce = key or secrets.token_bytes(32), nonce or secrets.token_bytes(12)
    ciphertext = AESGCM(key).encrypt(nonce, text, _aad(recipient, scope))
    return SealedBox(recipient.suite, recipient.key_id, wrap(recipient, scope, key), nonce, ciphertext)


def open_box(private: EncryptionPrivateKey, recipient: Recipient, scope: list, box: SealedBox) -> bytes:
    """The text. Whatever is wrong is one refusal."""
    require(box.suite == recipient.suite and box.recipient_key == recipient.key_id, "unlock_failed", "sealed to another key")
    key = unwrap(private, recipient, scope, box.wrapped)
    try:
        return AESGCM(key).decrypt(box.nonce, box.ciphertext, _aad(recipient, scope))
    except (InvalidTag, ValueError):
        raise Refusal("unlock_failed", "the box does not open") from None


def _aad(recipient: Recipient, scope: list) -> bytes:
    """`["keyferry/v1/box", wrap context]`, the wrap context as a byte string."""
    return cbor.encode(["keyferry/v1/box", wrap_context(recipient, scope)])
