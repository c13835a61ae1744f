"""Successions: what a pair must be, whose keys sign, and who must say so, too, before a pin follows; the page, section 4."""

from __future__ import annotations

from dataclasses import replace

import pytest
from keyferry_interop import private_key, proof, statement, succession
from keyferry_interop.body import Grant, Rotation, Succession, Wrap
from keyferry_interop.contacts import Contacts
from keyferry_interop.digest import sha256
from keyferry_interop.identity import PublicIdentity
from keyferry_interop.organization import Organization
from keyferry_interop.owner import Owner, generate_id, organization, user
from keyferry_interop.pins import Voucher, require_person, require_root
from keyferry_interop.refusal import Refusal
from keyferry_interop.statement import Head, Issuer, Statement
from keyferry_interop.wrap import Recipient, dek_scope
from test_organization import VAULT, Founder
from test_proof import MANIFEST, NOW, WRAPPED, Somebody, World, code

OWNER, HEAD = user(generate_id()), Head(6, b"h" * 32)
KEYS = [private_key.generate_signing() for _ in range(4)]
A, B, C, D = map(private_key.public_bytes, KEYS)
ISSUERS = tuple(Issuer(OWNER, key) for key in (A, B, C, D))


def half(signer: int, body: Succession, head: Head = HEAD, owner: Owner = OWNER) -> Statement:
    return statement.sign(KEYS[signer], owner, head, body, 1)


def pair(from_: int, to: int, head: Head = HEAD) -> list[bytes]:
    return [said.encoded for said in succession.sign_pair(OWNER, KEYS[from_], KEYS[to], head, 1)]


def halves(first: tuple[int, Succession], second: tuple[int, Succession], owner: Owner = OWNER) -> list[bytes]:
    """Two statements right after each other, whatever they say."""
    said = half(*first, owner=owner)
    return [said.encoded, half(*second, head=said.head, owner=owner).encoded]


def a_body_between() -> list[bytes]:
    """The key until now says something else before the next one speaks."""
    body = Succession(OWNER, A, B)
    first = half(0, body)
    between = half(0, Succession(OWNER, A, C), first.head)
    return [first.encoded, half(1, body, between.head).encoded]


GOOD, OTHERS = Succession(OWNER, A, B), user(generate_id())
NO_PAIRS = {
    "half a pair": pair(0, 1)[:1],
    "the other half": pair(0, 1)[1:],
    "a pair and a half": [*pair(0, 1), pair(1, 2)[0]],
    "the halves swapped": pair(0, 1)[::-1],
    "the first half twice": [pair(0, 1)[0]] * 2,
    "both by the key until now": halves((0, GOOD), (0, GOOD)),
    "both by the next key": halves((1, GOOD), (1, GOOD)),
    "each by the other key": halves((1, GOOD), (0, GOOD)),
    "by a third key": halves((0, GOOD), (2, GOOD)),
    "another next key in the first": halves((0, Succession(OWNER, A, C)), (1, GOOD)),
    "another former key in the first": halves((0, Succession(OWNER, C, B)), (1, GOOD)),
    "somebody else in the first": halves((0, Succession(OTHERS, A, B)), (1, GOOD)),
    "somebody else in the second": halves((0, GOOD), (1, Succession(OTHERS, A, B))),
    "another next key in the second": halves((0, GOOD), (1, Succession(OWNER, A, C))),
    "another former key in the second": halves((0, GOOD), (1, Succession(OWNER, C, B))),
    "from another key than the signer's": halves((0, Succession(OWNER, C, B)), (1, Succession(OWNER, C, B))),
    "to the same key": halves((1, Succession(OWNER, B, B)), (1, Succession(OWNER, B, B))),
    "about somebody else": halves((0, Succession(OTHERS, A, B)), (1, Succession(OTHERS, A, B))),
    "somebody else's": halves((0, Succession(OTHERS, A, B)), (1, Succession(OTHERS, A, B)), OTHERS),
    "about an organization of that id": halves(*[(key, Succession(organization(OWNER.id), A, B)) for key in (0, 1)]),
    "a statement between": a_body_between(),
    "the second not after the first": [pair(0, 1)[0], pair(0, 1, Head(7, b"i" * 32))[1]],
    "the second with the first's number": [half(0, GOOD).encoded, half(1, GOOD, Head(6, half(0, GOOD).hash)).encoded],
    "the second leaving a number out": [half(0, GOOD).encoded, half(1, GOOD, Head(8, half(0, GOOD).hash)).encoded],
    "something that is no statement": [b"", b""],
    "a rotation": [statement.sign(KEYS[0], OWNER, HEAD, Rotation(OWNER, A, B, 0, bytes(32)), 1).encoded] * 2,
}


