"""Public keys: the page, section 1.4."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from . import suite as suites
from .curve import decode_point, is_of_small_order
from .digest import parts
from .refusal import Refusal, require

MAX_BYTES = 600


def identity_key(encoded: bytes) -> Ed25519PublicKey:
    """An identity or root key. Bytes that are no point, and points of small order, are refused."""
    require(isinstance(encoded, bytes) and len(encoded) == 32, "key_invalid", "an Ed25519 key has 32 bytes")
    point = decode_point(encoded)
    require(point is not None, "key_invalid", "no point of the curve")
    require(not is_of_small_order(point), "key_invalid", "a point of small order")
    return Ed25519PublicKey.from_public_bytes(encoded)


def encryption_key(suite: str, encoded: bytes) -> RSAPublicKey | X25519PublicKey:
    """An encryption key in the form its suite prescribes, and no other."""
    suites.require_suite(suite)
    require(isinstance(encoded, bytes) and len(encoded) <= MAX_BYTES, "key_invalid", "too long")
    if suite == suites.X25519:
        require(len(encoded) == 32, "key_invalid", "an X25519 key has 32 bytes")
        return X25519PublicKey.from_public_bytes(encoded)
    try:
        key = load_der_public_key(encoded)
    except Exception as error:
        raise Refusal("key_invalid", f"no SubjectPublicKeyInfo: {error}") from None
    require(isinstance(key, RSAPublicKey), "key_invalid", "not an RSA key")
    require(key.key_size == suites.RSA_BITS[suite], "key_invalid", f"{key.key_size} bits")
    require(key.public_numbers().n % 2 == 1, "key_invalid", "an even modulus")
    require(key.public_numbers().e == 65537, "key_invalid", "another exponent")
    require(spki(key) == encoded, "key_invalid", "another encoding of the key")
    return key


def spki(key: RSAPublicKey) -> bytes:
    """RFC 5280 §4.1.2.7, in DER, algorithm rsaEncryption."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_id(suite: str, encoded: bytes) -> bytes:
    """What says which key: `PARTS("keyferry/v1/key-id", suite, public key)`."""
    return parts("keyferry/v1/key-id", suite.encode(), encoded)
