"""Content: C2SP chunked encryption, Cobblestone-256, from its primitives; the page, section 5; c2sp.org/chunked-encryption."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from . import cbor
from .refusal import Refusal, require

CHUNK_BYTES = 16_384
TAG_BYTES = 16
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
SALT_BYTES = 24
HEADER_BYTES = SALT_BYTES + 32
_LABEL = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM"


def content_context(organization: bytes, file: bytes, version: int) -> bytes:
    """What the content is bound to."""
    return cbor.encode(["keyferry/v1/content", organization, file, version, "cobblestone-256"])


def sealed_bytes(plaintext_bytes: int) -> int:
    """The length of the ciphertext: 56 + n + 16 · (⌊n / 16,384⌋ + 1)."""
    return HEADER_BYTES + plaintext_bytes + TAG_BYTES * (plaintext_bytes // CHUNK_BYTES + 1)


@dataclass(frozen=True)
class ContentKeys:
    """`key || base nonce || commitment` of one salt."""

    key: bytes
    base_nonce: bytes
    commitment: bytes

    def nonce(self, index: int) -> bytes:
        """`base nonce XOR i`, i as 12 bytes big endian."""
        return (int.from_bytes(self.base_nonce, "big") ^ index).to_bytes(12, "big")


def derive_content_keys(dek: bytes, salt: bytes, context: bytes) -> ContentKeys:
    """HKDF-Expand-SHA-512 (RFC 5869 §2.3), 76 bytes."""
    output = HKDFExpand(hashes.SHA512(), 76, _LABEL + b"\x00" + salt + context).derive(dek)
    return ContentKeys(output[:32], output[32:44], output[44:])


def seal(dek: bytes, context: bytes, plaintext: bytes, *, salt: bytes | None = None) -> bytes:
    """`salt || commitment || chunks`. The salt is given for vectors only."""
    salt = salt or secrets.token_bytes(SALT_BYTES)
    keys = derive_content_keys(dek, salt, context)
    cipher = AESGCM(keys.key)
    chunks = (plaintext[start : start + CHUNK_BYTES] for start in range(0, len(plaintext) + 1, CHUNK_BYTES))
    sealed = [cipher.encrypt(keys.nonce(index), chunk, None) for index, chunk in enumerate(chunks)]
    return b"".join([salt, keys.commitment, *sealed])


def open_content(dek: bytes, context: bytes, ciphertext: bytes) -> bytes:
    """The plaintext, whole or not at all."""
    require(len(ciphertext) >= HEADER_BYTES + TAG_BYTES, "content_truncated", "shorter than any file")
    header, chunks = ciphertext[:HEADER_BYTES], ciphertext[HEADER_BYTES:]
    keys = derive_content_keys(dek, header[:SALT_BYTES], context)
    require(hmac.compare_digest(keys.commitment, header[SALT_BYTES:]), "commitment_mismatch", "another key or context")
    cipher = AESGCM(keys.key)
    plaintext = []
    for index, start in enumerate(range(0, len(chunks), SEALED_CHUNK_BYTES)):
        chunk = chunks[start : start + SEALED_CHUNK_BYTES]
        require(len(chunk) >= TAG_BYTES, "content_truncated", "the last chunk has no tag")
        try:
            plaintext.append(cipher.decrypt(keys.nonce(index), chunk, None))
        except InvalidTag:
            raise Refusal("content_corrupt", f"chunk {index} does not open") from None
    require(len(chunks) % SEALED_CHUNK_BYTES != 0, "content_truncated", "the last chunk is whole, so there was another")
    return b"".join(plaintext)
