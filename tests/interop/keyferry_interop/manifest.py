"""Manifests: the page, section 5."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from . import cbor
from .refusal import Refusal, require


@dataclass(frozen=True)
class Manifest:
    """What only those who hold the DEK may know of a file."""

    name: str
    media_type: str
    size: int
    modified_at_ms: int | None
    sha256: bytes
    label: str

    def item(self) -> list:
        """In the order of the page."""
        return [self.name, self.media_type, self.size, cbor.optional(self.modified_at_ms), self.sha256, self.label]

    @classmethod
    def of_item(cls, item) -> Manifest:
        """Refuses other members, other types and other lengths."""
        types = (str, str, int, list, bytes, str)
        fits = isinstance(item, list) and [type(member) for member in item] == list(types)
        require(fits, "context_mismatch", "no manifest")
        name, media_type, size, modified, sha256, label = item
        require(len(modified) <= 1 and all(type(time) is int for time in modified), "context_mismatch", "no time")
        require(len(sha256) == 32, "context_mismatch", "no digest")
        return cls(name, media_type, size, modified[0] if modified else None, sha256, label)


def derive_manifest_key(dek: bytes) -> bytes:
    """HKDF-SHA-256 (RFC 5869), no salt."""
    return HKDF(hashes.SHA256(), 32, None, b"keyferry/v1/manifest").derive(dek)


def manifest_aad(organization: bytes, file: bytes, version: int) -> bytes:
    """What the manifest is bound to."""
    return cbor.encode(["keyferry/v1/manifest", organization, file, version])


def seal(dek: bytes, aad: bytes, manifest: Manifest, *, nonce: bytes | None = None) -> bytes:
    """`nonce || ciphertext and tag`. The nonce is given for vectors only."""
    nonce = nonce or secrets.token_bytes(12)
    return nonce + AESGCM(derive_manifest_key(dek)).encrypt(nonce, cbor.encode(manifest.item()), aad)


def open_manifest(dek: bytes, aad: bytes, sealed: bytes) -> Manifest:
    """The manifest; whatever is wrong, it is not the one that was signed."""
    require(len(sealed) >= 12 + 16, "context_mismatch", "too short")
    try:
        encoded = AESGCM(derive_manifest_key(dek)).decrypt(sealed[:12], sealed[12:], aad)
    except InvalidTag:
        raise Refusal("context_mismatch", "the manifest does not open") from None
    return Manifest.of_item(cbor.decode(encoded, "context_mismatch"))
