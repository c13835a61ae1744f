"""Organizations: what a chain must be for a replay to believe it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from keyferry_interop import private_key, statement
from keyferry_interop.body import Body, KeyCertificate, Membership, Policy
from keyferry_interop.organization import Member, Organization, member_root
from keyferry_interop.owner import generate_id, organization
from keyferry_interop.pins import require_root
from keyferry_interop.refusal import Refusal
from keyferry_interop.statement import Head, Issuer

VAULT = KeyCertificate("x25519-hpke", private_key.public_bytes(private_key.generate_encryption("x25519-hpke")), 1)


def somebody(role: str) -> Member:
    return Member(generate_id(), private_key.public_bytes(private_key.generate_signing()), role)


@dataclass
class Founder:
    """A root that signs whatever it is told to."""

    id: bytes = field(default_factory=generate_id)
    root: object = field(default_factory=private_key.generate_signing)
    owner: Member = field(default_factory=lambda: somebody("owner"))
    chain: list[bytes] = field(default_factory=list)
    head: Head = field(default_factory=Head)

    def __post_init__(self) -> None:
        self.add(self.policy())
        self.add(VAULT)
        self.add(Membership(self.id, self.owner.user, self.owner.identity_key, "owner", True, 1, 1, member_root([self.owner])))

    def policy(self) -> Policy:
        return Policy(self.id, "Acme", self.key, 1_000)

    @property
    def key(self) -> bytes:
        return private_key.public_bytes(self.root)

    @property
    def pin(self) -> bytes:
        return Issuer(organization(self.id), self.key).fingerprint

    def add(self, body: Body, *, signer: object = None, head: Head | None = None) -> None:
        made = statement.sign(signer or self.root, organization(self.id), head or self.head, body, 1)
        self.chain.append(made.encoded)
        self.head = made.head

    def replay(self) -> Organization:
        return Organization.replay(self.id, self.chain)

    def refused(self) -> str:
        with pytest.raises(Refusal) as refused:
            self.replay()
        return refused.value.code


def test_members_come_change_and_go() -> None:
    founder, person = Founder(), somebody("approver")
    founder.add(founder.replay().next_membership(person))
    admitted = founder.replay()
    assert admitted.members[person.user] == person and admitted.epoch == 2
    quoted = admitted.membership_of(person.user).hash
    assert admitted.in_force(quoted, 2).role == "approver"
    founder.add(admitted.next_membership(person, active=False))
    after = founder.replay()
    assert person.user not in after.members
    assert after.in_force(quoted, 2).user == person.user, "what was signed while it was in force counts"
    for epoch in (1, 3, 4):
        with pytest.raises(Refusal):
            after.in_force(quoted, epoch)
    with pytest.raises(Refusal):
        after.in_force(after.memberships[-1].hash)
    assert [key.key for key in after.keys_as(person.user, ("approver",))] == [person.identity_key]


def test_the_vault_rotates_by_one() -> None:
    founder = Founder()
    founder.add(replace(VAULT, key_version=2))
    assert founder.replay().vault_version == 2
    founder.add(replace(VAULT, key_version=4))
    assert founder.refused() == "policy_unsigned"


CHANGES = {
    "an epoch left out": ({"epoch": 3}, "listing_mismatch"),
    "an epoch again": ({"epoch": 1}, "listing_mismatch"),
    "another count": ({"member_count": 3}, "listing_mismatch"),
    "another root": ({"member_root": bytes(32)}, "listing_mismatch"),
    "another organization": ({"organization": bytes(16)}, "membership_unsigned"),
    "an end of nobody's membership": ({"active": False}, "membership_unsigned"),
}


@pytest.mark.parametrize(("change", "code"), CHANGES.values(), ids=CHANGES)
def test_a_membership_counts_and_sums_up_what_is_after_it(change: dict, code: str) -> None:
    founder = Founder()
    founder.add(replace(founder.replay().next_membership(somebody("auditor")), **change))
    assert founder.refused() == code


def test_an_owner_is_always_left() -> None:
    founder = Founder()
    for change in ({"active": False}, {"active": True}):
        demoted = replace(founder.owner, role="auditor") if change["active"] else founder.owner
        other = Founder(founder.id, founder.root, founder.owner)
        other.add(other.replay().next_membership(demoted, **change))
        assert other.refused() == "membership_unsigned"


ANOTHER_IDENTITY = [("approver", True, True), ("owner", True, False), ("auditor", True, False), ("approver", False, False)]


@pytest.mark.parametrize(("role", "active", "holds"), ANOTHER_IDENTITY)
def test_an_active_members_identity_changes_with_a_membership_of_the_same_role_only(role: str, active: bool, holds: bool) -> None:
    founder, person = Founder(), somebody("approver")
    founder.add(founder.replay().next_membership(person))
    next_ = Member(person.user, somebody(role).identity_key, role)
    founder.add(founder.replay().next_membership(next_, active=active))
    if not holds:
        assert founder.refused() == "membership_unsigned"
        return
    known = founder.replay()
    assert known.members[person.user] == next_
    keys = [key.key for key in known.keys_as(person.user, ("approver",))]
    assert keys == [person.identity_key, next_.identity_key], "what the one before signed stands"


def test_nothing_is_left_out_exchanged_or_put_in() -> None:
    founder = Founder()
    for role in ("approver", "auditor"):
        founder.add(founder.replay().next_membership(somebody(role)))
    whole = list(founder.chain)
    for edited in (whole[:3] + whole[4:], [*whole[:3], whole[4], whole[3]], [*whole, whole[-1]], whole[:2] + whole[3:]):
        founder.chain = edited
        assert founder.refused() == "listing_mismatch"


def test_every_statement_follows_the_one_before() -> None:
    founder = Founder()
    last = founder.head
    for head in (Head(last.sequence, b"x" * 32), Head(last.sequence + 1, last.hash), Head(last.sequence - 1, last.hash)):
        other = Founder(founder.id, founder.root, founder.owner)
        other.add(other.replay().next_membership(somebody("auditor")), head=head)
        assert other.refused() == "listing_mismatch", "though epoch, count and root are right"


def test_only_the_pinned_root_speaks() -> None:
    founder, stranger = Founder(), private_key.generate_signing()
    founder.add(founder.replay().next_membership(somebody("owner")), signer=stranger)
    assert founder.refused() == "membership_unsigned"
    with pytest.raises(Refusal, match="^key_changed"):
        require_root(Founder(founder.id).replay(), founder.pin, None, [], generate_id())
    require_root(Founder(founder.id, founder.root).replay(), founder.pin, None, [], generate_id())
    lying = Founder()
    lying.chain[0] = statement.sign(stranger, organization(lying.id), Head(), lying.policy(), 1).encoded
    assert lying.refused() == "policy_unsigned"