def test_a_persons_keys_are_those_their_pairs_prove_oldest_first() -> None:
    later = Head(40, b"l" * 32)
    assert succession.keys_to(ISSUERS[0], []) == succession.keys_from(ISSUERS[0], []) == ISSUERS[:1]
    three = [*pair(0, 1), *pair(1, 2, later)]
    assert succession.keys_to(ISSUERS[2], three) == succession.keys_from(ISSUERS[0], three) == ISSUERS[:3]


@pytest.mark.parametrize("statements", NO_PAIRS.values(), ids=NO_PAIRS)
def test_what_is_no_pair_proves_nothing(statements: list[bytes]) -> None:
    assert succession.keys_to(ISSUERS[1], statements) == (ISSUERS[1],)
    with pytest.raises(Refusal):
        succession.keys_from(ISSUERS[0], statements)


def test_pairs_lead_from_one_to_the_next_and_to_the_key_that_is_served() -> None:
    first, second, third = pair(0, 1), pair(1, 2), pair(2, 3)
    assert len(succession.keys_to(ISSUERS[3], [*first, *second, *third])) == 4
    for led_astray in ([*first, *third], [*second, *first, *third], [*third, *second, *first], [*first, *second], [*first, *pair(0, 3)]):
        assert succession.keys_to(ISSUERS[3], led_astray) == (ISSUERS[3],)
    assert succession.keys_to(ISSUERS[3], third) == ISSUERS[2:], "the first `from` is theirs to say"


def test_the_kid_chooses_among_a_persons_keys() -> None:
    person = PublicIdentity("", ISSUERS[2], Recipient(VAULT.suite, VAULT.public_key), ISSUERS[:2])
    for signer in range(3):
        assert person.signer(half(signer, GOOD).encoded) == ISSUERS[signer]
    assert person.signer(half(3, GOOD).encoded) == ISSUERS[2] == person.signer(b"no statement")


class Acme:
    """An organization whose root can give way, with owners who may vouch."""

    def __init__(self):
        self.founder = Founder()
        self.first, self.second, self.approver = (Somebody(role) for role in ("owner", "owner", "approver"))
        for one in (self.first, self.second, self.approver):
            self.admit(one)
        self.pin, self.seen = self.founder.pin, self.known

    @property
    def known(self) -> Organization:
        return self.founder.replay()

    def admit(self, one: Somebody) -> None:
        self.founder.add(self.known.next_membership(one.member))

    def body(self, next_: object) -> Succession:
        return Succession(organization(self.founder.id), self.founder.key, private_key.public_bytes(next_))

    def succeed(self) -> Succession:
        """By the next root from here on."""
        next_ = private_key.generate_signing()
        body = self.body(next_)
        self.founder.add(body)
        self.founder.add(body, signer=next_)
        self.founder.root = next_
        return body

    def follows(self, *vouchers: Voucher, reader: bytes = b"", seen: Organization | None = None) -> str:
        return code(lambda: require_root(self.known, self.pin, seen or self.seen, list(vouchers), reader))


def vouch(one: Somebody, body: Succession) -> Voucher:
    return Voucher(one.id, one.sign(body).encoded)


