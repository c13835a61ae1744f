"""What owners do about successions: another root, vouching for it, and a member's next identity; the page, sections 6 and 8."""

from __future__ import annotations

import secrets
from dataclasses import replace

from . import bundle as bundles
from . import private_key
from . import statement as statements
from .body import Succession
from .bundle import Bundle
from .holders import find_holders, lock_for_all
from .identity import PublicIdentity
from .organization import Organization
from .owner import organization
from .person import Person, now_ms
from .pins import require_root
from .refusal import require
from .statement import Head, Issuer
from .succession import sign_pair
from .text import b64u, from_b64u


class RootRotation:
    """Another root in the place of the one until now."""

    def __init__(self, person: Person, organization_: bytes):
        self.person, self.owner = person, organization(organization_)
        self.path = f"/v1/organizations/{organization_.hex()}"
        self.view = person.relay.get(self.path)
        self.known = person.take_view(organization_, self.view)
        self.before, _, self.old = person.open_bundle(self.known, "root")
        self.new = private_key.generate_signing()

    @property
    def issuer(self) -> Issuer:
        """The next root."""
        return Issuer(self.owner, private_key.public_bytes(self.new))

    def successions(self) -> list[bytes]:
        """The organization's next two statements."""
        return [said.encoded for said in sign_pair(self.owner, self.old, self.new, self.known.head, now_ms())]

    def bundle(self) -> tuple[Bundle, Head]:
        """The next root for every owner, and the head of one's chain after their locks."""
        bundle_key, version = secrets.token_bytes(32), self.before.version + 1
        sealed = bundles.seal("root", self.before.suite, version, self.owner, bundle_key, {"signing": self.new})
        return lock_for_all(self.person, self.owners(), sealed, self.owner, bundle_key)

    def owners(self) -> list[PublicIdentity]:
        """Who is to hold it."""
        return find_holders(self.known, self.view["members"], ("owner",))

    def said(self) -> Succession:
        """What one vouches for."""
        return Succession(self.owner, self.known.root.key, self.issuer.key)

    def run(self) -> None:
        """One transaction takes all of it. Pins the next root."""
        bundle, head = self.bundle()
        voucher = self.person.sign(self.said(), head)
        body = {"successions": list(map(b64u, self.successions())), "bundle": bundle.to_json(), "voucher": b64u(voucher.encoded)}
        self.person.took(self.person.relay.post(f"{self.path}/root", body), voucher.head)
        self.person.pin(organization_=(self.owner.id, self.issuer.fingerprint))


def vouch(person: Person, organization_: bytes, told: bytes) -> None:
    """Pins a root whose fingerprint was told over another channel, and says to the others that it is the right one."""
    path = f"/v1/organizations/{organization_.hex()}"
    known = Organization.replay(organization_, list(map(from_b64u, person.relay.get(path)["chain"])))
    require_root(known, told, None, [], person.id)
    require(known.successions != [], "context_mismatch", "the root is the first one")
    said = person.sign(known.successions[-1].body)
    person.took(person.relay.post(f"{path}/vouchers", {"statement": b64u(said.encoded)}), said.head)
    person.pin(organization_=(organization_, told))


def confirm(person: Person, organization_: bytes, user: bytes, told: bytes) -> None:
    """Signs the membership of somebody who replaced their identity, whose next fingerprint was told over another channel."""
    path = f"/v1/organizations/{organization_.hex()}"
    view = person.relay.get(path)
    known = person.take_view(organization_, view)
    (member,) = [one for one in map(PublicIdentity.of_json, view["members"]) if one.id == user]
    require(member.fingerprint == told, "key_changed", "not the words that were told")
    _, _, root = person.open_bundle(known, "root")
    next_ = known.next_membership(replace(known.members[user], identity_key=member.issuer.key))
    signed = statements.sign(root, organization(organization_), known.head, next_, now_ms())
    body = {"membership": b64u(signed.encoded), "invitation": None, "locks": []}
    person.took(person.relay.post(f"{path}/members", body), person.head)
