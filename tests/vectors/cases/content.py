"""Content: the page, section 5. Salts are random."""

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from keyferry_interop import content
from keyferry_interop.content import CHUNK_BYTES, HEADER_BYTES, SALT_BYTES, SEALED_CHUNK_BYTES, derive_content_keys
from keyferry_interop.vectors import pattern

from .material import Material, Vector, Vectors, fixed, flipped

DEK, CONTEXT = fixed("dek", 32), fixed("context", 40)
_CORRUPT, _TRUNCATED, _COMMITMENT = "content_corrupt", "content_truncated", "commitment_mismatch"


def vectors(_: Material) -> Vectors:
    """Lengths around chunks, and every way to cut, splice and forge."""
    yield from _lengths()
    yield from _changed()
    yield from _rearranged()
    yield from _forged()


def _opens(length: int, **more: bytes) -> Vector:
    return _case(f"{length} bytes", _seal(length), expected={"plaintext_pattern": length}, **more)


def _lengths() -> Vectors:
    for length in (0, 1, 100, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES + 5):
        yield _opens(length)
    empty = content.seal(DEK, b"", pattern(33))
    yield _case("an empty context", empty, expected={"plaintext_pattern": 33}, context=b"")
    # Longer than a segment of 64 chunks: only a digest of the ciphertext is kept.
    for length in (64 * CHUNK_BYTES, 130 * CHUNK_BYTES + 7):
        yield _digested(length)
    for length in (15, 16, 17, 2 * CHUNK_BYTES - 1, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 1):
        yield _opens(length)
    for length in (64 * CHUNK_BYTES - 1, 64 * CHUNK_BYTES + 1, 128 * CHUNK_BYTES):
        yield _digested(length)


def _digested(length: int) -> Vector:
    ciphertext = _seal(length)
    inputs = {"dek": DEK.hex(), "context": CONTEXT.hex(), "salt": ciphertext[:SALT_BYTES].hex(), "plaintext_pattern": length}
    return {"name": f"{length} bytes", "inputs": inputs, "expected": {"ciphertext_sha256": hashlib.sha256(ciphertext).hexdigest()}}


def _changed() -> Vectors:
    small = _seal(100)
    yield _fails("another key", small, _COMMITMENT, dek=fixed("other", 32))
    yield _fails("another context", small, _COMMITMENT, context=fixed("other", 40))
    yield _fails("a flipped salt", flipped(small, 0), _COMMITMENT)
    yield _fails("a flipped commitment", flipped(small, 24), _COMMITMENT)
    yield _fails("a flipped last commitment byte", flipped(small, 55), _COMMITMENT)
    yield _fails("a flipped ciphertext bit", flipped(small, 60), _CORRUPT)
    yield _fails("a flipped tag bit", flipped(small, len(small) - 1), _CORRUPT)
    yield _fails("nothing at all", b"", _TRUNCATED)
    yield _fails("half a header", small[:30], _TRUNCATED)
    yield _fails("a header and no chunk", small[:HEADER_BYTES], _TRUNCATED)
    yield _fails("a header and 15 bytes", small[:71], _TRUNCATED)
    yield _fails("a context one byte longer", small, _COMMITMENT, context=CONTEXT + b"\x00")
    yield _fails("a context one byte shorter", small, _COMMITMENT, context=CONTEXT[:-1])
    yield _fails("the last byte of the salt taken for the context's first", small, _COMMITMENT, context=small[23:24] + CONTEXT)
    whole = _seal(CHUNK_BYTES)
    yield _fails("a flipped tag of an empty last chunk", flipped(whole, len(whole) - 1), _CORRUPT)