def test_everything_after_a_roots_succession_is_by_the_next_root() -> None:
    acme, auditor = Acme(), Somebody("auditor")
    former = acme.founder.root
    acme.succeed()
    acme.admit(auditor)
    acme.founder.add(replace(VAULT, key_version=2))
    acme.succeed()
    known = acme.known
    assert known.root.key == acme.founder.key and len(known.successions) == 2
    assert known.members[auditor.id] == auditor.member and known.vault_version == 2
    for body in (known.next_membership(Somebody("auditor").member), replace(VAULT, key_version=3), acme.body(KEYS[0])):
        other = Founder(acme.founder.id, acme.founder.root, acme.founder.owner)
        other.chain, other.head = list(acme.founder.chain), acme.founder.head
        other.add(body, signer=former)
        assert other.refused() == "membership_unsigned", "the former root has no say any more"


BETWEEN = None
"""A membership, where the other half belongs."""
FOREIGN = {"owner": organization(OWNER.id)}
BROKEN = {
    "half": [("old", {})],
    "the other half": [("next", {})],
    "swapped": [("next", {}), ("old", {})],
    "the first half twice": [("old", {}), ("old", {})],
    "a membership between, by the root until now": [("old", {}), ("old", BETWEEN), ("next", {})],
    "a membership between, by the next root": [("old", {}), ("next", BETWEEN), ("next", {})],
    "a membership instead": [("old", {}), ("next", BETWEEN)],
    "from another key": [("old", {"until_now": B}), ("next", {"until_now": B})],
    "from another key in the second": [("old", {}), ("next", {"until_now": B})],
    "to another key": [("old", {"from_now_on": B}), ("next", {"from_now_on": B})],
    "to another key in the second": [("old", {}), ("next", {"from_now_on": B})],
    "a third signer": [("old", {}), ("third", {})],
    "another organization's in the first": [("old", FOREIGN), ("next", {})],
    "another organization's in the second": [("old", {}), ("next", FOREIGN)],
    "another organization's": [("old", FOREIGN), ("next", FOREIGN)],
    "a person's": [("old", {"owner": OWNER}), ("next", {"owner": OWNER})],
}


@pytest.mark.parametrize("added", BROKEN.values(), ids=BROKEN)
def test_what_is_no_pair_breaks_an_organizations_chain(added: list[tuple[str, dict | None]]) -> None:
    acme = Acme()
    signers = {"old": acme.founder.root, "next": KEYS[0], "third": KEYS[1]}
    body, between = acme.body(KEYS[0]), acme.known.next_membership(Somebody("auditor").member)
    for signer, change in added:
        acme.founder.add(between if change is BETWEEN else replace(body, **change), signer=signers[signer])
    assert acme.founder.refused() == "membership_unsigned"


def test_a_root_does_not_give_way_to_itself() -> None:
    acme = Acme()
    for _ in range(2):
        acme.founder.add(acme.body(acme.founder.root))
    assert acme.founder.refused() == "membership_unsigned"


def test_the_halves_of_a_roots_succession_follow_each_other_and_what_was_before() -> None:
    for place in (0, 1):
        acme = Acme()
        body, heads = acme.body(KEYS[0]), [None, None]
        heads[place] = Head(acme.founder.head.sequence + place, b"x" * 32)
        for signer, head in zip((acme.founder.root, KEYS[0]), heads):
            acme.founder.add(body, signer=signer, head=head)
        assert acme.founder.refused() == "listing_mismatch"


def test_an_invitation_leads_to_the_root_of_now() -> None:
    acme = Acme()
    policy, at = acme.founder.chain[0], len(acme.founder.chain)
    acme.succeed()
    pairs = acme.founder.chain[at:]
    assert Organization.root_invited_by(acme.founder.id, policy, pairs) == acme.known.root
    assert Organization.root_invited_by(acme.founder.id, policy, []).fingerprint == acme.pin
    for wrong in (pairs[:1], pairs[::-1], pairs * 2):
        with pytest.raises(Refusal, match="^membership_unsigned"):
            Organization.root_invited_by(acme.founder.id, policy, wrong)


