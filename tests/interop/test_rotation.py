"""Rotation of encryption keys against the relay: the page, section 7."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from conftest import PASSPHRASE
from keyferry_interop import recovery, sealed_box
from keyferry_interop.bundle import Bundle
from keyferry_interop.digest import parts
from keyferry_interop.own_keys import set_recovery_code
from keyferry_interop.person import Person
from keyferry_interop.recovery import RecoveryLock
from keyferry_interop.relay import Relay
from keyferry_interop.rotation import OwnRotation, Rotation, VaultRotation, wraps_root
from keyferry_interop.text import b64u
from keyferry_interop.wrap import reason_scope
from relay_process import RelayProcess
from test_story import SUITES, Arrive, code, office

OTHER = "nine paper boats under the bridge"
REASON = "Pr\u00fcfung \U0001f4da"


def granted(owner: Person, consultant: Person, organization: bytes, count: int) -> list[bytes]:
    """Files whose content is their number, granted to the consultant."""
    files = [owner.upload(organization, f"{number}", bytes([number]), "label") for number in range(count)]
    for file in files:
        owner.approve(organization, consultant.ask(organization, file, REASON), consultant.identity_fingerprint)
    return files


def reads(person: Person, organization: bytes, files: list[bytes]) -> bool:
    return [person.open(organization, file).content for file in files] == [bytes([number]) for number in range(len(files))]


def again(relay: RelayProcess, person: Person, passphrase: str = PASSPHRASE) -> Person:
    return Person.login(relay.url, person.email, passphrase)


def operations(person: Person) -> list[str]:
    return [event["operation"] for event in person.relay.get("/v1/accounts/me/audit")["events"] if event["success"]]


@pytest.mark.parametrize("suite", SUITES)
def test_a_persons_rotation_keeps_files_grants_pins_and_fingerprint(arrive: Arrive, relay: RelayProcess, suite: str) -> None:
    owner, consultant, organization = office(arrive, f"own-{suite}", suite)
    files = granted(owner, consultant, organization, 3)
    elsewhere, before = again(relay, consultant), consultant.recipient
    rotation = OwnRotation(consultant, PASSPHRASE)
    rotation.run()
    assert len(rotation.taken) == 3 and consultant.recipient != before
    assert code(lambda: elsewhere.organization(organization)) == "session_invalid"
    for person in (consultant, again(relay, consultant)):
        assert person.identity_fingerprint == elsewhere.identity_fingerprint
        assert reads(person, organization, files)
        assert person.contacts.organizations == elsewhere.contacts.organizations and person.contacts.version == 2
    late = owner.upload(organization, "late", b"\x03", "label")
    owner.approve(organization, consultant.ask(organization, late, REASON), consultant.identity_fingerprint)
    OwnRotation(consultant, PASSPHRASE).run()
    assert reads(again(relay, consultant), organization, [*files, late]), "twice, and what came in between"
    told = operations(consultant)
    assert [told.count(name) for name in ("rotation_begun", "key_rotated", "keypair_generated")] == [2, 2, 3]


def test_who_holds_root_and_vault_holds_them_after_a_rotation_by_a_lock_of_their_own(arrive: Arrive, relay: RelayProcess) -> None:
    owner, approver, organization = office(arrive, "holders", SUITES[0], "approver")
    file = owner.upload(organization, "0", b"\0", "label")
    for person in (approver, owner):
        OwnRotation(person, PASSPHRASE).run()
        assert reads(person, organization, [file]) and reads(again(relay, person), organization, [file])
    bundle, _, _ = owner.open_bundle(owner.organization(organization), "root")
    assert bundle.version == 1 and bundle.locks[0].signer == owner.id
    third = arrive("holders-third", SUITES[1])
    owner.invite(organization, third.email, "approver")
    third.accept(organization, owner.contacts.organizations[organization][0])
    owner.admit(organization, third.email, third.identity_fingerprint)
    assert reads(third, organization, [file])


def test_a_lock_of_ones_own_is_believed_under_ones_own_identity_only(arrive: Arrive, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, approver, organization = office(arrive, "vouching", SUITES[0], "approver")
    OwnRotation(approver, PASSPHRASE).run()
    view, honest = approver.organization(organization), approver.relay.get
    path = f"/v1/organizations/{organization.hex()}/bundles/vault"
    served = honest(path)
    served["locks"][0]["signer"] = owner.id.hex()
    monkeypatch.setattr(approver.relay, "get", lambda asked: served if asked == path else honest(asked))
    assert code(lambda: approver.open_bundle(view, "vault")) == "membership_unsigned"


def test_another_passphrase_and_another_code_take_the_place_of_those_before(arrive: Arrive, relay: RelayProcess) -> None:
    owner, consultant, organization = office(arrive, "secrets", SUITES[0])
    files = granted(owner, consultant, organization, 1)
    before = set_recovery_code(consultant, PASSPHRASE)
    rotation = OwnRotation(consultant, PASSPHRASE, new_passphrase=OTHER, suite=SUITES[1])
    rotation.run()
    assert code(lambda: again(relay, consultant)) == "login_failed"
    fresh = again(relay, consultant, OTHER)
    assert reads(fresh, organization, files) and fresh.recipient.suite == SUITES[1]

    def recovered(words: str) -> Bundle:
        keys = recovery.derive_keys(recovery.parse(words), consultant.email)
        answer = Relay(relay.url).post("/v1/recovery", {"email": consultant.email, "login_key": b64u(keys.login)})
        bundle = Bundle.of_json(answer["bundle"])
        (only,) = bundle.locks
        assert isinstance(only, RecoveryLock) and only.open(consultant.issuer.owner, bundle.version, keys.lock)
        return bundle

    assert code(lambda: recovered(before)) == "login_failed"
    assert recovered(rotation.code).version == 2
    assert code(lambda: OwnRotation(consultant, OTHER).run()) == "believed", "with the next code, by the session that went on"


@pytest.mark.parametrize("suite", SUITES)
def test_a_vaults_rotation_keeps_files_reasons_and_grants(arrive: Arrive, relay: RelayProcess, suite: str) -> None:
    owner, consultant, organization = office(arrive, f"vault-{suite}", suite)
    files = granted(owner, consultant, organization, 2)
    asked = owner.upload(organization, "2", b"\x02", "label")
    request = consultant.ask(organization, asked, REASON)
    for times in (1, 2):
        rotation = VaultRotation(owner, organization)
        rotation.run()
        assert len(rotation.taken) == 3 + 3, "DEKs, and reasons of open and of closed requests"
        assert owner.organization(organization).vault_version == 1 + times
        for person in (owner, again(relay, owner)):
            assert reads(person, organization, [*files, asked]) and person.read_reason(organization, request) == REASON
        assert reads(consultant, organization, files)
    owner.approve(organization, request, consultant.identity_fingerprint)
    assert reads(consultant, organization, [*files, asked])
    late = owner.upload(organization, "3", b"\x03", "label")
    assert reads(owner, organization, [*files, asked, late])


def test_every_holder_has_a_lock_on_the_next_vault(arrive: Arrive) -> None:
    owner, approver, organization = office(arrive, "locks", SUITES[0], "approver")
    files = [owner.upload(organization, "0", b"\0", "label")]
    OwnRotation(approver, PASSPHRASE).run()
    VaultRotation(owner, organization, suite=SUITES[1]).run()
    assert reads(approver, organization, files)
    assert approver.organization(organization).vault.suite == SUITES[1]
    assert code(lambda: VaultRotation(approver, organization).run()) == "role_insufficient"


def test_a_rotation_is_its_beginners(arrive: Arrive) -> None:
    owner, consultant, organization = office(arrive, "beginner", SUITES[0])
    rotation = OwnRotation(consultant, PASSPHRASE)
    rotation.begin()
    rotation.begin()
    assert code(lambda: owner.relay.get(rotation.path)) == "not_found"
    same = {"organization": None, "key": {"suite": rotation.new.suite, "public_key": b64u(rotation.new.key)}}
    assert code(lambda: owner.relay.put(rotation.path, same)) == "already_exists"
    later = OwnRotation(consultant, PASSPHRASE)
    later.begin()
    assert code(rotation.fetch) == "not_found", "the one before was dropped"
    assert later.fetch() == {"deks": [], "reasons": [], "remaining": 0}
    other = {"organization": None, "key": {"suite": SUITES[0], "public_key": b64u(bytes(32))}}
    assert code(lambda: consultant.relay.put(later.path, other)) == "value_invalid", "another key than the path's"


def both(arrive: Arrive, name: str) -> list[tuple[Rotation, Callable[[], bool]]]:
    """A rotation of either kind with three DEKs each, and whether everything can still be read."""
    owner, consultant, organization = office(arrive, name, SUITES[0])
    files = granted(owner, consultant, organization, 3)
    return [
        (OwnRotation(consultant, PASSPHRASE), lambda: reads(consultant, organization, files)),
        (VaultRotation(owner, organization), lambda: reads(owner, organization, files)),
    ]


def test_a_set_that_is_not_whole_is_refused_and_nothing_has_changed(arrive: Arrive, relay: RelayProcess) -> None:
    for rotation, readable in both(arrive, "incomplete"):
        rotation.begin()
        left = rotation.fetch()
        whole = len(left["deks"]) + len(left["reasons"])
        assert left["remaining"] == whole >= 3
        rotation.hand_in(left["deks"][:2], left["reasons"][:1])
        left = rotation.fetch()
        assert left["remaining"] == whole - len(rotation.taken)
        assert code(rotation.end) == "rotation_incomplete"
        assert readable()
        rotation.hand_in(left["deks"], left["reasons"])
        assert rotation.fetch()["remaining"] == 0
        rotation.end()
        assert readable() and len(rotation.taken) == whole


def test_another_count_root_or_key_is_refused(arrive: Arrive, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Rotation.said
    for rotation, readable in both(arrive, "signed"):
        rotation.begin()
        rotation.rewrap_all()
        descending = parts("keyferry/v1/rotation-wraps", *sorted(rotation.taken, reverse=True))
        changes: list[dict] = [
            {"wraps": 0},
            {"wraps": len(rotation.taken) + 1},
            {"root": bytes(32)},
            {"root": wraps_root(rotation.taken[1:])},
            {"root": descending},
            {"old_key": bytes(32)},
            {"new_key": rotation.old.key_id},
            {"owner": rotation.person.issuer.owner if isinstance(rotation, VaultRotation) else replace(rotation.owner, kind="organization")},
        ]
        for change in changes:
            monkeypatch.setattr(Rotation, "said", lambda self: replace(honest(self), **change))
            assert code(rotation.end) == "statement_invalid", str(change)
        monkeypatch.setattr(Rotation, "said", honest)
        assert readable()
        rotation.end()
        assert readable()


def test_a_lock_too_few_or_too_many_is_refused(arrive: Arrive, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, approver, organization = office(arrive, "locks-missing", SUITES[0], "approver")
    file = owner.upload(organization, "0", b"\0", "label")
    honest_held, honest_holders = OwnRotation.held, VaultRotation.holders
    rotations = [OwnRotation(owner, PASSPHRASE), VaultRotation(owner, organization)]
    for rotation in rotations:
        rotation.begin()
        rotation.rewrap_all()
        for some in (lambda all_: all_[:-1], lambda all_: all_[1:], lambda all_: [*all_, all_[0]], lambda all_: []):
            monkeypatch.setattr(OwnRotation, "held", lambda self: some(honest_held(self)))
            monkeypatch.setattr(VaultRotation, "holders", lambda self, *view: some(honest_holders(self, *view)))
            assert code(rotation.end) == "value_invalid"
        monkeypatch.setattr(OwnRotation, "held", honest_held)
        monkeypatch.setattr(VaultRotation, "holders", honest_holders)
        assert reads(owner, organization, [file]) and reads(approver, organization, [file])
    for rotation in reversed(rotations):
        rotation.end()
        assert reads(owner, organization, [file]) and reads(approver, organization, [file])


def test_a_code_or_a_contact_list_is_not_left_behind(arrive: Arrive, relay: RelayProcess) -> None:
    owner = arrive("left-behind", SUITES[0])
    owner.found("Acme", SUITES[0])
    words = set_recovery_code(owner, PASSPHRASE)
    rotation = OwnRotation(owner, PASSPHRASE)
    rotation.begin()
    whole = rotation.next
    without = replace(whole, bundle=replace(whole.bundle, locks=whole.bundle.locks[:1]), code_login=None)
    for next_ in (without, replace(whole, code_login=None), replace(whole, bundle=without.bundle)):
        rotation.next = next_
        assert code(rotation.end) == "value_invalid"
    rotation.next, list_, owner.contacts.version = whole, owner.contacts.version, 0
    assert code(rotation.end) == "value_invalid", "no contact list"
    owner.contacts.version = list_
    rotation.end()
    assert again(relay, owner).contacts == owner.contacts and rotation.code != words


def test_a_session_alone_rotates_no_key_and_versions_count_on(arrive: Arrive) -> None:
    person = arrive("alone", SUITES[0])
    rotation = OwnRotation(person, PASSPHRASE)
    rotation.begin()
    honest = rotation.passphrase
    rotation.passphrase = replace(honest, keys=replace(honest.keys, login=bytes(32)))
    assert code(rotation.end) == "login_failed"
    rotation.passphrase, whole = honest, rotation.next
    rotation.next = replace(whole, bundle=replace(whole.bundle, version=3))
    assert code(rotation.end) == "value_invalid"
    rotation.next = replace(whole, login=bytes(32))
    assert code(rotation.end) == "value_invalid", "another passphrase under the same salt"
    rotation.next = whole
    rotation.end()


def test_what_is_handed_in_was_asked_for_once_and_is_vouched_for(arrive: Arrive, monkeypatch: pytest.MonkeyPatch) -> None:
    for rotation, readable in both(arrive, "handed"):
        rotation.begin()
        left = rotation.fetch()
        one, two = left["deks"][:2]
        assert code(lambda: rotation.hand_in([one, one], [])) == "value_invalid"
        honest = Rotation._dek
        for change in [{"commitment": bytes(32)}, {"recipient_key": rotation.old.key_id}, {"wrapped_hash": bytes(32)}, {"grant": b"g" * 32}]:
            def changed(self: Rotation, held: dict) -> tuple:
                named, body = honest(self, held)
                return named, replace(body, **change)

            monkeypatch.setattr(Rotation, "_dek", changed)
            assert code(lambda: rotation.hand_in([one], [])) == "statement_invalid", str(change)
        monkeypatch.setattr(Rotation, "_dek", honest)
        rotation.hand_in([two, one], [])
        assert code(lambda: rotation.hand_in([two], [])) == "value_invalid", "again"
        rotation.run()
        assert readable()


def test_a_key_that_the_relay_replaced_is_not_wrapped_again(arrive: Arrive) -> None:
    for rotation, readable in both(arrive, "replaced"):
        rotation.begin()
        one, two = rotation.fetch()["deks"][:2]
        for name, refused in (("wrapped_dek", "unlock_failed"), ("commitment", "commitment_mismatch"), ("salt", "commitment_mismatch")):
            assert code(lambda: rotation.hand_in([{**one, name: two[name]}], [])) == refused
        assert code(lambda: rotation.hand_in([{**one, "salt": one["salt"][:-4]}], [])) == "commitment_mismatch"
        assert rotation.taken == [] and readable()


def test_a_reason_that_the_relay_replaced_is_not_vouched_for(arrive: Arrive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody who knows a vault's public key can seal to it: before a rotation, and after one."""
    owner, consultant, organization = office(arrive, "reason", SUITES[0])
    file = owner.upload(organization, "0", b"\0", "label")
    request = consultant.ask(organization, file, REASON)
    for expected in ("context_mismatch", "grant_unsigned"):
        rotation, honest = VaultRotation(owner, organization), owner.relay.get
        forged = sealed_box.seal(rotation.old, reason_scope(organization, file, request), b"Urgent, please approve").to_json()
        rotation.begin()
        monkeypatch.setattr(owner.relay, "get", lambda path: _forged(honest(path), forged))
        refused = code(rotation.rewrap_all)
        monkeypatch.setattr(owner.relay, "get", honest)
        assert refused == expected
        rotation.run()
        assert owner.read_reason(organization, request) == REASON


def _forged(answer: object, box: dict) -> object:
    """An answer in which every reason is this box."""
    if isinstance(answer, dict) and "reason" in answer:
        return {**answer, "reason": box}
    return answer
