"""Manifests: the page, section 5. Deterministic."""

import hashlib

import cbor2
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from keyferry_interop import cbor
from keyferry_interop.manifest import derive_manifest_key, manifest_aad

from .material import HEX_IDS, IDS, Material, Vector, Vectors, fixed, flipped

_DEK = fixed("dek", 32)
_NONCE = fixed("manifest nonce", 12)
_FIELDS = ["B\u00fccher 2026 \U0001f4da.pdf", "application/pdf", 123_456_789, [1_790_000_000_123], fixed("sha", 32), "Q3 ledger"]
_AAD = manifest_aad(IDS["organization"], IDS["file"], 1)
_SIZE = cbor.encode(_FIELDS[2])
_NAMES = ("name", "media_type", "plaintext_bytes", "modified_at_ms", "sha256", "label")


def vectors(_: Material) -> Vectors:
    """What opens, and what belongs to another file or is no manifest."""
    good = _seal(_FIELDS)
    yield _opens("a manifest", _FIELDS)
    yield _opens("nothing known", ["", "", 0, [], hashlib.sha256().digest(), ""])
    yield from map(_fails, [
        ("of another file", _seal(_FIELDS, aad=manifest_aad(IDS["organization"], fixed("another file", 16), 1))),
        ("of another version", _seal(_FIELDS, aad=manifest_aad(IDS["organization"], IDS["file"], 2))),
        ("under another key", _seal(_FIELDS, dek=fixed("other", 32))),
        ("flipped nonce", flipped(good, 0)),
        ("flipped byte", flipped(good, 20)),
        ("flipped tag", flipped(good, len(good) - 1)),
        ("cut short", good[:-1]),
        ("eleven bytes", good[:11]),
        ("empty", b""),
        ("a field more", _seal([*_FIELDS, "more"])),
        ("a byte after the fields", _seal_encoded(cbor.encode(_FIELDS) + b"\0")),
    ])
    yield _opens("the largest numbers", ["a", "b", 2**64 - 1, [2**64 - 1], fixed("sha", 32), ""])
    yield _opens("long texts", ["n" * 3_000, "m" * 300, 24, [0], fixed("sha", 32), "\u00fc" * 200])
    yield from map(_fails, [
        ("of another organization", _seal(_FIELDS, aad=manifest_aad(fixed("another organization", 16), IDS["file"], 1))),
        ("bound to nothing", _seal(_FIELDS, aad=b"")),
        ("bound as content is", _seal(_FIELDS, aad=cbor.encode(["keyferry/v1/content", IDS["organization"], IDS["file"], 1, "cobblestone-256"]))),
        ("under the DEK itself", _NONCE + AESGCM(_DEK).encrypt(_NONCE, cbor.encode(_FIELDS), _AAD)),
        ("a nonce and a tag alone", _seal_encoded(b"")),
        ("a field less", _seal(_FIELDS[:5])),
        ("fields in another order", _seal([_FIELDS[1], _FIELDS[0], _FIELDS[3], _FIELDS[2], *_FIELDS[4:]])),
        ("two times of change", _seal([*_FIELDS[:3], [1, 2], *_FIELDS[4:]])),
        ("a time that is no array", _seal([*_FIELDS[:3], 1, *_FIELDS[4:]])),
        ("a digest of 31 bytes", _seal([*_FIELDS[:4], fixed("sha", 31), _FIELDS[5]])),
        ("a digest as text", _seal([*_FIELDS[:4], fixed("sha", 32).hex(), _FIELDS[5]])),
        ("a name in bytes", _seal([b"name", *_FIELDS[1:]])),
        ("a name that is no UTF-8", _seal_encoded(b"\x86\x61\xff" + cbor.encode(_FIELDS[1:])[1:])),
        ("a number longer than it needs to be", _seal_encoded(cbor.encode(_FIELDS).replace(_SIZE, b"\x1b\0\0\0\0" + _SIZE[1:]))),
        ("an array of no definite length", _seal_encoded(b"\x9f" + cbor.encode(_FIELDS)[1:] + b"\xff")),
        ("a negative size", _seal_encoded(cbor2.dumps([*_FIELDS[:2], -1, *_FIELDS[3:]]))),
        ("null for the media type", _seal_encoded(cbor2.dumps([_FIELDS[0], None, *_FIELDS[2:]]))),
    ])


def _seal(fields: list, *, dek: bytes = _DEK, aad: bytes = _AAD) -> bytes:
    return _seal_encoded(cbor.encode(fields), dek=dek, aad=aad)


def _seal_encoded(encoded: bytes, *, dek: bytes = _DEK, aad: bytes = _AAD) -> bytes:
    return _NONCE + AESGCM(derive_manifest_key(dek)).encrypt(_NONCE, encoded, aad)


def _inputs(sealed: bytes) -> dict:
    return {"dek": _DEK.hex(), **HEX_IDS, "version": 1, "sealed": sealed.hex()}


def _opens(name: str, fields: list) -> Vector:
    expected = dict(zip(_NAMES, fields))
    expected.update(modified_at_ms=fields[3][0] if fields[3] else None, sha256=fields[4].hex())
    return {"name": name, "inputs": _inputs(_seal(fields)), "expected": expected}


def _fails(case: tuple[str, bytes]) -> Vector:
    name, sealed = case
    return {"name": name, "inputs": _inputs(sealed), "must_fail": "context_mismatch"}