def test_a_roots_pin_follows_when_two_owners_who_were_known_vouch_or_the_reader_did() -> None:
    acme = Acme()
    body = acme.succeed()
    first, second = vouch(acme.first, body), vouch(acme.second, body)
    assert acme.follows(first, second) == acme.follows(second, first, first) == "believed"
    assert acme.follows(first, reader=acme.first.id) == "believed"
    late = Somebody("owner")
    acme.admit(late)
    assert acme.follows(first, second) == "believed", "what came after is by the next root"
    for vouchers in [
        [],
        [first],
        [first, first],
        [first, Voucher(acme.first.id, acme.first.sign(body).encoded)],
        [first, vouch(acme.approver, body)],
        [first, vouch(Somebody("owner"), body)],
        [first, vouch(late, body)],
        [first, Voucher(acme.second.id, first.statement)],
        [first, Voucher(acme.second.id, Somebody("owner").sign(body).encoded)],
        [first, vouch(acme.second, replace(body, from_now_on=A))],
        [first, vouch(acme.second, replace(body, until_now=A))],
        [first, vouch(acme.second, replace(body, owner=organization(generate_id())))],
        [first, Voucher(acme.second.id, acme.second.sign(Rotation(body.owner, body.until_now, body.from_now_on, 0, bytes(32))).encoded)],
        [first, Voucher(acme.second.id, b"")],
    ]:
        assert acme.follows(*vouchers) == "key_changed"
    assert acme.follows(first, reader=acme.second.id) == acme.follows(vouch(late, body), reader=late.id) == "key_changed"


def test_every_succession_since_then_is_vouched_for() -> None:
    acme = Acme()
    one, two = acme.succeed(), acme.succeed()
    whole = [vouch(who, body) for body in (one, two) for who in (acme.first, acme.second)]
    assert acme.follows(*whole) == "believed"
    for place in range(4):
        assert acme.follows(*whole[:place], *whole[place + 1 :]) == "key_changed"
    acme.pin, acme.seen = acme.founder.pin, acme.known
    three = acme.succeed()
    assert acme.follows(vouch(acme.first, three), vouch(acme.second, three)) == "believed", "those before need nobody any more"


def test_a_voucher_is_by_the_identity_that_was_known_then() -> None:
    acme, next_ = Acme(), private_key.generate_signing()
    renewed = replace(acme.second.member, identity_key=private_key.public_bytes(next_))
    acme.founder.add(acme.known.next_membership(renewed))
    body = acme.succeed()
    by_next = Voucher(acme.second.id, statement.sign(next_, user(acme.second.id), HEAD, body, 1).encoded)
    assert acme.follows(vouch(acme.first, body), vouch(acme.second, body)) == "believed"
    assert acme.follows(vouch(acme.first, body), by_next) == "key_changed"


def test_only_a_device_that_saw_the_chain_under_the_pinned_root_follows() -> None:
    acme = Acme()
    before = acme.seen
    body = acme.succeed()
    vouchers = [vouch(acme.first, body), vouch(acme.second, body)]
    with pytest.raises(Refusal, match="^key_changed"):
        require_root(acme.known, acme.pin, None, vouchers, b"")
    assert acme.follows(*vouchers, seen=acme.known) == "key_changed", "what it saw was not under the pinned root"
    fork = Founder(acme.founder.id, KEYS[3], acme.founder.owner).replay()
    assert acme.follows(*vouchers, seen=replace(before, head=fork.head, chain=fork.chain)) == "key_changed", "another chain"
    after = acme.known
    with pytest.raises(Refusal, match="^rollback"):
        require_root(before, acme.pin, after, [], b"")


def test_a_persons_pin_follows_when_the_root_signed_their_next_identity() -> None:
    acme, contacts = Acme(), Contacts(1)
    next_ = private_key.generate_signing()
    issuers = acme.approver.issuer, Issuer(user(acme.approver.id), private_key.public_bytes(next_))
    recipient = Recipient(VAULT.suite, VAULT.public_key)
    served, alone = PublicIdentity("", issuers[1], recipient, issuers[:1]), PublicIdentity("", issuers[1], recipient)

    def outcome(person: PublicIdentity, told: bytes | None = None) -> str:
        return code(lambda: require_person(person, told, contacts, acme.known))

    assert outcome(served) == "key_unverified" and outcome(served, served.fingerprint) == "believed"
    contacts.people[served.id] = (issuers[0].fingerprint, "verified")
    assert outcome(PublicIdentity("", issuers[0], recipient)) == "believed"
    assert outcome(served) == "key_changed", "the pair alone"
    acme.founder.add(acme.known.next_membership(replace(acme.approver.member, identity_key=issuers[1].key)))
    assert outcome(served) == "believed"
    assert outcome(alone) == "key_changed", "the membership alone"
    assert outcome(served, issuers[0].fingerprint) == "key_changed", "what is told is of now"
    acme.founder.add(acme.known.next_membership(acme.known.members[served.id], active=False))
    assert outcome(served) == "key_changed"


