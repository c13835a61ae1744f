"""Sealed boxes: the page, section 3. Wraps are random."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from keyferry_interop import cbor, sealed_box
from keyferry_interop.wrap import reason_scope, wrap, wrap_context

from .material import HEX_IDS, IDS, Material, Vector, Vectors, fixed, flipped, sealed_private

_TEXT = b"Audit of the third quarter; see mail of 3 March."
_SCOPE = reason_scope(IDS["organization"], IDS["file"], IDS["request"])
_KEY, _NONCE = fixed("box key", 32), fixed("box nonce", 12)


def vectors(material: Material) -> Vectors:
    """Per suite: one that opens, and boxes that were changed or moved."""
    for suite in ("x25519-hpke", "rsa-oaep-2048"):
        yield from _basics(material, suite)
    for suite in ("rsa-oaep-3072", "rsa-oaep-4096"):
        yield _opens(material, suite, suite, _TEXT)
    yield _opens(material, "x25519-hpke", "x25519-hpke: no text", b"")
    yield _opens(material, "x25519-hpke", "x25519-hpke: a long text", "Gr\u00fcnde \U0001f4da ".encode() * 400)
    for suite in ("x25519-hpke", "rsa-oaep-3072"):
        yield from _elsewhere(material, suite)


def _basics(material: Material, suite: str) -> Vectors:
    wrapped, ciphertext = _seal(material, suite)
    inputs = _inputs(material, suite, wrapped, ciphertext)
    yield {"name": suite, "inputs": inputs, "expected": {"text": _TEXT.hex()}}
    for name, change in [
        ("flipped wrap", {"wrapped": flipped(wrapped, 40).hex()}),
        ("flipped text", {"ciphertext": flipped(ciphertext, 3).hex()}),
        ("flipped nonce", {"nonce": flipped(_NONCE, 0).hex()}),
        ("short nonce", {"nonce": _NONCE[:11].hex()}),
        ("for another request", {"request": fixed("another request", 16).hex()}),
    ]:
        yield _fails(suite, name, {**inputs, **change})


def _elsewhere(material: Material, suite: str) -> Vectors:
    to = material.recipient(suite)
    wrapped, ciphertext = _seal(material, suite)
    inputs, context = _inputs(material, suite, wrapped, ciphertext), wrap_context(to, _SCOPE)
    nested = cbor.encode(["keyferry/v1/box", cbor.decode(context)])
    for name, change in [
        ("for another file", {"file": fixed("another file", 16).hex()}),
        ("for another organization", {"organization": fixed("another organization", 16).hex()}),
        ("long nonce", {"nonce": (_NONCE + b"\0").hex()}),
        ("no ciphertext", {"ciphertext": ""}),
        ("a tag cut short", {"ciphertext": ciphertext[:-1].hex()}),
        ("a text bound to nothing", {"ciphertext": AESGCM(_KEY).encrypt(_NONCE, _TEXT, b"").hex()}),
        ("a text bound to the wrap context alone", {"ciphertext": AESGCM(_KEY).encrypt(_NONCE, _TEXT, context).hex()}),
        ("a wrap context nested as an array", {"ciphertext": AESGCM(_KEY).encrypt(_NONCE, _TEXT, nested).hex()}),
        ("another box's key", {"wrapped": wrap(to, _SCOPE, fixed("another box key", 32)).hex()}),
    ]:
        yield _fails(suite, name, {**inputs, **change})


def _seal(material: Material, suite: str, text: bytes = _TEXT) -> tuple[bytes, bytes]:
    box = sealed_box.seal(material.recipient(suite), _SCOPE, text, key=_KEY, nonce=_NONCE)
    return box.wrapped, box.ciphertext


def _inputs(material: Material, suite: str, wrapped: bytes, ciphertext: bytes) -> dict:
    sealed = {"nonce": _NONCE.hex(), "wrapped": wrapped.hex(), "ciphertext": ciphertext.hex()}
    return {"suite": suite, **sealed_private(material.keys[suite]), **HEX_IDS, **sealed}


def _opens(material: Material, suite: str, name: str, text: bytes) -> Vector:
    return {"name": name, "inputs": _inputs(material, suite, *_seal(material, suite, text)), "expected": {"text": text.hex()}}


def _fails(suite: str, name: str, inputs: dict) -> Vector:
    return {"name": f"{suite}: {name}", "inputs": inputs, "must_fail": "unlock_failed"}
