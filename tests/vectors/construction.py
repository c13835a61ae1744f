"""The constructions of docs/formats.md, made with the PyPI package `cryptography`: what `generate.py` seals with."""

import hashlib
import hmac

from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric import padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

HPKE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def fixed(label, length):
    """Bytes that are the same in every run."""
    return hashlib.shake_256(b"keyferry vectors: " + label.encode()).digest(length)


# --- deterministic CBOR (RFC 8949 4.2.1), as much as the contexts need ---


def cbor(item):
    def head(major, number):
        if number < 24:
            return bytes([major << 5 | number])
        size = next(size for size in (1, 2, 4, 8) if number < 1 << (8 * size))
        return bytes([major << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[size]]) + number.to_bytes(size, "big")

    if isinstance(item, bool):
        return b"\xf5" if item else b"\xf4"
    if isinstance(item, int):
        return head(0, item) if item >= 0 else head(1, -1 - item)
    if isinstance(item, bytes):
        return head(2, len(item)) + item
    if isinstance(item, str):
        return head(3, len(item.encode())) + item.encode()
    if isinstance(item, list):
        return head(4, len(item)) + b"".join(map(cbor, item))
    return head(5, len(item)) + b"".join(cbor(key) + cbor(value) for key, value in item.items())


def digest_of_parts(label, *parts):
    return hashlib.sha256(b"".join(len(p).to_bytes(8, "big") + p for p in (label.encode(), *parts))).digest()


# --- keys ---


def private_key(suite):
    if suite == "x25519-hpke":
        return x25519.X25519PrivateKey.from_private_bytes(fixed("x25519", 32))
    return rsa.generate_private_key(65537, int(suite[-4:]))


def public_bytes(key):
    if isinstance(key, rsa.RSAPrivateKey):
        return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def pkcs8(key):
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def key_id(suite, public_key):
    return digest_of_parts("keyferry/v1/key-id", suite.encode(), public_key)


def sealed(key, nonce, aad, plaintext):
    return AESGCM(key).encrypt(nonce, plaintext, aad)


def expand(key, label):
    return HKDF(hashes.SHA256(), 32, None, label.encode()).derive(key)


def wrap(suite, key, scope, secret):
    context = cbor(["keyferry/v1/wrap", suite, scope, key_id(suite, public_bytes(key))])
    if suite == "x25519-hpke":
        return HPKE.encrypt(secret, key.public_key(), info=context)
    label = hashlib.sha256(context).digest()
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label)
    return key.public_key().encrypt(secret, oaep)


def low_order_wrap(key, scope, secret):
    """HPKE to an ephemeral key of low order: the Diffie-Hellman secret is zero, so anybody can make it (RFC 9180 7.1.4)."""
    recipient = public_bytes(key)
    info = cbor(["keyferry/v1/wrap", "x25519-hpke", scope, key_id("x25519-hpke", recipient)])
    enc, kem, suite = bytes(32), b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x02"

    def extract(suite, salt, label, ikm):
        return hmac.digest(salt, b"HPKE-v1" + suite + label + ikm, "sha256")

    def expand_labeled(suite, prk, label, context, length):
        info = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context
        return hmac.digest(prk, info + b"\x01", "sha256")[:length]

    prk = extract(kem, b"", b"eae_prk", bytes(32))
    shared = expand_labeled(kem, prk, b"shared_secret", enc + recipient, 32)
    context = b"\0" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    schedule = extract(suite, shared, b"secret", b"")
    nonce = expand_labeled(suite, schedule, b"base_nonce", context, 12)
    return enc + sealed(expand_labeled(suite, schedule, b"key", context, 32), nonce, b"", secret)


def flipped(data, at):
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)
