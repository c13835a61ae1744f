"""RFC 9180's base mode from its primitives: what checks the library's, and makes what an honest sender cannot.

DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, AES-256-GCM 0x0002, sequence 0.
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEM = b"KEM\x00\x20"
_SUITE = b"HPKE\x00\x20\x00\x01\x00\x02"


def seal(ephemeral: X25519PrivateKey, recipient: bytes, info: bytes, secret: bytes) -> bytes:
    """`enc || ciphertext and tag` under a given ephemeral key (§4.1, §6.1)."""
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(recipient))
    return seal_with(shared, ephemeral.public_key().public_bytes_raw(), recipient, info, secret)


def open_sealed(private: X25519PrivateKey, info: bytes, sealed: bytes) -> bytes:
    """The secret; raises where it does not open."""
    enc, recipient = sealed[:32], private.public_key().public_bytes_raw()
    key, nonce = _schedule(private.exchange(X25519PublicKey.from_public_bytes(enc)), enc, recipient, info)
    return AESGCM(key).decrypt(nonce, sealed[32:], b"")


def seal_with(shared: bytes, enc: bytes, recipient: bytes, info: bytes, secret: bytes) -> bytes:
    """As `seal`, from any Diffie-Hellman secret: the all-zero one too, which every reader must refuse (§7.1.4)."""
    key, nonce = _schedule(shared, enc, recipient, info)
    return enc + AESGCM(key).encrypt(nonce, secret, b"")


def _schedule(shared: bytes, enc: bytes, recipient: bytes, info: bytes) -> tuple[bytes, bytes]:
    """ExtractAndExpand (§4.1), then KeySchedule (§5.1): key and base nonce."""
    prk = _extract(_KEM, b"", b"eae_prk", shared)
    kem_secret = _expand(_KEM, prk, b"shared_secret", enc + recipient, 32)
    context = b"\x00" + _extract(_SUITE, b"", b"psk_id_hash", b"") + _extract(_SUITE, b"", b"info_hash", info)
    secret = _extract(_SUITE, kem_secret, b"secret", b"")
    return _expand(_SUITE, secret, b"key", context, 32), _expand(_SUITE, secret, b"base_nonce", context, 12)


def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    """LabeledExtract (§4)."""
    return hmac.digest(salt, b"HPKE-v1" + suite + label + ikm, "sha256")


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """LabeledExpand (§4), at most one block."""
    return hmac.digest(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info + b"\x01", "sha256")[:length]
