"""Bundles of private keys: the page, section 2."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import cbor, private_key
from . import lock as locks
from . import suite as suites
from .body import BUNDLE_KINDS
from .lock import Lock, PassphraseLock
from .owner import Owner
from .private_key import PrivateKey
from .public_key import identity_key
from .recovery import RecoveryLock
from .refusal import Refusal, require
from .text import b64u, from_b64u
from .wrap import Recipient, unwrap, wrap

FIELDS = {"identity": ("signing", "encryption"), "root": ("signing",), "vault": ("encryption",)}


@dataclass(frozen=True)
class SealedKey:
    """One private key under the bundle key."""

    field: str
    public_key: bytes
    nonce: bytes
    ciphertext: bytes

    def to_json(self) -> dict:
        """The names of section 2."""
        values = {name: b64u(getattr(self, name)) for name in ("public_key", "nonce", "ciphertext")}
        return {"field": self.field, **values}

    @classmethod
    def of_json(cls, json: dict) -> SealedKey:
        """Refuses unknown names."""
        require(set(json) == {"field", "public_key", "nonce", "ciphertext"}, "response_invalid", "other names")
        return cls(json["field"], *(from_b64u(json[name]) for name in ("public_key", "nonce", "ciphertext")))


@dataclass(frozen=True)
class Bundle:
    """A locked bundle."""

    kind: str
    suite: str
    version: int
    keys: tuple[SealedKey, ...]
    locks: tuple[Lock, ...]

    def to_json(self) -> dict:
        """As the relay carries it."""
        parts = {"keys": [key.to_json() for key in self.keys], "locks": [lock.to_json() for lock in self.locks]}
        return {"kind": self.kind, "suite": self.suite, "version": self.version, **parts}

    @classmethod
    def of_json(cls, json: dict) -> Bundle:
        """Refuses unknown names, and keys other than those of its kind."""
        require(set(json) == {"kind", "suite", "version", "keys", "locks"}, "response_invalid", "other names")
        require(json["kind"] in BUNDLE_KINDS and 1 <= json["version"] < 2**32, "response_invalid", "no bundle")
        keys = tuple(SealedKey.of_json(key) for key in json["keys"])
        require(tuple(key.field for key in keys) == FIELDS[json["kind"]], "unlock_failed", "other keys than its kind has")
        return cls(json["kind"], suites.require_suite(json["suite"]), json["version"], keys, tuple(map(locks.of_json, json["locks"])))

    @property
    def public_keys(self) -> list[bytes]:
        """In the order of the keys."""
        return [key.public_key for key in self.keys]

    @property
    def passphrase_lock(self) -> PassphraseLock:
        """That of an identity bundle."""
        found = [one for one in self.locks if isinstance(one, PassphraseLock)]
        require(len(found) == 1, "unlock_failed", "no passphrase lock")
        return found[0]

    @property
    def has_recovery_lock(self) -> bool:
        """Whether there is a recovery code."""
        return any(isinstance(one, RecoveryLock) for one in self.locks)


def key_aad(owner: Owner, kind: str, suite: str, version: int, field: str, public_key: bytes) -> bytes:
    """What a sealed key is bound to."""
    return cbor.encode(["keyferry/v1/bundle-key", owner.item(), kind, suite, version, field, public_key])


def seal_key(
    bundle_key: bytes, owner: Owner, kind: str, suite: str, version: int, field: str, key: PrivateKey, *, nonce: bytes | None = None
) -> SealedKey:
    """The nonce is given for vectors only."""
    nonce, public = nonce or secrets.token_bytes(12), private_key.public_bytes(key)
    aad = key_aad(owner, kind, suite, version, field, public)
    return SealedKey(field, public, nonce, AESGCM(bundle_key).encrypt(nonce, private_key.to_pkcs8(key), aad))


def open_key(bundle_key: bytes, owner: Owner, kind: str, suite: str, version: int, sealed: SealedKey) -> PrivateKey:
    """The private key, if it is the pair of the public one."""
    aad = key_aad(owner, kind, suite, version, sealed.field, sealed.public_key)
    try:
        encoded = AESGCM(bundle_key).decrypt(sealed.nonce, sealed.ciphertext, aad)
    except (InvalidTag, ValueError):
        raise Refusal("unlock_failed", "the key does not open") from None
    key = private_key.from_pkcs8(encoded)
    require_pair(suite, key, sealed.public_key)
    return key


def seal(kind: str, suite: str, version: int, owner: Owner, bundle_key: bytes, keys: dict[str, PrivateKey]) -> Bundle:
    """Without locks yet."""
    sealed = (seal_key(bundle_key, owner, kind, suite, version, field, key) for field, key in keys.items())
    return Bundle(kind, suite, version, tuple(sealed), ())


def open_keys(bundle: Bundle, owner: Owner, bundle_key: bytes) -> dict[str, PrivateKey]:
    """Every key of a bundle."""
    return {key.field: open_key(bundle_key, owner, bundle.kind, bundle.suite, bundle.version, key) for key in bundle.keys}


def require_pair(suite: str, key: PrivateKey, public: bytes) -> None:
    """The pairwise check that unlocking ends with: sign and verify, wrap and unwrap, against the certified public key."""
    try:
        if isinstance(key, Ed25519PrivateKey):
            identity_key(public).verify(key.sign(b"pairwise"), b"pairwise")
            return
        recipient, probe, scope = Recipient(suite, public), secrets.token_bytes(32), ["contacts", bytes(16), 0]
        require(unwrap(key, recipient, scope, wrap(recipient, scope, probe)) == probe, "keypair_mismatch", "no pair")
    except Exception as error:
        raise Refusal("keypair_mismatch", f"no pair: {error}") from None
