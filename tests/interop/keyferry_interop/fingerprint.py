"""Fingerprints, and as words: the page, section 1.4."""

from pathlib import Path

from .digest import parts
from .owner import Owner

WORDS = Path(__file__).parents[3] / "protocol/src/words.txt"


def fingerprint(owner: Owner, identity_key: bytes) -> bytes:
    """What a pin holds, and what a statement's `kid` says."""
    return parts("keyferry/v1/fingerprint", owner.kind.encode(), owner.id, identity_key)


def words(of: bytes) -> str:
    """The first 132 bits as 12 words of the BIP-39 English list."""
    listed = WORDS.read_text().split()
    bits = int.from_bytes(of, "big") >> (256 - 132)
    return " ".join(listed[bits >> 11 * (11 - place) & 2047] for place in range(12))
