"""Identities and roots that are replaced at the relay, by Python clients alone: the page, sections 4, 7.5 and 8."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from conftest import PASSPHRASE
from keyferry_interop import private_key, statement
from keyferry_interop.organization import Member
from keyferry_interop.owner import Owner
from keyferry_interop.owner import organization as organization_of
from keyferry_interop.person import Person, now_ms
from keyferry_interop.root import RootRotation, confirm, vouch
from keyferry_interop.rotation import OwnRotation, VaultRotation
from keyferry_interop.statement import Head
from keyferry_interop.succession import sign_pair
from keyferry_interop.text import b64u, from_hex
from relay_process import RelayProcess
from test_rotation import REASON, again, granted, operations, reads
from test_story import SUITES, Arrive, code, office


def joins(arrive: Arrive, owner: Person, organization: bytes, name: str, role: str) -> Person:
    """One more member."""
    person = arrive(name, SUITES[0])
    owner.invite(organization, person.email, role)
    person.accept(organization, owner.contacts.organizations[organization][0])
    owner.admit(organization, person.email, person.identity_fingerprint)
    return person


def replaced(relay: RelayProcess, person: Person) -> Person:
    """Somebody with another identity, logged in again."""
    OwnRotation(person, PASSPHRASE, new_identity=True).run()
    return again(relay, person)


def test_a_root_gives_way_and_pins_follow_once_a_second_owner_vouches(arrive: Arrive, relay: RelayProcess) -> None:
    owner, consultant, organization = office(arrive, "root", SUITES[0])
    second = joins(arrive, owner, organization, "root-second", "owner")
    file = granted(owner, consultant, organization, 1)
    before = consultant.organization(organization).root
    rotation = RootRotation(owner, organization)
    rotation.run()
    after = owner.organization(organization)
    assert after.root == rotation.issuer != before and after.members == rotation.known.members
    for person in (consultant, second, again(relay, consultant)):
        assert code(lambda: person.organization(organization)) == "key_changed", "one owner is not enough"
    assert code(lambda: vouch(second, organization, before.fingerprint)) == "key_changed", "not the words that were told"
    vouch(second, organization, rotation.issuer.fingerprint)
    assert second.organization(organization).root == after.root
    assert consultant.organization(organization).root == after.root and reads(consultant, organization, file)
    assert code(lambda: again(relay, consultant).organization(organization)) == "key_changed", "a device that saw nothing before compares"
    consultant.pin()
    assert again(relay, consultant).organization(organization).root == after.root, "or has it of the list"
    late = joins(arrive, second, organization, "root-late", "approver")
    assert reads(late, organization, file), "invited by the next root, and by an owner who did not replace it"
    told = operations(owner)
    assert told.count("key_rotated") == 1


def test_a_root_gives_way_twice_and_every_time_somebody_vouches(arrive: Arrive, relay: RelayProcess) -> None:
    owner, consultant, organization = office(arrive, "twice", SUITES[0])
    second = joins(arrive, owner, organization, "twice-second", "owner")
    elsewhere = again(relay, consultant)
    for person in (consultant, elsewhere):
        person.organization(organization)
    for by, other in ((owner, second), (second, owner)):
        rotation = RootRotation(by, organization)
        rotation.run()
        assert code(lambda: consultant.organization(organization)) == "key_changed"
        vouch(other, organization, rotation.issuer.fingerprint)
        assert consultant.organization(organization).root == rotation.issuer
    assert elsewhere.organization(organization).root == rotation.issuer, "both at once"
    VaultRotation(owner, organization).run()
    assert consultant.organization(organization).vault_version == 2


def test_a_consultant_replaces_their_identity_and_is_a_consultant_again_when_an_owner_says_so(arrive: Arrive, relay: RelayProcess) -> None:
    owner, consultant, organization = office(arrive, "identity", SUITES[0])
    files = granted(owner, consultant, organization, 2)
    asked = owner.upload(organization, "2", b"\x02", "label")
    request = consultant.ask(organization, asked, REASON)
    owner.pin(person=consultant.identity)
    before = consultant.identity_fingerprint
    session = consultant.relay.token
    person = replaced(relay, consultant)
    assert person.identity_fingerprint != before and person.identity == consultant.identity
    consultant.relay.token = session
    assert code(lambda: consultant.organization(organization)) == "session_invalid", "one's own session ends, too"
    assert reads(person, organization, files), "what was granted to the former identity"
    assert code(lambda: person.ask(organization, asked, REASON)) == "role_insufficient"
    assert owner.read_reason(organization, request) == REASON
    assert code(lambda: owner.approve(organization, request, None)) == "key_changed", "the pin does not follow by itself"
    assert code(lambda: confirm(owner, organization, person.id, before)) == "key_changed", "not the words of now"
    confirm(owner, organization, person.id, person.identity_fingerprint)
    later = person.ask(organization, asked, REASON)
    owner.approve(organization, later, None)
    owner.approve(organization, request, person.identity_fingerprint)
    assert reads(person, organization, [*files, asked])
    VaultRotation(owner, organization).run()
    assert owner.read_reason(organization, request) == owner.read_reason(organization, later) == REASON
    person.withdraw(person.ask(organization, asked, REASON))
    once_more = replaced(relay, person)
    assert reads(once_more, organization, [*files, asked]) and len(once_more.identity.keys) == 3


def test_an_owner_who_replaces_their_identity_stays_one(arrive: Arrive, relay: RelayProcess) -> None:
    owner, consultant, organization = office(arrive, "owner", SUITES[0])
    approver = joins(arrive, owner, organization, "owner-approver", "approver")
    files = granted(owner, consultant, organization, 2)
    person = replaced(relay, owner)
    known = person.organization(organization)
    assert known.members[person.id].identity_key == person.issuer.key
    for reader in (person, approver, consultant):
        assert reads(reader, organization, files), "what the former identity uploaded, wrapped, locked and granted"
    late = person.upload(organization, "2", b"\x02", "label")
    person.approve(organization, consultant.ask(organization, late, REASON), consultant.identity_fingerprint)
    assert reads(consultant, organization, [*files, late])
    third = joins(arrive, person, organization, "owner-third", "owner")
    assert len(approver.organization(organization).members) == 4
    rotation = RootRotation(third, organization)
    rotation.run()
    vouch(person, organization, rotation.issuer.fingerprint)
    assert reads(approver, organization, [*files, late]), "vouched for by identities that were in force"


def test_successions_that_the_relay_leaves_out_prove_nothing(arrive: Arrive, relay: RelayProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, consultant, organization = office(arrive, "left-out", SUITES[0])
    (file,) = granted(owner, consultant, organization, 1)
    person, _ = replaced(relay, consultant), replaced(relay, owner)
    path = f"/v1/files/{file.hex()}/versions/1/key"
    honest, key = person.relay.get, person.relay.get(path)
    owners, own = key["entry"]["author"]["successions"], key["wrapper"]["successions"]
    assert len(owners) == len(own) == 2 and owners != own, "the reader wrapped the key again"
    for of, pairs, others, refused in [
        ("author", owners, own, "author_unsigned"),
        ("granter", owners, own, "grant_unsigned"),
        ("wrapper", own, owners, "grant_unsigned"),
    ]:
        for changed in ([], pairs[:1], pairs[::-1], pairs * 2, others):
            served = copy.deepcopy(key)
            {"author": served["entry"], "wrapper": served, "granter": served["grant"]}[of][of]["successions"] = changed
            monkeypatch.setattr(person.relay, "get", lambda asked: served if asked == path else honest(asked))
            assert code(lambda: person.open(organization, file)) == refused, of
    monkeypatch.setattr(person.relay, "get", honest)
    assert reads(person, organization, [file])
    person.former = ()
    assert code(lambda: person.open(organization, file)) == "context_mismatch", "and the reader's own"


def test_an_approver_who_replaced_their_identity_holds_the_vault_again_when_an_owner_says_so(arrive: Arrive, relay: RelayProcess) -> None:
    owner, approver, organization = office(arrive, "approver-next", SUITES[0], "approver")
    file = approver.upload(organization, "0", b"\0", "label")
    person = replaced(relay, approver)
    assert len(person.organization(organization).members) == 2, "still seen"
    assert code(lambda: person.open(organization, file)) == "believed", "they hold their lock on the vault"
    assert code(lambda: person.upload(organization, "1", b"\1", "label")) == "role_insufficient"
    assert code(lambda: VaultRotation(owner, organization).run()) == "key_changed", "to a key that no membership's identity certified"
    confirm(owner, organization, person.id, person.identity_fingerprint)
    VaultRotation(owner, organization).run()
    late = person.upload(organization, "1", b"\1", "label")
    for reader in (owner, person):
        assert reads(reader, organization, [file, late])


def tampered(monkeypatch: pytest.MonkeyPatch, of: type, part: str, changed: Callable[[Any, Any], Any], work: Callable[[], object]) -> str:
    """What the relay says of work in which one part is another."""
    honest = getattr(of, part)
    monkeypatch.setattr(of, part, lambda self: changed(self, honest(self)))
    refused = code(work)
    monkeypatch.setattr(of, part, honest)
    return refused


def root_says(by: str, next_: str, *, owner: bool = True, head: Head | None = None) -> Callable[[RootRotation, Any], list[bytes]]:
    """A pair, but of other keys, about somebody else, or elsewhere in the chain."""

    def pair(self: RootRotation, _: object) -> list[bytes]:
        keys = {"old": self.old, "new": self.new, "own": self.person.signing}
        about = self.owner if owner else self.person.issuer.owner
        return [said.encoded for said in sign_pair(about, keys[by], keys[next_], head or self.known.head, now_ms())]

    return pair


NO_ROOT = {
    "half a pair": ("successions", lambda _, whole: whole[:1], "statement_invalid"),
    "the other half": ("successions", lambda _, whole: whole[1:], "statement_invalid"),
    "no pair": ("successions", lambda _, whole: [], "statement_invalid"),
    "the halves swapped": ("successions", lambda _, whole: whole[::-1], "statement_invalid"),
    "the pair twice": ("successions", lambda _, whole: whole * 2, "statement_invalid"),
    "to the same key": ("successions", root_says("old", "old"), "statement_invalid"),
    "by another root": ("successions", root_says("new", "old"), "statement_invalid"),
    "the root's, about a person": ("successions", root_says("old", "new", owner=False), "statement_invalid"),
    "at the beginning of the chain": ("successions", root_says("old", "new", head=Head()), "chain_conflict"),
    "to another key than the bundle's": ("successions", root_says("old", "own"), "value_invalid"),
    "a voucher for another key": ("said", lambda _, body: replace(body, from_now_on=body.until_now), "statement_invalid"),
    "a voucher for one's own": ("said", lambda self, body: replace(body, owner=self.person.issuer.owner), "statement_invalid"),
    "an owner without a lock": ("owners", lambda _, people: people[:1], "value_invalid"),
    "no lock": ("owners", lambda _, people: [], "value_invalid"),
    "a lock for oneself again": ("owners", lambda self, people: [*people, self.person.identity], "value_invalid"),
    "a version left out": ("bundle", lambda _, made: (replace(made[0], version=3), made[1]), "value_invalid"),
}


def test_a_root_that_is_not_properly_replaced_stays(arrive: Arrive, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, approver, organization = office(arrive, "no-root", SUITES[0], "approver")
    second = joins(arrive, owner, organization, "no-root-second", "owner")
    before, rotation = approver.organization(organization).root, RootRotation(owner, organization)
    for name, (part, changed, refused) in NO_ROOT.items():
        assert tampered(monkeypatch, RootRotation, part, changed, rotation.run) == refused, name
    for_approver = (lambda _, people: [*people, approver.identity], rotation.run)
    assert tampered(monkeypatch, RootRotation, "owners", *for_approver) == "value_invalid", "no owner"
    assert code(lambda: RootRotation(approver, organization).run()) == "role_insufficient"
    assert code(lambda: vouch(second, organization, before.fingerprint)) == "context_mismatch", "nothing to vouch for"
    assert owner.organization(organization).root == before
    rotation.run()
    assert code(rotation.run) == "statement_invalid", "by the root that was"
    told, honest = rotation.issuer.fingerprint, Person.sign
    monkeypatch.setattr(Person, "sign", lambda self, body, head=None: honest(self, replace(body, until_now=body.from_now_on), head))
    assert code(lambda: vouch(second, organization, told)) == "statement_invalid", "of another succession"
    monkeypatch.setattr(Person, "sign", honest)
    assert code(lambda: vouch(approver, organization, told)) == "role_insufficient"
    for _ in range(2):
        vouch(second, organization, told)
    assert approver.organization(organization).root == rotation.issuer


def identity_says(by: str, next_: str, *, owner: Owner | None = None, head: Head | None = None) -> Callable[[OwnRotation, Any], tuple]:
    """A pair, but of other keys, about somebody else, or elsewhere in the chain."""

    def pair(self: OwnRotation, _: object) -> tuple:
        keys = {"old": self.person.signing, "new": self.next_person.signing}
        return sign_pair(owner or self.owner, keys[by], keys[next_], head or self.person.head, now_ms())

    return pair


def member(**changes: object) -> Callable[[OwnRotation, Any], list[dict]]:
    """A membership by the root, but one that says something else."""

    def membership(self: OwnRotation, made: list[dict]) -> list[dict]:
        known = self.person.organization(from_hex(made[0]["organization"]))
        said = replace(Member(self.person.id, self.next_person.issuer.key, "owner"), **changes)
        _, _, root = self.person.open_bundle(known, "root")
        signed = statement.sign(root, organization_of(known.id), known.head, known.next_membership(said), now_ms())
        return [{**made[0], "membership": b64u(signed.encoded)}]

    return membership


THIRD = private_key.public_bytes(private_key.generate_signing())
NO_IDENTITY = {
    "half a pair": ("successions", lambda _, whole: whole[:1], "value_invalid"),
    "the pair twice": ("successions", lambda _, whole: whole * 2, "value_invalid"),
    "no pair": ("successions", lambda _, whole: (), "statement_invalid"),
    "the halves swapped": ("successions", lambda _, whole: whole[::-1], "statement_invalid"),
    "to the same key": ("successions", identity_says("old", "old"), "statement_invalid"),
    "by another identity": ("successions", identity_says("new", "old"), "statement_invalid"),
    "another owner's": ("successions", identity_says("old", "new", owner=organization_of(bytes(16))), "statement_invalid"),
    "at the beginning of the chain": ("successions", identity_says("old", "new", head=Head()), "chain_conflict"),
    "a membership by a third identity": ("memberships", member(identity_key=THIRD), "statement_invalid"),
    "a membership of another role": ("memberships", member(role="approver"), "statement_invalid"),
    "somebody else's membership": ("memberships", member(user=bytes(16)), "statement_invalid"),
    "a membership twice": ("memberships", lambda _, made: made * 2, "value_invalid"),
    "a membership elsewhere": ("memberships", lambda _, made: [{**made[0], "organization": "00" * 16}], "value_invalid"),
}


def test_an_identity_that_is_not_properly_replaced_stays(arrive: Arrive, relay: RelayProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, second, organization = office(arrive, "no-identity", SUITES[0], "owner")
    file = owner.upload(organization, "0", b"\0", "label")
    rotation = OwnRotation(second, PASSPHRASE, new_identity=True)
    rotation.begin()
    rotation.rewrap_all()
    for name, (part, changed, refused) in NO_IDENTITY.items():
        assert tampered(monkeypatch, OwnRotation, part, changed, rotation.end) == refused, name
    whole = rotation.next
    rotation.next = OwnRotation(second, PASSPHRASE).next
    assert code(rotation.end) == "value_invalid", "a bundle of the identity until now"
    rotation.next = whole
    before = second.identity_fingerprint
    assert reads(second, organization, [file]) and again(relay, second).identity_fingerprint == before
    rotation.end()
    assert reads(again(relay, second), organization, [file]) and second.identity_fingerprint != before


def test_only_an_owner_says_who_is_a_member(arrive: Arrive, relay: RelayProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, consultant, organization = office(arrive, "who", SUITES[0])
    theirs = {"organization": organization.hex(), "membership": b64u(owner.organization(organization).memberships[-1].encoded)}
    rotation = OwnRotation(consultant, PASSPHRASE, new_identity=True)
    assert tampered(monkeypatch, OwnRotation, "memberships", lambda *_: [theirs], rotation.run) == "value_invalid"
    rotation.run()
    person = replaced(relay, again(relay, consultant))
    assert len(person.identity.keys) == 3, "again, before anybody confirmed it"
    assert code(lambda: confirm(person, organization, person.id, person.identity_fingerprint)) == "role_insufficient"
    confirm(owner, organization, person.id, person.identity_fingerprint)
    person.ask(organization, owner.upload(organization, "0", b"\0", "label"), REASON)
