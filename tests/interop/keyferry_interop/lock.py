"""Locks, which carry a bundle's key: the page, section 2."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import cbor
from . import statement as statements
from .body import Wrap
from .digest import parts, sha256
from .owner import Owner, user
from .passkey import PasskeyLock
from .passphrase import Kdf
from .private_key import EncryptionPrivateKey
from .recovery import RecoveryLock
from .refusal import Refusal, require
from .statement import Issuer, Statement
from .text import b64u, from_b64u, from_hex
from .wrap import Recipient, lock_scope, unwrap


@dataclass(frozen=True)
class PassphraseLock:
    """The bundle key under the lock key."""

    kdf: Kdf
    nonce: bytes
    ciphertext: bytes

    def to_json(self) -> dict:
        """The names of section 2."""
        kdf = {"iterations": self.kdf.iterations, "salt": b64u(self.kdf.salt)}
        return {"kind": "passphrase", "kdf": kdf, "nonce": b64u(self.nonce), "ciphertext": b64u(self.ciphertext)}

    @classmethod
    def of_json(cls, json: dict) -> PassphraseLock:
        """Refuses unknown names."""
        require(set(json) == {"kind", "kdf", "nonce", "ciphertext"} and set(json["kdf"]) == {"iterations", "salt"}, "response_invalid", "other names")
        kdf = Kdf(json["kdf"]["iterations"], from_b64u(json["kdf"]["salt"]))
        return cls(kdf, from_b64u(json["nonce"]), from_b64u(json["ciphertext"]))


@dataclass(frozen=True)
class MemberLock:
    """The bundle key wrapped to a person, with the statement of the owner who did it, or of that person after a rotation."""

    user: bytes
    recipient_key: bytes
    wrapped: bytes
    statement: bytes
    signer: bytes

    def to_json(self) -> dict:
        """The names of section 2."""
        return {
            "kind": "member",
            "user": self.user.hex(),
            "recipient_key": self.recipient_key.hex(),
            "wrapped": b64u(self.wrapped),
            "statement": b64u(self.statement),
            "signer": self.signer.hex(),
        }

    @classmethod
    def of_json(cls, json: dict) -> MemberLock:
        """Refuses unknown names."""
        require(set(json) == {"kind", "user", "recipient_key", "wrapped", "statement", "signer"}, "response_invalid", "other names")
        ids = (from_hex(json[name]) for name in ("user", "recipient_key"))
        return cls(*ids, from_b64u(json["wrapped"]), from_b64u(json["statement"]), from_hex(json["signer"]))


Lock = PassphraseLock | RecoveryLock | PasskeyLock | MemberLock


def of_json(json: dict) -> Lock:
    """A lock of any kind."""
    return {"passphrase": PassphraseLock, "recovery": RecoveryLock, "passkey": PasskeyLock, "member": MemberLock}[json["kind"]].of_json(json)


def lock_aad(owner: Owner, version: int, kdf: Kdf) -> bytes:
    """What a passphrase lock is bound to."""
    return cbor.encode(["keyferry/v1/lock", "passphrase", owner.item(), version, kdf.iterations, kdf.salt])


def lock_with_passphrase(
    lock_key: bytes, bundle_key: bytes, owner: Owner, version: int, kdf: Kdf, *, nonce: bytes | None = None
) -> PassphraseLock:
    """The nonce is given for vectors only."""
    nonce = nonce or secrets.token_bytes(12)
    return PassphraseLock(kdf, nonce, AESGCM(lock_key).encrypt(nonce, bundle_key, lock_aad(owner, version, kdf)))


def unlock_with_passphrase(lock_key: bytes, owner: Owner, version: int, lock: PassphraseLock) -> bytes:
    """The bundle key. Whatever is wrong is one refusal; that the work was enough was seen to when the lock key was derived."""
    try:
        key = AESGCM(lock_key).decrypt(lock.nonce, lock.ciphertext, lock_aad(owner, version, lock.kdf))
    except (InvalidTag, ValueError):
        raise Refusal("unlock_failed", "the lock does not open") from None
    require(len(key) == 32, "unlock_failed", "a bundle key has 32 bytes")
    return key


def bundle_commitment(owner: Owner, kind: str, version: int, public_keys: list[bytes]) -> bytes:
    """What the wrap statement of a member lock commits to."""
    return parts("keyferry/v1/bundle", cbor.encode(owner.item()), cbor.encode(kind), cbor.encode(version), *public_keys)


def member_lock_body(recipient_id: bytes, recipient: Recipient, scope: list, commitment: bytes, wrapped: bytes) -> Wrap:
    """What the owner who made the lock signs."""
    return Wrap(scope, user(recipient_id), recipient.key_id, commitment, sha256(wrapped), None)


def unlock_as_member(
    private: EncryptionPrivateKey, recipient: Recipient, member: bytes, owner: Owner, kind: str, version: int,
    public_keys: list[bytes], lock: MemberLock, signer: Issuer,
) -> tuple[bytes, Statement]:
    """The bundle key, and the statement of `signer`, who the caller found to be an owner or the member."""
    require(lock.user == member and lock.recipient_key == recipient.key_id, "unlock_failed", "somebody else's lock")
    require(signer.owner == user(lock.signer), "unlock_failed", "another signer")
    try:
        statement = statements.verify(lock.statement, signer, Wrap)
    except Refusal as refusal:
        raise Refusal("membership_unsigned", str(refusal)) from None
    scope = lock_scope(owner, kind, version)
    commitment = bundle_commitment(owner, kind, version, public_keys)
    said = member_lock_body(member, recipient, scope, commitment, lock.wrapped)
    require(replace(statement.body, wrapped_hash=said.wrapped_hash) == said, "context_mismatch", "the statement is about something else")
    require(statement.body.wrapped_hash == said.wrapped_hash, "membership_unsigned", "other bytes than were signed")
    return unwrap(private, recipient, scope, lock.wrapped), statement
