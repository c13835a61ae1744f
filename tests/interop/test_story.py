"""Two people and a relay: the whole story, told by Python alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cases.material import flipped
from conftest import PASSPHRASE
from keyferry_interop import content
from keyferry_interop.fingerprint import words
from keyferry_interop.person import Person, now_ms
from keyferry_interop.refusal import Refusal
from keyferry_interop.vectors import pattern
from keyferry_interop.wrap import unwrap
from relay_process import RelayProcess

SUITES = ["x25519-hpke", "rsa-oaep-3072"]
LENGTHS = [0, 1, 16_384, 3 * 1024 * 1024 + 5]
Arrive = Callable[[str, str], Person]


def office(arrive: Arrive, name: str, suite: str, role: str = "consultant") -> tuple[Person, Person, bytes]:
    """An owner and somebody else, admitted."""
    owner, other = arrive(f"{name}-olga", suite), arrive(f"{name}-carl", suite)
    organization = owner.found("Acme Archive", suite)
    owner.invite(organization, other.email, role)
    other.accept(organization, owner.contacts.organizations[organization][0])
    owner.admit(organization, other.email, other.identity_fingerprint)
    return owner, other, organization


@pytest.mark.parametrize("suite", SUITES)
def test_a_file_reaches_a_consultant_and_no_one_else(arrive: Arrive, relay: RelayProcess, suite: str) -> None:
    owner, consultant, organization = office(arrive, suite, suite)
    files = [owner.upload(organization, f"{length}.bin", pattern(length), f"{length} bytes", "application/x-test") for length in LENGTHS]
    for file, length in zip(files, LENGTHS):
        request = consultant.ask(organization, file, f"Audit \U0001f4da {length}")
        assert code(lambda: consultant.open(organization, file)) == "role_insufficient", "nothing before the grant"
        assert owner.read_reason(organization, request) == f"Audit \U0001f4da {length}"
        owner.approve(organization, request, consultant.identity_fingerprint)
        opened = consultant.open(organization, file)
        assert opened.content == pattern(length)
        assert (opened.manifest.name, opened.manifest.label, opened.manifest.media_type) == (f"{length}.bin", f"{length} bytes", "application/x-test")
        assert owner.open(organization, file) == opened, "and its owner opens the same through the vault"
    again = Person.login(relay.url, f" {consultant.email.upper()} ", PASSPHRASE)
    assert again.open(organization, files[1]).content == pattern(1)
    stored = b"".join(path.read_bytes() for path in relay.folder.rglob("*") if path.is_file())
    assert pattern(16_384)[:64] not in stored and PASSPHRASE.encode() not in stored, "the relay holds no plaintext"


def test_a_revoked_grant_opens_nothing_and_a_second_ends_by_itself(arrive: Arrive) -> None:
    owner, consultant, organization = office(arrive, "revoked", SUITES[0])
    file = owner.upload(organization, "a", b"content", "label")
    grant = owner.approve(organization, consultant.ask(organization, file, "once"), consultant.identity_fingerprint)
    assert consultant.open(organization, file).content == b"content"
    consultant.report("key_unwrapped", organization_=organization, file=file, grant=grant)
    owner.revoke(organization, grant)
    assert code(lambda: consultant.open(organization, file)) == "grant_revoked"


def test_a_request_is_decided_once(arrive: Arrive) -> None:
    owner, consultant, organization = office(arrive, "decided", SUITES[0])
    file = owner.upload(organization, "a", b"content", "label")
    withdrawn, denied = (consultant.ask(organization, file, "why") for _ in range(2))
    consultant.withdraw(withdrawn)
    owner.deny(organization, denied)
    for request in (withdrawn, denied):
        assert code(lambda: owner.approve(organization, request, consultant.identity_fingerprint)) == "request_closed"


def test_an_approver_holds_the_vault_and_an_owner_the_root_too(arrive: Arrive) -> None:
    owner, approver, organization = office(arrive, "approver", SUITES[1], "approver")
    file = owner.upload(organization, "a", b"content", "label")
    assert approver.open(organization, file).content == b"content"
    mine = approver.upload(organization, "b", b"mine", "label")
    assert owner.open(organization, mine).content == b"mine"
    assert code(lambda: approver.open_bundle(approver.organization(organization), "root")) == "role_insufficient"
    second = arrive("approver-oswald", SUITES[0])
    owner.invite(organization, second.email, "owner")
    second.accept(organization, owner.contacts.organizations[organization][0])
    owner.admit(organization, second.email, second.identity_fingerprint)
    _, _, root = second.open_bundle(second.organization(organization), "root")
    assert root.public_key().public_bytes_raw() == second.organization(organization).root.key
    assert second.open(organization, mine).content == b"mine"


def test_nobody_is_believed_under_other_words(arrive: Arrive) -> None:
    owner, stranger = arrive("words-olga", SUITES[0]), arrive("words-carl", SUITES[0])
    organization = owner.found("Acme", SUITES[0])
    owner.invite(organization, stranger.email, "consultant")
    assert code(lambda: stranger.accept(organization, bytes(32))) == "key_changed"
    stranger.accept(organization, owner.contacts.organizations[organization][0])
    assert code(lambda: owner.admit(organization, stranger.email, owner.identity_fingerprint)) == "key_changed"
    assert len(words(owner.identity_fingerprint).split()) == 12 and words(owner.identity_fingerprint) != words(stranger.identity_fingerprint)


def test_another_passphrase_opens_nothing(arrive: Arrive, relay: RelayProcess) -> None:
    owner = arrive("passphrase", SUITES[0])
    assert code(lambda: Person.login(relay.url, owner.email, PASSPHRASE + "!")) == "login_failed"


def test_pins_follow_the_account(arrive: Arrive, relay: RelayProcess) -> None:
    owner = arrive("pins", SUITES[1])
    organization = owner.found("Acme", SUITES[1])
    owner.pin(person=owner.identity, how="trusted")
    again = Person.login(relay.url, owner.email, PASSPHRASE)
    assert again.contacts == owner.contacts and again.contacts.version == 2
    assert again.contacts.people[owner.id] == (owner.identity_fingerprint, "trusted")
    assert again.contacts.organizations[organization][1] == "verified"


def test_what_the_relay_changes_is_noticed(arrive: Arrive, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, consultant, organization = office(arrive, "changed", SUITES[0])
    file, other = (owner.upload(organization, name, name.encode(), "label") for name in ("one", "two"))
    for one in (file, other):
        owner.approve(organization, consultant.ask(organization, one, "why"), consultant.identity_fingerprint)
    honest_content, honest_get = consultant.relay.content, consultant.relay.get
    key, of_other = f"/v1/files/{file.hex()}/versions/1/key", honest_get(f"/v1/files/{other.hex()}/versions/1/key")

    def served(**changes: object) -> str:
        monkeypatch.setattr(consultant.relay, "get", lambda path: {**honest_get(path), **changes} if path == key else honest_get(path))
        return code(lambda: consultant.open(organization, file))

    assert served() == "believed"
    assert served(**of_other) == "context_mismatch", "another file"
    assert served(manifest=of_other["manifest"]) == "manifest_unsigned"
    assert served(wrapped_dek=of_other["wrapped_dek"]) == "grant_unsigned"
    assert served(wrap=of_other["wrap"]) == "context_mismatch"
    assert served(grant=of_other["grant"]) == "context_mismatch"
    assert served(grant=None) == "role_insufficient"
    monkeypatch.setattr(consultant.relay, "get", honest_get)
    monkeypatch.setattr(consultant.relay, "content", lambda *asked: honest_content(other, 1))
    assert code(lambda: consultant.open(organization, file)) == "commitment_mismatch"
    monkeypatch.setattr(consultant.relay, "content", lambda *asked: honest_content(*asked)[:-1])
    assert code(lambda: consultant.open(organization, file)) == "content_truncated"
    monkeypatch.setattr(consultant.relay, "content", lambda *asked: flipped(honest_content(*asked), content.HEADER_BYTES))
    assert code(lambda: consultant.open(organization, file)) == "content_corrupt"


def test_content_sealed_again_under_the_same_key_is_not_the_signed_one(arrive: Arrive, monkeypatch: pytest.MonkeyPatch) -> None:
    """What anybody who holds the DEK could do, with the relay's help."""
    owner = arrive("resealed", SUITES[0])
    organization = owner.found("Acme", SUITES[0])
    file = owner.upload(organization, "a", b"content", "label")
    deks: list[bytes] = []
    monkeypatch.setattr("keyferry_interop.person.unwrap", lambda *words_: deks.append(unwrap(*words_)) or deks[-1])
    assert owner.open(organization, file).content == b"content"
    again = content.seal(deks[-1], content.content_context(organization, file, 1), b"CONTENT")
    monkeypatch.setattr(owner.relay, "content", lambda *asked: again)
    assert code(lambda: owner.open(organization, file)) == "commitment_mismatch"


def test_a_grant_that_ended_opens_nothing_though_the_relay_serves_it(arrive: Arrive, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, consultant, organization = office(arrive, "ended", SUITES[0])
    file = owner.upload(organization, "a", b"content", "label")
    ends = now_ms() + 60_000
    owner.approve(organization, consultant.ask(organization, file, "why"), consultant.identity_fingerprint, expires_at_ms=ends)
    assert consultant.open(organization, file).content == b"content"
    monkeypatch.setattr("keyferry_interop.person.now_ms", lambda: ends)
    assert code(lambda: consultant.open(organization, file)) == "grant_expired"


def code(work: Callable[[], object]) -> str:
    try:
        work()
    except Refusal as refusal:
        return refusal.code
    return "believed"
