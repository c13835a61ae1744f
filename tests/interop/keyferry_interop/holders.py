"""Who holds a bundle of an organization, and a lock for each of them: the page, sections 7 and 8."""

from __future__ import annotations

from dataclasses import replace

from .bundle import Bundle
from .identity import PublicIdentity
from .organization import Organization
from .owner import Owner
from .person import Person
from .refusal import require
from .statement import Head


def find_holders(known: Organization, served: list[dict], roles: tuple[str, ...]) -> list[PublicIdentity]:
    """Everybody in one of these roles, by the identity the root signed."""
    people = {person.id: person for person in map(PublicIdentity.of_json, served)}
    members = [member for member in known.members.values() if member.role in roles]
    for member in members:
        found = people.get(member.user)
        require(found is not None and found.issuer.key == member.identity_key, "key_changed", "not the identity the root signed")
    return [people[member.user] for member in members]


def lock_for_all(person: Person, holders: list[PublicIdentity], bundle: Bundle, owner: Owner, bundle_key: bytes) -> tuple[Bundle, Head]:
    """The bundle with a lock for each, and the head of one's chain after their statements."""
    locks, head = [], person.head
    for holder in holders:
        locked, head = person.member_lock(holder, bundle, owner, bundle_key, head)
        locks.append(locked)
    return replace(bundle, locks=tuple(locks)), head
