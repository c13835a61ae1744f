"""What a reader checks before a file is believed: the page, section 4, "What a reader checks"."""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import statement as statements
from .body import HOLDERS, UPLOADERS, AccessRequest, FileVersion, Grant, Wrap
from .digest import sha256
from .organization import Organization
from .owner import Owner, organization, user
from .refusal import Refusal, require
from .sealed_box import SealedBox
from .statement import Issuer, Statement
from .succession import Keys, signer_among
from .wrap import Recipient, dek_scope, reason_scope


@dataclass(frozen=True)
class Asked:
    """What somebody wanted to open."""

    organization: bytes
    file: bytes
    version: int


def verify_file_version(encoded: bytes, author: Issuer, organization_: Organization, asked: Asked, manifest: bytes | None) -> Statement:
    """Signed by an author who may upload, about what was asked for, with this very manifest."""
    statement = _verified(encoded, author, FileVersion, "author_unsigned")
    body = statement.body
    _require_member(organization_, body.membership, author, UPLOADERS, "author_unsigned")
    require((body.organization, body.file, body.version) == (asked.organization, asked.file, asked.version), "context_mismatch", "another file")
    require(manifest is None or sha256(manifest) == body.manifest_hash, "manifest_unsigned", "not the manifest that was signed")
    return statement


def verify_request(encoded: bytes, reader: Keys, asked: Asked) -> Statement:
    """The reader's own statement about this version, or one that it took the place of."""
    statement = _verified(encoded, signer_among(reader, encoded), AccessRequest, "context_mismatch")
    body = statement.body
    require((body.organization, body.file) == (asked.organization, asked.file), "context_mismatch", "another file")
    require(body.version <= asked.version, "context_mismatch", "a later version")
    return statement


def verify_grant(
    encoded: bytes, granter: Issuer, organization_: Organization, version: FileVersion, reader: Keys, request: bytes, now_ms: int
) -> Statement:
    """Signed by somebody who held the vault, to this reader, about this version, for this request, and not over."""
    statement = _verified(encoded, granter, Grant, "grant_unsigned")
    body = statement.body
    _require_member(organization_, body.membership, granter, HOLDERS, "grant_unsigned", body.epoch)
    of_version = (version.organization, version.file, version.version, version.salt, version.commitment)
    require((body.organization, body.file, body.version, body.salt, body.commitment) == of_version, "context_mismatch", "another version")
    to_reader = any((user(body.recipient), body.recipient_fingerprint) == (key.owner, key.fingerprint) for key in reader)
    require(to_reader, "context_mismatch", "somebody else's")
    asked = verify_request(request, reader, Asked(version.organization, version.file, version.version))
    require(asked.hash == body.request, "context_mismatch", "another request")
    require(now_ms < body.expires_at_ms, "grant_expired", "over")
    return statement


def verify_wrap(
    encoded: bytes, signer: Issuer, version: FileVersion, to: Owner, recipient: Recipient, wrapped: bytes, grant: bytes | None
) -> Statement:
    """Every field as in the table. Who may sign it, the caller knows."""
    scope = dek_scope(version.organization, version.file, version.version)
    return _verified_wrap(encoded, signer, Wrap(scope, to, recipient.key_id, version.commitment, sha256(wrapped), grant))


def verify_reason(box: SealedBox, request: AccessRequest, organization_: Organization, resealed: tuple[bytes, Issuer] | None) -> None:
    """The box the requester signed or, sealed anew, one that a holder of the vault vouches for."""
    if resealed is None:
        require(request.reason == box.digest(), "context_mismatch", "another reason was signed")
        return
    encoded, wrapper = resealed
    require(wrapper in organization_.keys_as(wrapper.owner.id, HOLDERS), "context_mismatch", "sealed anew by nobody who holds the vault")
    scope = reason_scope(request.organization, request.file, request.request)
    said = Wrap(scope, vault_owner(organization_), box.recipient_key, request.reason, box.digest(), None)
    _verified_wrap(encoded, wrapper, said)


def _verified_wrap(encoded: bytes, signer: Issuer, said: Wrap) -> Statement:
    statement = _verified(encoded, signer, Wrap, "grant_unsigned")
    require(replace(statement.body, wrapped_hash=said.wrapped_hash) == said, "context_mismatch", "a wrap of something else")
    require(statement.body.wrapped_hash == said.wrapped_hash, "grant_unsigned", "other bytes than were signed")
    return statement


def require_may_wrap(signer: Issuer, organization_: Organization, author: Keys, granter: Keys | None, reader: Keys) -> None:
    """Of a grant's: the granter or the reader. Of the vault's: the author or a holder of the vault."""
    if granter is not None:
        require(signer in granter + reader, "grant_unsigned", "neither granter nor reader")
    else:
        holder = organization_.keys_as(signer.owner.id, HOLDERS)
        require(signer in author + holder, "grant_unsigned", "neither author nor holder of the vault")


def vault_owner(organization_: Organization) -> Owner:
    """Whom the vault's wraps name as recipient."""
    return organization(organization_.id)


def _require_member(
    organization_: Organization, quoted: bytes, signer: Issuer, roles: tuple[str, ...], code: str, epoch: int | None = None
) -> None:
    try:
        membership = organization_.in_force(quoted, epoch)
    except Refusal as refusal:
        raise Refusal(code, str(refusal)) from None
    same = user(membership.user) == signer.owner and membership.identity_key == signer.key
    require(same and membership.role in roles, code, "the membership is not the signer's, or of a role that may not")


def _verified(encoded: bytes, signer: Issuer, kind: type, code: str) -> Statement:
    try:
        return statements.verify(encoded, signer, kind)
    except Refusal as refusal:
        raise Refusal(code, str(refusal)) from None