def _rearranged() -> Vectors:
    small, two = _seal(100), _seal(CHUNK_BYTES + 50)
    header, one, rest = two[:HEADER_BYTES], two[HEADER_BYTES : HEADER_BYTES + SEALED_CHUNK_BYTES], two[HEADER_BYTES + SEALED_CHUNK_BYTES :]
    yield _fails("the final chunk dropped", header + one, _TRUNCATED)
    yield _fails("cut in the final chunk", two[:-1], _CORRUPT)
    yield _fails("cut in the final chunk's tag", two[: HEADER_BYTES + SEALED_CHUNK_BYTES + 3], _TRUNCATED)
    yield _fails("a byte appended", small + b"\0", _CORRUPT)
    yield _fails("the final chunk appended again", two + rest, _CORRUPT)
    yield _fails("a chunk doubled", header + one + one + rest, _CORRUPT)
    yield _fails("the first chunk dropped", header + rest, _CORRUPT)
    yield _fails("a chunk of another sealing", header + _seal(CHUNK_BYTES + 50)[HEADER_BYTES:], _CORRUPT)
    three = _seal(2 * CHUNK_BYTES + 9)
    header, first, second, last = _split(three)
    yield _fails("two whole chunks swapped", header + second + first + last, _CORRUPT)
    yield _fails("the chunk in the middle dropped", header + first + last, _CORRUPT)
    yield _fails("the last chunk first", header + last + first + second, _CORRUPT)
    exact = _seal(2 * CHUNK_BYTES)
    yield _fails("the empty last chunk dropped", exact[:-16], _TRUNCATED)
    yield _fails("the empty last chunk's tag cut", exact[:-1], _TRUNCATED)
    yield _fails("another file's header", _seal(100)[:HEADER_BYTES] + small[HEADER_BYTES:], _CORRUPT)


def _forged() -> Vectors:
    """What another implementation would make that misread one sentence."""
    plaintext, salt = pattern(CHUNK_BYTES + 50), fixed("forged salt", SALT_BYTES)
    keys = derive_content_keys(DEK, salt, CONTEXT)
    header, cipher = salt + keys.commitment, AESGCM(keys.key)
    first, last = plaintext[:CHUNK_BYTES], plaintext[CHUNK_BYTES:]

    def seal(*chunks: tuple[bytes, bytes, bytes | None]) -> bytes:
        return header + b"".join(cipher.encrypt(nonce, chunk, aad) for nonce, chunk, aad in chunks)

    little = (int.from_bytes(keys.base_nonce, "big") ^ (1 << 88)).to_bytes(12, "big")
    yield _fails("chunks counted from 1", seal((keys.nonce(1), first, None), (keys.nonce(2), last, None)), _CORRUPT)
    yield _fails("chunks counted little endian", seal((keys.nonce(0), first, None), (little, last, None)), _CORRUPT)
    yield _fails("a salt for additional data", seal((keys.nonce(0), last, salt)), _CORRUPT)
    yield _fails("no empty chunk after a whole one", seal((keys.nonce(0), first, None)), _TRUNCATED)
    halves = [plaintext[start : start + 8_192] for start in range(0, len(plaintext), 8_192)]
    yield _fails("chunks of half the size", seal(*((keys.nonce(index), half, None) for index, half in enumerate(halves))), _CORRUPT)
    for name, algorithm, label in (
        ("keys expanded with SHA-256", hashes.SHA256(), b"AEAD_AES_256_GCM"),
        ("the label of AES-128-GCM", hashes.SHA512(), b"AEAD_AES_128_GCM"),
    ):
        info = b"c2sp.org/chunked-encryption@v1+" + label + b"\x00" + salt + CONTEXT
        output = HKDFExpand(algorithm, 76, info).derive(DEK)
        chunk = AESGCM(output[:32]).encrypt(output[32:44], last, None)
        yield _fails(name, salt + output[44:] + chunk, _COMMITMENT)


def _split(ciphertext: bytes) -> list[bytes]:
    cuts = [0, HEADER_BYTES, HEADER_BYTES + SEALED_CHUNK_BYTES, HEADER_BYTES + 2 * SEALED_CHUNK_BYTES, len(ciphertext)]
    return [ciphertext[start:end] for start, end in zip(cuts, cuts[1:])]


def _seal(length: int) -> bytes:
    return content.seal(DEK, CONTEXT, pattern(length))


def _case(name: str, ciphertext: bytes, *, dek: bytes = DEK, context: bytes = CONTEXT, **outcome: object) -> Vector:
    return {"name": name, "inputs": {"dek": dek.hex(), "context": context.hex(), "ciphertext": ciphertext.hex()}, **outcome}


def _fails(name: str, ciphertext: bytes, code: str, **more: bytes) -> Vector:
    return _case(name, ciphertext, must_fail=code, **more)
