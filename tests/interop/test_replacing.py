"""Identities and roots that are replaced at the relay, by Python clients alone: the page, sections 4, 7.5 and 8."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import PASSPHRASE
from keyferry_interop.body import Succession
from keyferry_interop.person import Person
from keyferry_interop.root import RootRotation, confirm, vouch
from keyferry_interop.rotation import OwnRotation, VaultRotation
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


def test_an_approver_who_replaced_their_identity_holds_the_vault_again_when_an_owner_says_so(arrive: Arrive, relay: RelayProcess) -> None:
    owner, approver, organization = office(arrive, "approver-next", SUITES[0], "approver")
    file = approver.upload(organization, "0", b"\0", "label")
    person = replaced(relay, approver)
    assert len(person.organization(organization).members) == 2, "still seen"
    assert code(lambda: person.open(organization, file)) == "role_insufficient", "the vault was not granted, but held"
    assert code(lambda: person.upload(organization, "1", b"\1", "label")) == "role_insufficient"
    assert code(lambda: VaultRotation(owner, organization).run()) == "key_changed", "to a key that no membership's identity certified"
    confirm(owner, organization, person.id, person.identity_fingerprint)
    VaultRotation(owner, organization).run()
    late = person.upload(organization, "1", b"\1", "label")
    for reader in (owner, person):
        assert reads(reader, organization, [file, late])
