"""What a reader checks before a file is believed: the page, section 4, one field at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from keyferry_interop import private_key, proof, statement
from keyferry_interop.body import AccessRequest, FileVersion, Grant, Wrap
from keyferry_interop.digest import sha256
from keyferry_interop.organization import Member, Organization
from keyferry_interop.owner import generate_id, organization, user
from keyferry_interop.proof import Asked
from keyferry_interop.refusal import Refusal
from keyferry_interop.sealed_box import SealedBox
from keyferry_interop.statement import Head, Issuer
from keyferry_interop.wrap import Recipient, dek_scope, reason_scope
from test_organization import Founder

NOW = 1_000
MANIFEST, WRAPPED = b"a sealed manifest", b"wrapped bytes"


class Somebody:
    """A person who signs."""

    def __init__(self, role: str):
        self.key, self.id, self.role = private_key.generate_signing(), generate_id(), role
        self.issuer = Issuer(user(self.id), private_key.public_bytes(self.key))
        self.member = Member(self.id, self.issuer.key, role)

    def sign(self, body: object) -> statement.Statement:
        return statement.sign(self.key, self.issuer.owner, Head(), body, 1)


class World:
    """An organization with somebody of every role, a file, a request and a grant."""

    def __init__(self):
        self.founder = Founder()
        self.contributor, self.approver, self.consultant, self.auditor = map(Somebody, ("contributor", "approver", "consultant", "auditor"))
        for one in (self.contributor, self.approver, self.consultant, self.auditor):
            self.founder.add(self.known.next_membership(one.member))
        self.asked = Asked(self.founder.id, generate_id(), 2)
        salt, commitment = b"s" * 24, b"c" * 32
        self.version = FileVersion(*self.of_file, "label", salt, commitment, 72, sha256(MANIFEST), self.membership(self.contributor))
        self.request = self.consultant.sign(AccessRequest(generate_id(), *self.of_file, b"r" * 32, NOW))
        reader = (self.consultant.id, self.consultant.issuer.fingerprint, self.request.hash)
        self.grant = Grant(generate_id(), *self.of_file, salt, commitment, *reader, NOW + 1, self.membership(self.approver), self.known.epoch)

    @property
    def known(self) -> Organization:
        return self.founder.replay()

    @property
    def of_file(self) -> tuple[bytes, bytes, int]:
        return self.asked.organization, self.asked.file, self.asked.version

    def membership(self, of: Somebody) -> bytes:
        return self.known.membership_of(of.id).hash

    def check_version(self, body: FileVersion, by: Somebody, manifest: bytes = MANIFEST) -> str:
        return code(lambda: proof.verify_file_version(by.sign(body).encoded, by.issuer, self.known, self.asked, manifest))

    def check_grant(self, body: Grant, by: Somebody | None = None, request: bytes | None = None, now: int = NOW) -> str:
        by, request = by or self.approver, request or self.request.encoded
        return code(lambda: proof.verify_grant(by.sign(body).encoded, by.issuer, self.known, self.version, (self.consultant.issuer,), request, now))


def code(work: object) -> str:
    try:
        work()
    except Refusal as refusal:
        return refusal.code
    return "believed"


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def test_a_file_version_is_its_authors_about_what_was_asked_for(world: World) -> None:
    assert world.check_version(world.version, world.contributor) == "believed"
    assert world.check_version(replace(world.version, membership=world.membership(world.auditor)), world.auditor) == "author_unsigned"
    assert world.check_version(world.version, world.approver) == "author_unsigned", "somebody else's membership"
    assert world.check_version(replace(world.version, membership=bytes(32)), world.contributor) == "author_unsigned"
    for change in ({"organization": bytes(16)}, {"file": bytes(16)}, {"version": 1}):
        assert world.check_version(replace(world.version, **change), world.contributor) == "context_mismatch"
    assert world.check_version(world.version, world.contributor, b"another manifest") == "manifest_unsigned"


def test_a_grant_is_an_approvers_to_this_reader_about_this_version(world: World) -> None:
    assert world.check_grant(world.grant) == "believed"
    changes = ("organization", "file", "recipient")
    for change in [*({name: bytes(16)} for name in changes), {"version": 1}, {"salt": bytes(24)}]:
        assert world.check_grant(replace(world.grant, **change)) == "context_mismatch"
    for name in ("commitment", "recipient_fingerprint", "request"):
        assert world.check_grant(replace(world.grant, **{name: bytes(32)})) == "context_mismatch"
    assert world.check_grant(world.grant, by=world.contributor) == "grant_unsigned"
    quoting_own = replace(world.grant, membership=world.membership(world.contributor))
    assert world.check_grant(quoting_own, by=world.contributor) == "grant_unsigned", "a role that holds no vault"


def test_a_grant_ends(world: World) -> None:
    assert world.check_grant(world.grant, now=NOW) == "believed"
    assert world.check_grant(world.grant, now=NOW + 1) == "grant_expired"


def test_a_grant_answers_the_readers_own_request(world: World) -> None:
    for body, by in [
        (world.request.body, world.auditor),
        (replace(world.request.body, file=bytes(16)), world.consultant),
        (replace(world.request.body, version=3), world.consultant),
        (replace(world.request.body, organization=bytes(16)), world.consultant),
    ]:
        other = by.sign(body)
        assert world.check_grant(replace(world.grant, request=other.hash), request=other.encoded) == "context_mismatch"
    earlier = world.consultant.sign(replace(world.request.body, version=1))
    assert world.check_grant(replace(world.grant, request=earlier.hash), request=earlier.encoded) == "believed", "re-keyed since"
    same = world.consultant.sign(replace(world.request.body, wanted_until_ms=7))
    assert world.check_grant(world.grant, request=same.encoded) == "context_mismatch", "another request about the same"


def test_a_grant_counts_for_the_epochs_its_granter_was_in_force() -> None:
    world = World()
    own = next(one for one in world.known.memberships if one.body.user == world.approver.id).body.epoch
    newest = world.known.epoch
    for epoch, outcome in [(own, "believed"), (newest, "believed"), (own - 1, "grant_unsigned"), (newest + 1, "grant_unsigned")]:
        assert world.check_grant(replace(world.grant, epoch=epoch)) == outcome, f"epoch {epoch}"
    world.founder.add(world.known.next_membership(world.approver.member, active=False))
    assert world.check_grant(replace(world.grant, epoch=newest)) == "believed", "what was granted while in force stands"
    assert world.check_grant(replace(world.grant, epoch=newest + 1)) == "grant_unsigned"
    ending = world.known.memberships[-1]
    assert world.check_grant(replace(world.grant, epoch=newest + 1, membership=ending.hash)) == "grant_unsigned", "the end is no membership"


def test_a_wrap_says_every_field_of_the_table(world: World) -> None:
    to, recipient = organization(world.founder.id), Recipient("x25519-hpke", b"k" * 32)
    body = Wrap(dek_scope(*world.of_file), to, recipient.key_id, world.version.commitment, sha256(WRAPPED), None)

    def check(body: Wrap, wrapped: bytes = WRAPPED, grant: bytes | None = None) -> str:
        encoded = world.contributor.sign(body).encoded
        return code(lambda: proof.verify_wrap(encoded, world.contributor.issuer, world.version, to, recipient, wrapped, grant))

    assert check(body) == "believed"
    for change in [
        {"scope": dek_scope(*world.of_file[:2], 1)},
        {"recipient": user(world.founder.id)},
        {"recipient_key": bytes(32)},
        {"commitment": bytes(32)},
        {"grant": bytes(32)},
    ]:
        assert check(replace(body, **change)) == "context_mismatch", str(change)
    assert check(body, wrapped=b"other bytes") == "grant_unsigned"
    assert check(body, grant=b"g" * 32) == "context_mismatch"


def test_only_those_whom_the_table_names_may_wrap(world: World) -> None:
    author, granter, reader = (one.issuer for one in (world.contributor, world.approver, world.consultant))

    def may(signer: Issuer, granter: Issuer | None) -> str:
        return code(lambda: proof.require_may_wrap(signer, world.known, (author,), granter and (granter,), (reader,)))

    assert [may(one, None) for one in (author, world.approver.issuer)] == ["believed"] * 2
    assert [may(one, None) for one in (reader, world.auditor.issuer)] == ["grant_unsigned"] * 2
    assert [may(one, granter) for one in (granter, reader)] == ["believed"] * 2
    assert [may(one, granter) for one in (author, world.auditor.issuer)] == ["grant_unsigned"] * 2
    posing = Issuer(world.approver.issuer.owner, author.key)
    assert may(posing, None) == "grant_unsigned", "a holder's name with another key"


def test_a_reason_is_the_one_the_requester_signed() -> None:
    world, box = World(), SealedBox("x25519-hpke", b"k" * 32, b"w" * 80, b"n" * 12, b"c" * 20)
    asked = replace(world.request.body, reason=box.digest())
    assert code(lambda: proof.verify_reason(box, asked, world.known, None)) == "believed"
    for change in ({"suite": "rsa-oaep-2048"}, {"recipient_key": b"x" * 32}, {"wrapped": b"x" * 80}, {"nonce": b"x" * 12}, {"ciphertext": b"x"}):
        other = replace(box, **change)
        assert code(lambda: proof.verify_reason(other, asked, world.known, None)) == "context_mismatch", str(change)


def test_a_reason_sealed_anew_is_vouched_for_by_a_holder_of_the_vault() -> None:
    world, box = World(), SealedBox("x25519-hpke", b"k" * 32, b"w" * 80, b"n" * 12, b"c" * 20)
    asked = world.request.body
    scope = reason_scope(asked.organization, asked.file, asked.request)
    body = Wrap(scope, organization(world.founder.id), box.recipient_key, asked.reason, box.digest(), None)

    def check(body: Wrap, by: Somebody = world.approver, signer: Issuer | None = None) -> str:
        resealed = by.sign(body).encoded, signer or by.issuer
        return code(lambda: proof.verify_reason(box, asked, world.known, resealed))

    assert check(body) == "believed"
    for change in [
        {"scope": reason_scope(asked.organization, asked.file, bytes(16))},
        {"scope": dek_scope(asked.organization, asked.file, 1)},
        {"recipient": user(world.founder.id)},
        {"recipient_key": bytes(32)},
        {"commitment": box.digest()},
        {"grant": bytes(32)},
    ]:
        assert check(replace(body, **change)) == "context_mismatch", str(change)
    assert check(replace(body, wrapped_hash=asked.reason)) == "grant_unsigned"
    assert check(body, by=world.consultant) == check(body, by=world.contributor) == "context_mismatch", "no holder"
    posing = Issuer(world.approver.issuer.owner, world.consultant.issuer.key)
    assert check(body, by=world.consultant, signer=posing) == "context_mismatch", "a holder's name with another key"
    assert check(body, by=world.consultant, signer=world.approver.issuer) == "grant_unsigned", "a holder did not sign it"
    world.founder.add(world.known.next_membership(world.approver.member, active=False))
    assert check(body) == "believed", "what a holder signed stays signed"
