"""Private keys as the formats keep them: PKCS#8 v1 as WebCrypto exports it; the page, section 2."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_der_private_key

from . import suite as suites
from .public_key import spki
from .refusal import Refusal, require

EncryptionPrivateKey = rsa.RSAPrivateKey | X25519PrivateKey
PrivateKey = EncryptionPrivateKey | Ed25519PrivateKey


def generate_signing() -> Ed25519PrivateKey:
    """An identity or a root."""
    return Ed25519PrivateKey.generate()


def generate_encryption(suite: str) -> EncryptionPrivateKey:
    """A key of the suite."""
    suites.require_suite(suite)
    if suite == suites.X25519:
        return X25519PrivateKey.generate()
    return rsa.generate_private_key(65537, suites.RSA_BITS[suite])


def to_pkcs8(key: PrivateKey) -> bytes:
    """Version 0, no attributes, no public key (RFC 5958; RFC 8410 §7)."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def from_pkcs8(encoded: bytes, code: str = "key_invalid") -> PrivateKey:
    """The key, unless encoding it again gives other bytes."""
    try:
        key = load_der_private_key(encoded, None)
    except Exception as error:
        raise Refusal(code, f"no PKCS#8: {error}") from None
    require(to_pkcs8(key) == encoded, code, "another encoding of the key")
    return key


def public_bytes(key: PrivateKey) -> bytes:
    """Its public half: 32 bytes, or a SubjectPublicKeyInfo."""
    if isinstance(key, rsa.RSAPrivateKey):
        return spki(key.public_key())
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
