"""Wraps: the page, section 3. Random."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from keyferry_interop import hpke
from keyferry_interop.digest import sha256
from keyferry_interop.owner import user
from keyferry_interop.public_key import encryption_key
from keyferry_interop.wrap import Recipient, contacts_scope, dek_scope, lock_scope, reason_scope, wrap, wrap_context

from .material import HEX_IDS, IDS, SUITES, Material, Vector, Vectors, fixed, flipped, sealed_private

X25519 = "x25519-hpke"
_DEK = fixed("wrapped dek", 32)
_SCOPE = dek_scope(IDS["organization"], IDS["file"], 1)


def vectors(material: Material) -> Vectors:
    """Per suite: one that opens, and wraps that were changed or made for something else."""
    for suite in SUITES:
        yield from _basics(material, suite)
    yield _low_order(material)
    for suite in SUITES:
        yield from _of_another_purpose(material, suite)
    for suite in ("rsa-oaep-2048", "rsa-oaep-3072"):
        yield from _other_oaep(material, suite)
    yield from _other_hpke(material)


def _basics(material: Material, suite: str) -> Vectors:
    to = material.recipient(suite)
    wrapped = wrap(to, _SCOPE, _DEK)
    yield _opens(material, suite, suite, wrapped)
    for name, bad in [
        ("flipped first byte", flipped(wrapped, 0)),
        ("flipped last byte", flipped(wrapped, len(wrapped) - 1)),
        ("cut short", wrapped[:-1]),
        ("one byte more", wrapped + b"\0"),
        ("empty", b""),
        ("for another version", wrap(to, dek_scope(IDS["organization"], IDS["file"], 2), _DEK)),
        ("for another file", wrap(to, dek_scope(IDS["organization"], fixed("another file", 16), 1), _DEK)),
        ("for a lock", wrap(to, lock_scope(user(IDS["user"]), "identity", 1), _DEK)),
        ("31 bytes inside", _wrap_any(to, wrap_context(to, _SCOPE), _DEK[:31])),
        ("33 bytes inside", _wrap_any(to, wrap_context(to, _SCOPE), _DEK + b"\0")),
    ]:
        yield _fails(material, suite, name, bad)


def _of_another_purpose(material: Material, suite: str) -> Vectors:
    to = material.recipient(suite)
    highest = dek_scope(IDS["organization"], IDS["file"], 2**32 - 1)
    yield _opens(material, suite, f"{suite}: the highest version", wrap(to, highest, _DEK), version=2**32 - 1)
    other = next(one for one in SUITES if one != suite)
    context = wrap_context(to, _SCOPE)
    for name, bad in [
        ("for another organization", wrap(to, dek_scope(fixed("another organization", 16), IDS["file"], 1), _DEK)),
        ("organization and file exchanged", wrap(to, dek_scope(IDS["file"], IDS["organization"], 1), _DEK)),
        ("for a reason", wrap(to, reason_scope(IDS["organization"], IDS["file"], IDS["request"]), _DEK)),
        ("for a contact list", wrap(to, contacts_scope(IDS["user"], 1), _DEK)),
        ("under another suite's name", _wrap_any(to, wrap_context(Recipient(other, to.key), _SCOPE), _DEK)),
        ("for another key's id", _wrap_any(to, wrap_context(Recipient(suite, fixed("another key", 32)), _SCOPE), _DEK)),
        ("with no context", _wrap_any(to, b"", _DEK)),
        ("with a byte after the context", _wrap_any(to, context + b"\0", _DEK)),
    ]:
        yield _fails(material, suite, name, bad)


def _other_oaep(material: Material, suite: str) -> Vectors:
    """Another hash, another mask, a label that was not hashed, no OAEP at all."""
    to, sha1 = material.recipient(suite), hashes.SHA1()  # noqa: S303 - what must be refused
    public, label = encryption_key(suite, to.key), sha256(wrap_context(to, _SCOPE))
    for name, scheme in [
        ("OAEP with SHA-1", padding.OAEP(padding.MGF1(sha1), sha1, label)),
        ("MGF1 with SHA-1", padding.OAEP(padding.MGF1(sha1), hashes.SHA256(), label)),
        ("a label that was not hashed", padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), wrap_context(to, _SCOPE))),
        ("PKCS#1 v1.5", padding.PKCS1v15()),
    ]:
        yield _fails(material, suite, name, public.encrypt(_DEK, scheme))
    size = public.key_size // 8
    yield _fails(material, suite, "zero", bytes(size))
    yield _fails(material, suite, "the modulus", public.public_numbers().n.to_bytes(size, "big"))


def _other_hpke(material: Material) -> Vectors:
    to = material.recipient(X25519)
    public, info = encryption_key(X25519, to.key), wrap_context(to, _SCOPE)
    for name, suite in [
        ("AES-128-GCM", Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)),
        ("ChaCha20-Poly1305", Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)),
        ("HKDF-SHA-512", Suite(KEM.X25519, KDF.HKDF_SHA512, AEAD.AES_256_GCM)),
    ]:
        yield _fails(material, X25519, name, suite.encrypt(_DEK, public, info=info))
    one, other = wrap(to, _SCOPE, _DEK), wrap(to, _SCOPE, _DEK)
    yield _fails(material, X25519, "another wrap's encapsulated key", other[:32] + one[32:])
    yield _fails(material, X25519, "the encapsulated key alone", one[:32])
    for name, enc in [
        ("encapsulated key one, of order 4", (1).to_bytes(32, "little")),
        ("encapsulated key of order 8", bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")),
    ]:
        yield _fails(material, X25519, name, hpke.seal_with(bytes(32), enc, to.key, info, _DEK))


def _low_order(material: Material) -> Vector:
    """A low-order point as the ephemeral key gives an all-zero secret, so anybody could have made this."""
    to = material.recipient(X25519)
    forged = hpke.seal_with(bytes(32), bytes(32), to.key, wrap_context(to, _SCOPE), _DEK)
    return _fails(material, X25519, "low-order ephemeral key", forged)


def _wrap_any(to: Recipient, context: bytes, secret: bytes) -> bytes:
    """A wrap of any length, bound to any context."""
    public = encryption_key(to.suite, to.key)
    if to.suite == X25519:
        return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM).encrypt(secret, public, info=context)
    return public.encrypt(secret, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), sha256(context)))


def _inputs(material: Material, suite: str, wrapped: bytes, version: int = 1) -> dict:
    return {"suite": suite, **sealed_private(material.keys[suite]), **HEX_IDS, "version": version, "wrapped": wrapped.hex()}


def _opens(material: Material, suite: str, name: str, wrapped: bytes, version: int = 1) -> Vector:
    return {"name": name, "inputs": _inputs(material, suite, wrapped, version), "expected": {"dek": _DEK.hex()}}


def _fails(material: Material, suite: str, name: str, wrapped: bytes) -> Vector:
    return {"name": f"{suite}: {name}", "inputs": _inputs(material, suite, wrapped), "must_fail": "unlock_failed"}