class Renewed(World):
    """Everybody signed as before, and has another identity since, which the root signed."""

    def __init__(self):
        super().__init__()
        self.next = {}
        for one in (self.contributor, self.approver, self.consultant):
            renewed = Somebody(one.role)
            renewed.id, renewed.issuer = one.id, Issuer(one.issuer.owner, renewed.issuer.key)
            renewed.member = replace(one.member, identity_key=renewed.issuer.key)
            self.founder.add(self.known.next_membership(renewed.member))
            self.next[one] = renewed

    def keys(self, of: Somebody) -> succession.Keys:
        return of.issuer, self.next[of].issuer


@pytest.fixture(scope="module")
def renewed() -> Renewed:
    return Renewed()


def test_what_a_former_key_signed_stands_with_the_membership_of_that_key(renewed: Renewed) -> None:
    now = replace(renewed.version, membership=renewed.membership(renewed.contributor))
    by_next = renewed.next[renewed.contributor]
    assert renewed.check_version(renewed.version, renewed.contributor) == renewed.check_version(now, by_next) == "believed"
    assert renewed.check_version(renewed.version, by_next) == renewed.check_version(now, renewed.contributor) == "author_unsigned"
    assert renewed.check_grant(renewed.grant) == "believed"
    assert renewed.check_grant(renewed.grant, by=renewed.next[renewed.approver]) == "grant_unsigned"


def test_a_grant_for_a_former_fingerprint_is_one_for_the_person(renewed: Renewed) -> None:
    def check(reader: succession.Keys, body: Grant = renewed.grant, request: bytes = renewed.request.encoded) -> str:
        encoded = renewed.approver.sign(body).encoded
        return code(lambda: proof.verify_grant(encoded, renewed.approver.issuer, renewed.known, renewed.version, reader, request, NOW))

    keys = renewed.keys(renewed.consultant)
    assert check(keys) == check(keys[:1]) == "believed"
    assert check(keys[1:]) == "context_mismatch", "by a key that no pair leads from"
    assert check(renewed.keys(renewed.approver)) == "context_mismatch"
    later = renewed.next[renewed.consultant].sign(renewed.request.body)
    of_now = replace(renewed.grant, recipient_fingerprint=keys[1].fingerprint, request=later.hash)
    assert check(keys, of_now, later.encoded) == "believed" and check(keys[:1], of_now, later.encoded) == "context_mismatch"


def test_wraps_by_a_former_key_and_by_the_one_of_now_stand(renewed: Renewed) -> None:
    author, granter, reader = map(renewed.keys, (renewed.contributor, renewed.approver, renewed.consultant))
    posing = Issuer(granter[0].owner, D)

    def may(signer: Issuer, granter: succession.Keys | None) -> str:
        return code(lambda: proof.require_may_wrap(signer, renewed.known, author, granter, reader))

    assert {may(one, None) for one in author + granter} == {may(one, granter) for one in granter + reader} == {"believed"}
    assert {may(one, None) for one in (*reader, posing)} == {may(one, granter) for one in (*author, posing)} == {"grant_unsigned"}
    to, recipient = organization(renewed.founder.id), Recipient(VAULT.suite, VAULT.public_key)
    body = Wrap(dek_scope(*renewed.of_file), to, recipient.key_id, renewed.version.commitment, sha256(WRAPPED), None)
    for by in (renewed.contributor, renewed.next[renewed.contributor]):
        encoded = by.sign(body).encoded
        signer = succession.signer_among(author, encoded)
        assert code(lambda: proof.verify_wrap(encoded, signer, renewed.version, to, recipient, WRAPPED, None)) == "believed"
    assert renewed.check_version(renewed.version, renewed.contributor, MANIFEST) == "believed"
