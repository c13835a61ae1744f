"""Organizations, replayed from their chains: the page, section 4."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import cbor
from . import statement as statements
from .body import KeyCertificate, Membership, Policy
from .digest import parts
from .fingerprint import fingerprint
from .owner import organization, user
from .public_key import encryption_key
from .refusal import Refusal, require
from .statement import Head, Issuer, Statement
from .wrap import Recipient

_POLICY = "policy_unsigned"
_MEMBERSHIP = "membership_unsigned"
_LISTING = "listing_mismatch"


@dataclass(frozen=True)
class Member:
    """An active member."""

    user: bytes
    identity_key: bytes
    role: str

    @property
    def fingerprint(self) -> bytes:
        """That of the person."""
        return fingerprint(user(self.user), self.identity_key)


def member_root(members: list[Member]) -> bytes:
    """One part per active member, ascending by user id: user id || fingerprint || role name."""
    ordered = sorted(members, key=lambda member: member.user)
    return parts("keyferry/v1/members", *(member.user + member.fingerprint + member.role.encode() for member in ordered))


@dataclass
class Organization:
    """What a chain says, after the last statement that was replayed."""

    id: bytes
    policy: Policy
    root: Issuer
    head: Head
    vault: Recipient | None = None
    vault_version: int = 0
    epoch: int = 0
    members: dict[bytes, Member] = field(default_factory=dict)
    memberships: list[Statement] = field(default_factory=list)

    @classmethod
    def replay(cls, id_: bytes, chain: list[bytes], pinned: bytes) -> Organization:
        """Believes the chain and the pin, and nothing else."""
        require(len(chain) >= 3, _POLICY, "a chain begins with policy, vault and founder")
        root = cls.root_of(id_, chain[0])
        require(root.fingerprint == pinned, "key_changed", "not the root that was pinned")
        policy = _verified(chain[0], root, Policy, _POLICY)
        require(policy.body.organization == id_ and policy.body.root_key == root.key, _POLICY, "another organization's policy")
        policy.require_follows(Head())
        organization_ = cls(id_, policy.body, root, policy.head)
        organization_._take_vault(_verified(chain[1], root, KeyCertificate, _POLICY))
        for encoded in chain[2:]:
            organization_.take(encoded)
        return organization_

    @staticmethod
    def root_of(id_: bytes, policy: bytes) -> Issuer:
        """The root whose signature the policy bears, itself naming the key: whose fingerprint must be compared before it is believed."""
        try:
            root = Issuer(organization(id_), cbor.decode(cbor.decode(policy).value[2])[6][3])
        except (Refusal, AttributeError, IndexError, KeyError, TypeError):
            raise Refusal(_POLICY, "no policy") from None
        _verified(policy, root, Policy, _POLICY)
        return root

    def take(self, encoded: bytes) -> None:
        """A later statement: a membership or a vault's certificate."""
        try:
            certificate = statements.verify(encoded, self.root, KeyCertificate)
        except Refusal as refusal:
            if refusal.code != "statement_type":
                raise Refusal(_MEMBERSHIP, str(refusal)) from None
            self._take_membership(_verified(encoded, self.root, Membership, _MEMBERSHIP))
        else:
            self._take_vault(certificate)

    def in_force(self, quoted: bytes, epoch: int | None = None) -> Membership:
        """The membership a hash quotes, at an epoch: at or after its own, at most the newest, and nothing later about the person."""
        found = next((one for one in self.memberships if one.hash == quoted), None)
        require(found is not None, _MEMBERSHIP, "no such membership")
        membership = found.body
        require(membership.active, _MEMBERSHIP, "a membership that ended")
        if epoch is not None:
            require(membership.epoch <= epoch <= self.epoch, _MEMBERSHIP, f"not in force at epoch {epoch}")
            later = [one.body for one in self.memberships if one.body.user == membership.user and one.body.epoch > membership.epoch]
            require(all(one.epoch > epoch for one in later), _MEMBERSHIP, "superseded by then")
        return membership

    def membership_of(self, user_: bytes) -> Statement:
        """The newest statement about an active member."""
        require(user_ in self.members, _MEMBERSHIP, "no member")
        return [one for one in self.memberships if one.body.user == user_][-1]

    def last_as(self, user_: bytes, roles: tuple[str, ...]) -> Membership | None:
        """The last membership that made the person one of these: what they signed then stays signed after they left."""
        held = [one.body for one in self.memberships if one.body.user == user_ and one.body.active and one.body.role in roles]
        return held[-1] if held else None

    def issuer_as(self, user_: bytes, roles: tuple[str, ...]) -> Issuer | None:
        """That person, under the identity of that membership."""
        held = self.last_as(user_, roles)
        return held and Issuer(user(held.user), held.identity_key)

    def next_membership(self, member: Member, active: bool = True) -> Membership:
        """The body that admits, changes or ends a member, with count and root after it."""
        after = dict(self.members)
        after.pop(member.user, None)
        if active:
            after[member.user] = member
        root = member_root(list(after.values()))
        return Membership(self.id, member.user, member.identity_key, member.role, active, self.epoch + 1, len(after), root)

    def _require_next(self, statement: Statement) -> None:
        """A broken chain that was served is a listing that was edited."""
        follows = statement.sequence == self.head.sequence + 1 and statement.previous == self.head.hash
        require(follows, _LISTING, f"statement {statement.sequence} after {self.head.sequence}")

    def _take_vault(self, certificate: Statement) -> None:
        self._require_next(certificate)
        body = certificate.body
        require(body.key_version == self.vault_version + 1, _POLICY, "the vault's versions count by one from 1")
        encryption_key(body.suite, body.public_key)
        self.vault, self.vault_version = Recipient(body.suite, body.public_key), body.key_version
        self.head = certificate.head

    def _take_membership(self, statement: Statement) -> None:
        self._require_next(statement)
        body = statement.body
        require(body.organization == self.id, _MEMBERSHIP, "another organization")
        require(body.epoch == self.epoch + 1, _LISTING, "epochs count by one from 1")
        known = self.members.get(body.user)
        require(known is None or known.identity_key == body.identity_key, _MEMBERSHIP, "an active member's key does not change")
        if body.active:
            self.members[body.user] = Member(body.user, body.identity_key, body.role)
        else:
            require(known is not None and known.role == body.role, _MEMBERSHIP, "ends a membership that is not")
            del self.members[body.user]
        members = list(self.members.values())
        require(any(member.role == "owner" for member in members), _MEMBERSHIP, "an owner is always left")
        require(body.member_count == len(members) and body.member_root == member_root(members), _LISTING, "count or root of the members")
        self.epoch, self.head = body.epoch, statement.head
        self.memberships.append(statement)


def _verified(encoded: bytes, root: Issuer, kind: type, code: str) -> Statement:
    try:
        return statements.verify(encoded, root, kind)
    except Refusal as refusal:
        raise Refusal(code, str(refusal)) from None
