"""Bundles and their locks: the page, section 2. Member locks are random."""

from __future__ import annotations

import copy
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from keyferry_interop import private_key
from keyferry_interop.bundle import Bundle, SealedKey, key_aad
from keyferry_interop.lock import MemberLock, PassphraseLock, lock_aad, lock_with_passphrase
from keyferry_interop.owner import Owner, organization, user
from keyferry_interop.passphrase import Kdf
from keyferry_interop.text import b64u
from keyferry_interop.wrap import Recipient, dek_scope, lock_scope, wrap

from .material import IDS, SUITES, Material, Vector, Vectors, fixed

_OWNER = user(IDS["user"])
_STRANGER = user(fixed("another user", 16))
_BUNDLE_KEY, _LOCK_KEY = fixed("bundle key", 32), fixed("lock key", 32)
_KDF, _NONCE = Kdf(600_000, fixed("lock salt", 16)), fixed("lock nonce", 12)
_X25519 = "x25519-hpke"
_FAILED = "unlock_failed"


class _Maker:
    """Makes identity bundles, honest ones and others."""

    def __init__(self, material: Material):
        self.material = material
        self.other_encryption = private_key.public_bytes(X25519PrivateKey.from_private_bytes(fixed("another x25519", 32)))
        self.other_signing = private_key.public_bytes(Material.signing("another ed25519"))

    def bundle(self, suite: str = _X25519, version: int = 3, *, keys: dict | None = None, publics: dict | None = None) -> Bundle:
        """`keys` changes what the sealed keys are bound to, `publics` what stands beside them."""
        pairs = {"signing": Material.signing(), "encryption": self.material.keys[suite]}
        sealed = tuple(self._key(field, suite, version, keys or {}, publics or {}, pair) for field, pair in pairs.items())
        by_passphrase = lock_with_passphrase(_LOCK_KEY, _BUNDLE_KEY, _OWNER, version, _KDF, nonce=_NONCE)
        return Bundle("identity", suite, version, sealed, (by_passphrase, self.member_lock(suite, version)))

    def member_lock(
        self, suite: str = _X25519, version: int = 3, *, owner: Owner = _OWNER, kind: str = "identity", scope: list | None = None
    ) -> MemberLock:
        """A person's own key would not lock their own bundle; here it only stands for some member's."""
        to: Recipient = self.material.recipient(suite)
        wrapped = wrap(to, scope or lock_scope(owner, kind, version), _BUNDLE_KEY)
        return MemberLock(IDS["user"], to.key_id, wrapped, b"", IDS["user"])

    def _key(self, field: str, suite: str, version: int, bound: dict, publics: dict, key: private_key.PrivateKey) -> SealedKey:
        public, nonce = publics.get(field) or private_key.public_bytes(key), fixed("bundle nonce " + field, 12)
        told = {"owner": _OWNER, "kind": "identity", "suite": suite, "version": version, "field": field, "public_key": public, **bound}
        return SealedKey(field, public, nonce, AESGCM(_BUNDLE_KEY).encrypt(nonce, private_key.to_pkcs8(key), key_aad(**told)))


def vectors(material: Material) -> Vectors:
    """What opens with both locks, and what was changed, moved or made by somebody else."""
    maker = _Maker(material)
    for suite in SUITES:
        yield _opens(suite, maker.bundle(suite))
    yield from _changed(maker)
    for version in (1, 2**32 - 1):
        yield _opens(f"version {version}", maker.bundle(version=version))
    yield from _bound_elsewhere(maker)
    yield from _other_locks(maker)


def _changed(maker: _Maker) -> Vectors:
    """Changes in the JSON alone, then what only somebody with the bundle key can do."""

    def change(name: str, work: Callable[[dict], object]) -> Vector:
        json = copy.deepcopy(maker.bundle().to_json())
        work(json)
        return _fails(name, json)

    yield change("another version", lambda bundle: bundle.update(version=2))
    yield change("other iterations in the lock", lambda bundle: bundle["locks"][0]["kdf"].update(iterations=600_001))
    yield change("another salt in the lock", lambda bundle: bundle["locks"][0]["kdf"].update(salt=b64u(fixed("another salt", 16))))
    yield change("another public key beside the sealed one", lambda bundle: bundle["keys"][1].update(public_key=b64u(maker.other_encryption)))
    yield change("the signing key left out", lambda bundle: bundle["keys"].pop(0))
    yield change("no lock", lambda bundle: bundle.update(locks=[]))
    yield _fails("another lock key", maker.bundle().to_json(), lock_key=fixed("other", 32))
    swapped = maker.bundle().to_json()
    first, second = swapped["keys"]
    first["ciphertext"], second["ciphertext"] = second["ciphertext"], first["ciphertext"]
    yield _fails("keys in each other's slot", swapped)
    for field, name, public in (
        ("signing", "another person's signing key, sealed with the right bundle key", maker.other_signing),
        ("encryption", "another person's encryption key, sealed with the right bundle key", maker.other_encryption),
    ):
        yield _fails(name, maker.bundle(publics={field: public}).to_json(), code="keypair_mismatch")


