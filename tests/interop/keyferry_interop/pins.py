"""When a pin follows a succession: the page, section 4. What a former key signed is not enough; somebody else says so, too."""

from __future__ import annotations

from dataclasses import dataclass

from . import statement as statements
from .body import Succession
from .contacts import Contacts
from .identity import PublicIdentity
from .organization import Organization
from .owner import user
from .refusal import Refusal, require
from .statement import Issuer
from .text import from_b64u, from_hex

ENOUGH = 2
"""Owners who vouch, where the reader is none of them."""


@dataclass(frozen=True)
class Voucher:
    """Somebody's own statement that a root gave way to the next."""

    user: bytes
    statement: bytes

    @classmethod
    def of_json(cls, json: dict) -> Voucher:
        """Refuses unknown names."""
        require(set(json) == {"user", "statement"}, "response_invalid", "other names")
        return cls(from_hex(json["user"]), from_b64u(json["statement"]))

    def is_for(self, succession: Succession, key: bytes) -> bool:
        """Whether they said this very body by their key."""
        try:
            return statements.verify(self.statement, Issuer(user(self.user), key), Succession).body == succession
        except Refusal:
            return False


def require_root(known: Organization, pinned: bytes, seen: Organization | None, vouchers: list[Voucher], reader: bytes) -> None:
    """A chain's root is the pinned one, or followed it since this device saw it."""
    same = known.root.fingerprint == pinned
    saw_it = seen is not None and seen.root.fingerprint == pinned
    require(same or (saw_it and follows_root(known, seen, vouchers, reader)), "key_changed", "not the root that was pinned")
    require(seen is None or known.extends(seen), "rollback", "an older chain than this device saw")


def require_person(person: PublicIdentity, told: bytes | None, contacts: Contacts, known: Organization) -> None:
    """Somebody is as told over another channel or, where nothing was told, as pinned, or followed that."""
    pinned = told or contacts.people.get(person.id, (None,))[0]
    require(pinned is not None, "key_unverified", "nobody who is pinned")
    follows = told is None and follows_person(person, pinned, known)
    require(person.fingerprint == pinned or follows, "key_changed", "not the words that were told or pinned")


def follows_root(known: Organization, seen: Organization, vouchers: list[Voucher], reader: bytes) -> bool:
    """Whether the root may take the place of the one that this device saw in the same chain, which was pinned."""
    owners = {member.user: member.identity_key for member in seen.members.values() if member.role == "owner"}
    since = [taken.body for taken in known.successions if taken.sequence > seen.head.sequence]

    def vouched(succession: Succession) -> bool:
        who = {one.user for one in vouchers if one.user in owners and one.is_for(succession, owners[one.user])}
        return reader in who or len(who) >= ENOUGH

    return known.extends(seen) and all(map(vouched, since))


def follows_person(person: PublicIdentity, pinned: bytes, known: Organization) -> bool:
    """Whether the identity that is served may take the place of the pinned one: a pinned organization signed both, and no owner's."""
    member = known.members.get(person.id)
    former = next((key.key for key in person.keys if key.fingerprint == pinned), None)
    signed = (one.body for one in known.memberships if one.body.user == person.id and one.body.active)
    return (
        member is not None
        and member.role != "owner"
        and member.identity_key == person.issuer.key
        and former in (body.identity_key for body in signed)
    )
