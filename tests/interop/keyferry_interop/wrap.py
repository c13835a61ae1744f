"""Wraps: 32 bytes to one public key; the page, section 3."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from . import cbor
from . import suite as suites
from .digest import sha256
from .owner import Owner
from .private_key import EncryptionPrivateKey
from .public_key import encryption_key, key_id
from .refusal import Refusal, require

# RFC 9180: DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, AES-256-GCM 0x0002.
_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_HPKE_BYTES = 32 + 32 + 16


@dataclass(frozen=True)
class Recipient:
    """A public key and its suite."""

    suite: str
    key: bytes

    @property
    def key_id(self) -> bytes:
        """What names it."""
        return key_id(self.suite, self.key)


def dek_scope(organization: bytes, file: bytes, version: int) -> list:
    """Purpose: the DEK of a file version."""
    return ["dek", organization, file, version]


def lock_scope(owner: Owner, kind: str, version: int) -> list:
    """Purpose: the bundle key of a member lock."""
    return ["lock", owner.item(), kind, version]


def reason_scope(organization: bytes, file: bytes, request: bytes) -> list:
    """Purpose: the key of a request's reason."""
    return ["reason", organization, file, request]


def contacts_scope(user: bytes, version: int) -> list:
    """Purpose: the key of a contact list."""
    return ["contacts", user, version]


def wrap_context(recipient: Recipient, scope: list) -> bytes:
    """`["keyferry/v1/wrap", suite, scope, key id]`."""
    return cbor.encode(["keyferry/v1/wrap", recipient.suite, scope, recipient.key_id])


def wrap(recipient: Recipient, scope: list, secret: bytes) -> bytes:
    """Wraps 32 bytes for whoever holds the private half."""
    require(len(secret) == 32, "key_invalid", "a wrap carries 32 bytes")
    public = encryption_key(recipient.suite, recipient.key)
    context = wrap_context(recipient, scope)
    if recipient.suite != suites.X25519:
        return public.encrypt(secret, _oaep(context))
    try:
        return _HPKE.encrypt(secret, public, info=context)
    except ValueError as error:
        # RFC 9180 §7.1.4: an all-zero shared secret is refused.
        raise Refusal("key_invalid", str(error)) from None


def unwrap(private: EncryptionPrivateKey, recipient: Recipient, scope: list, wrapped: bytes) -> bytes:
    """The 32 bytes. Whatever is wrong is one refusal."""
    context = wrap_context(recipient, scope)
    kind = X25519PrivateKey if recipient.suite == suites.X25519 else RSAPrivateKey
    require(isinstance(private, kind), "unlock_failed", "the key is of another suite")
    try:
        if recipient.suite == suites.X25519:
            require(len(wrapped) == _HPKE_BYTES, "unlock_failed", "a wrap has 80 bytes")
            secret = _HPKE.decrypt(wrapped, private, info=context)
        else:
            secret = private.decrypt(wrapped, _oaep(context))
    except Refusal:
        raise
    except Exception:
        raise Refusal("unlock_failed", "the wrap does not open") from None
    require(len(secret) == 32, "unlock_failed", "a wrap carries 32 bytes")
    return secret


def _oaep(context: bytes) -> padding.OAEP:
    """RFC 8017 §7.1: SHA-256, MGF1-SHA-256, label = SHA-256(wrap context)."""
    return padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), sha256(context))
