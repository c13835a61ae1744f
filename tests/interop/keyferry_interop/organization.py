"""Organizations, replayed from their chains: the page, section 4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from . import cbor, succession
from . import statement as statements
from .body import KeyCertificate, Membership, Policy, Succession
from .digest import parts, sha256
from .fingerprint import fingerprint
from .owner import organization, user
from .public_key import encryption_key
from .refusal import Refusal, require
from .statement import Head, Header, Issuer, Statement
from .succession import Keys
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
    chain: tuple[bytes, ...]
    policy: Policy
    root: Issuer
    head: Head
    vault: Recipient | None = None
    vault_version: int = 0
    epoch: int = 0
    members: dict[bytes, Member] = field(default_factory=dict)
    memberships: list[Statement] = field(default_factory=list)
    successions: list[Statement] = field(default_factory=list)

    @classmethod
    def replay(cls, id_: bytes, chain: list[bytes]) -> Organization:
        """Believes the chain and nothing else: whether its root is the right one, a pin says."""
        require(len(chain) >= 3, _POLICY, "a chain begins with policy, vault and founder")
        root = cls.root_of(id_, chain[0])
        policy = _verified(chain[0], root, Policy, _POLICY)
        require(policy.body.organization == id_ and policy.body.root_key == root.key, _POLICY, "another organization's policy")
        policy.require_follows(Head())
        organization_ = cls(id_, tuple(chain), policy.body, root, policy.head)
        organization_._take_vault(_verified(chain[1], root, KeyCertificate, _POLICY))
        later = iter(chain[2:])
        for encoded in later:
            organization_._take(encoded, later)
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

    @classmethod
    def root_invited_by(cls, id_: bytes, policy: bytes, successions: list[bytes]) -> Issuer:
        """The root of now, of an invitation's policy and pairs: whose fingerprint must be compared before it is believed."""
        root = cls.root_of(id_, policy)
        try:
            return succession.keys_from(root, successions)[-1]
        except Refusal as refusal:
            raise Refusal(_MEMBERSHIP, str(refusal)) from None

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

    def keys_as(self, user_: bytes, roles: tuple[str, ...]) -> Keys:
        """The identities of every membership that made the person one of these: what they signed then stays signed after they left."""
        held = (one.body for one in self.memberships if one.body.user == user_ and one.body.active and one.body.role in roles)
        return tuple(Issuer(user(one.user), one.identity_key) for one in held)

    def extends(self, seen: Organization) -> bool:
        """Whether its chain is the one of a state before, and goes on from there."""
        at = seen.head.sequence
        return len(self.chain) >= at and sha256(self.chain[at - 1]) == seen.head.hash

    def next_membership(self, member: Member, active: bool = True) -> Membership:
        """The body that admits, changes or ends a member, with count and root after it."""
        after = dict(self.members)
        after.pop(member.user, None)
        if active:
            after[member.user] = member
        root = member_root(list(after.values()))
        return Membership(self.id, member.user, member.identity_key, member.role, active, self.epoch + 1, len(after), root)

    def _take(self, encoded: bytes, later: Iterator[bytes]) -> None:
        """A later statement: a membership, a vault's certificate, or a succession of the root with its other half."""
        typ = _typ(encoded)
        if typ == Succession.TYP:
            self._take_root(encoded, next(later, b""))
        elif typ == KeyCertificate.TYP:
            self._take_vault(_verified(encoded, self.root, KeyCertificate, _MEMBERSHIP))
        else:
            self._take_membership(_verified(encoded, self.root, Membership, _MEMBERSHIP))

    def _take_root(self, first: bytes, second: bytes) -> None:
        """Everything after the two is by the next root."""
        self._require_next(_verified(first, self.root, Succession, _MEMBERSHIP))
        try:
            taken, self.root = succession.verify_pair(first, second, self.root)
        except Refusal as refusal:
            raise Refusal(_LISTING if refusal.code == "chain_conflict" else _MEMBERSHIP, str(refusal)) from None
        self.successions.append(taken)
        self.head = taken.head

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
        same = known is None or known.identity_key == body.identity_key or (body.active and known.role == body.role)
        require(same, _MEMBERSHIP, "an active member's key changes only with a membership of the same role")
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


def _typ(encoded: bytes) -> str:
    try:
        return Header.of(encoded).typ
    except Refusal as refusal:
        raise Refusal(_MEMBERSHIP, str(refusal)) from None


def _verified(encoded: bytes, root: Issuer, kind: type, code: str) -> Statement:
    try:
        return statements.verify(encoded, root, kind)
    except Refusal as refusal:
        raise Refusal(code, str(refusal)) from None