def _bound_elsewhere(maker: _Maker) -> Vectors:
    """Keys sealed with the right bundle key and another AAD."""
    for name, bound in [
        ("keys of another person", {"owner": _STRANGER}),
        ("keys of an organization of the same id", {"owner": organization(IDS["user"])}),
        ("keys of another kind of bundle", {"kind": "vault"}),
        ("keys of another suite", {"suite": "rsa-oaep-3072"}),
        ("keys of another bundle version", {"version": 2}),
        ("keys of another public key", {"public_key": fixed("another public key", 32)}),
    ]:
        yield _fails(name, maker.bundle(keys=bound).to_json())
    yield _fails("another person's bundle", maker.bundle().to_json(), user_id=_STRANGER.id)


def _other_locks(maker: _Maker) -> Vectors:
    good = maker.bundle()
    by_passphrase, by_member = good.locks
    aad = lock_aad(_OWNER, 3, _KDF)

    def with_locks(*locks: PassphraseLock | MemberLock) -> dict:
        return {**good.to_json(), "locks": [lock.to_json() for lock in locks]}

    def sealed(bundle_key: bytes, bound: bytes = aad) -> PassphraseLock:
        return PassphraseLock(_KDF, _NONCE, AESGCM(_LOCK_KEY).encrypt(_NONCE, bundle_key, bound))

    for name, lock in [
        ("a passphrase lock of another person", sealed(_BUNDLE_KEY, lock_aad(_STRANGER, 3, _KDF))),
        ("a passphrase lock of another version", sealed(_BUNDLE_KEY, lock_aad(_OWNER, 2, _KDF))),
        ("a passphrase lock bound to nothing", sealed(_BUNDLE_KEY, b"")),
        ("a passphrase lock with 31 bytes inside", sealed(_BUNDLE_KEY[:31])),
        ("a passphrase lock with another bundle's key", sealed(fixed("another bundle key", 32))),
        ("a passphrase lock with a nonce of 11 bytes", PassphraseLock(_KDF, _NONCE[:11], by_passphrase.ciphertext)),
        ("a passphrase lock cut short", PassphraseLock(_KDF, _NONCE, by_passphrase.ciphertext[:-1])),
        ("a passphrase lock with a salt of 15 bytes", PassphraseLock(Kdf(600_000, _KDF.salt[:15]), _NONCE, by_passphrase.ciphertext)),
    ]:
        yield _fails(name, with_locks(lock, by_member))
    yield _fails("no passphrase lock", with_locks(by_member))
    yield _fails("no member lock", with_locks(by_passphrase))
    to = by_member.recipient_key
    for name, lock in [
        ("a member lock of another version", maker.member_lock(version=2)),
        ("a member lock of another kind of bundle", maker.member_lock(kind="root")),
        ("a member lock of another person's bundle", maker.member_lock(owner=_STRANGER)),
        ("a member lock of an organization's bundle", maker.member_lock(owner=organization(IDS["user"]))),
        ("a member lock that is a file's", maker.member_lock(scope=dek_scope(IDS["organization"], IDS["file"], 3))),
        ("a member lock for somebody else", MemberLock(_STRANGER.id, to, by_member.wrapped, b"", IDS["user"])),
        ("a member lock for another key", MemberLock(IDS["user"], fixed("another key id", 32), by_member.wrapped, b"", IDS["user"])),
        ("a member lock of nothing", MemberLock(IDS["user"], to, b"", b"", IDS["user"])),
    ]:
        yield _fails(name, with_locks(by_passphrase, lock))


def _inputs(bundle: dict, lock_key: bytes, user_id: bytes) -> dict:
    return {"user": user_id.hex(), "lock_key": lock_key.hex(), "bundle": bundle}


def _opens(name: str, bundle: Bundle) -> Vector:
    return {"name": name, "inputs": _inputs(bundle.to_json(), _LOCK_KEY, _OWNER.id), "expected": {"bundle_key": _BUNDLE_KEY.hex()}}


def _fails(name: str, bundle: dict, *, code: str = _FAILED, lock_key: bytes = _LOCK_KEY, user_id: bytes = _OWNER.id) -> Vector:
    return {"name": name, "inputs": _inputs(bundle, lock_key, user_id), "must_fail": code}
