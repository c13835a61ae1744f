"""What a relay serves of files and requests, believed once it is proved: whose each is, its statement's `kid` says."""

from __future__ import annotations

from . import proof
from . import statement as statements
from .body import AccessRequest, FileVersion
from .identity import PublicIdentity
from .organization import Organization
from .owner import Owner
from .proof import Asked
from .refusal import require
from .sealed_box import SealedBox
from .statement import Statement
from .succession import Keys
from .text import from_b64u
from .wrap import Recipient


def verify_version(view: Organization, asked: Asked, entry: dict, manifest: bytes | None) -> tuple[FileVersion, Keys]:
    """What was asked for, as its author signed it, and that author's keys."""
    author, encoded = PublicIdentity.of_json(entry["author"]), from_b64u(entry["statement"])
    return proof.verify_file_version(encoded, author.signer(encoded), view, asked, manifest).body, author.keys


def verify_wrap(
    view: Organization, served: dict, said: FileVersion, author: Keys, to: Owner, recipient: Recipient, reader: Keys,
    granter: Keys | None = None, grant: bytes | None = None,
) -> bytes:
    """The wrapped DEK, if somebody who may has signed it."""
    encoded, wrapped = from_b64u(served["wrap"]), from_b64u(served["wrapped_dek"])
    signer = PublicIdentity.of_json(served["wrapper"]).signer(encoded)
    proof.require_may_wrap(signer, view, author, granter, reader)
    proof.verify_wrap(encoded, signer, said, to, recipient, wrapped, grant)
    return wrapped


def verify_request(view: Organization, entry: dict) -> tuple[Statement, SealedBox]:
    """What a consultant asked for, and the reason that is theirs."""
    encoded = from_b64u(entry["statement"])
    requester = PublicIdentity.of_json(entry["requester"]).signer(encoded)
    require(requester in view.keys_as(requester.owner.id, ("consultant",)), "membership_unsigned", "no consultant asks")
    said = statements.verify(encoded, requester, AccessRequest)
    require(said.body.organization == view.id and said.body.request.hex() == entry["request"], "context_mismatch", "another request")
    verify_version(view, Asked(view.id, said.body.file, said.body.version), entry["file"], None)
    box, anew = SealedBox.of_json(entry["reason"]), entry["resealed"]
    by = anew and from_b64u(anew["statement"])
    proof.verify_reason(box, said.body, view, by and (by, PublicIdentity.of_json(anew["wrapper"]).signer(by)))
    return said, box
