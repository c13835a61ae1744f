"""Digests: the page, section 1.2."""

import hashlib


def sha256(data: bytes) -> bytes:
    """FIPS 180-4."""
    return hashlib.sha256(data).digest()


def parts(label: str, *members: bytes) -> bytes:
    """`PARTS`: SHA-256 over each part's length, 8 bytes big endian, then itself; the label first."""
    digest = hashlib.sha256()
    for part in (label.encode(), *members):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
