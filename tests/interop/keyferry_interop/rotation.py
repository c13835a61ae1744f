"""Rotation of encryption keys, one's own (with one's identity, if so wished) or a vault's: the page, section 7."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator
from dataclasses import replace

from . import body as bodies
from . import bundle as bundles
from . import private_key, sealed_box
from . import statement as statements
from .bundle import Bundle
from .content import content_context, derive_content_keys
from .digest import parts, sha256
from .holders import find_holders, lock_for_all
from .identity import PublicIdentity
from .organization import Member, Organization
from .own_keys import next_bundle, prove_passphrase
from .owner import Owner, organization
from .person import Person, now_ms
from .private_key import EncryptionPrivateKey
from .refusal import Refusal, require
from .served import verify_request
from .statement import Head, Statement
from .succession import sign_pair
from .text import b64u, from_b64u, from_hex
from .wrap import Recipient, dek_scope, reason_scope, unwrap, wrap


def wraps_root(hashes: list[bytes]) -> bytes:
    """One part per wrap statement, its hash, ascending."""
    return parts("keyferry/v1/rotation-wraps", *sorted(hashes))


class Rotation:
    """What both kinds have in common: everything held is wrapped to the new key, page by page."""

    def __init__(self, person: Person, owner: Owner, opened: EncryptionPrivateKey, old: Recipient, suite: str):
        self.person, self.owner, self.opened, self.old = person, owner, opened, old
        self.key = private_key.generate_encryption(suite)
        self.new = Recipient(suite, private_key.public_bytes(self.key))
        self.taken: list[bytes] = []
        self.path = f"/v1/rotations/{self.new.key_id.hex()}"

    def run(self) -> None:
        """Begins, and comes to an end though more comes meanwhile."""
        self.begin()
        while True:
            self.rewrap_all()
            try:
                return self.end()
            except Refusal as refusal:
                if refusal.code != "rotation_incomplete":
                    raise

    def begin(self) -> None:
        """Step 1."""
        key = {"suite": self.new.suite, "public_key": b64u(self.new.key)}
        whose = self.owner.id.hex() if self.owner.kind == "organization" else None
        self.person.relay.put(self.path, {"organization": whose, "key": key})

    def fetch(self) -> dict:
        """Step 2."""
        return self.person.relay.get(self.path)

    def rewrap_all(self) -> None:
        """Steps 2 to 4, until nothing remains."""
        while True:
            left = self.fetch()
            if not left["deks"] and not left["reasons"]:
                return
            self.hand_in(left["deks"], left["reasons"])

    def hand_in(self, deks: list[dict], reasons: list[str]) -> None:
        """Steps 3 and 4."""
        made, head, hashes = {"deks": [], "reasons": [], "unreadable": []}, self.person.head, []
        known = self.person.organization(self.owner.id) if reasons else None
        wrapped = [("deks", *self._dek(held)) for held in deks]
        wrapped += [("reasons", *self._reason(request, known)) for request in reasons]
        for kind, named, body in wrapped:
            said = self.person.sign(body, head)
            head = said.head
            hashes.append(said.hash)
            made[kind].append({**named, "wrap": b64u(said.encoded)})
        self.person.took(self.person.relay.post(f"{self.path}/wraps", made), head)
        self.taken += hashes

    def said(self) -> bodies.Rotation:
        """What ends it."""
        return bodies.Rotation(self.owner, self.old.key_id, self.new.key_id, len(self.taken), wraps_root(self.taken))

    def end(self) -> None:
        """Step 5."""
        raise NotImplementedError

    def _dek(self, held: dict) -> tuple[dict, bodies.Wrap]:
        file, version = from_hex(held["file"]), held["version"]
        organization_, salt, commitment = from_hex(held["organization"]), from_b64u(held["salt"]), from_hex(held["commitment"])
        scope = dek_scope(organization_, file, version)
        dek = unwrap(self.opened, self.old, scope, from_b64u(held["wrapped_dek"]))
        keys = derive_content_keys(dek, salt, content_context(organization_, file, version))
        same = hmac.compare_digest(keys.commitment, commitment)
        require(same, "commitment_mismatch", "the key is not the one that was signed")
        again = wrap(self.new, scope, dek)
        named = {"file": held["file"], "version": version, "grant": held["grant"], "wrapped_dek": b64u(again)}
        grant = held["grant_hash"] and from_hex(held["grant_hash"])
        return named, bodies.Wrap(scope, self.owner, self.new.key_id, commitment, sha256(again), grant)

    def _reason(self, request: str, known: Organization) -> tuple[dict, bodies.Wrap]:
        """Of the request as a reader sees it: nobody could tell later whose words these are."""
        asked, box = verify_request(known, self.person.relay.get(f"/v1/requests/{request}"))
        scope = reason_scope(known.id, asked.body.file, asked.body.request)
        again = sealed_box.seal(self.new, scope, sealed_box.open_box(self.opened, self.old, scope, box))
        named = {"request": request, "reason": again.to_json()}
        return named, bodies.Wrap(scope, self.owner, self.new.key_id, asked.body.reason, again.digest(), None)


class OwnRotation(Rotation):
    """Of one's own key. With another identity, all that ends the rotation is by that one."""

    def __init__(
        self, person: Person, passphrase: str, *, new_passphrase: str | None = None, suite: str | None = None, new_identity: bool = False
    ):
        suite = suite or person.recipient.suite
        super().__init__(person, person.issuer.owner, person.encryption, person.recipient, suite)
        self.next_person = person.succeeded_by(private_key.generate_signing()) if new_identity else person
        self.passphrase = prove_passphrase(person, passphrase)
        self.next = next_bundle(self.next_person, self.passphrase, suite, self.key, new_passphrase)
        self.code = self.next.code

    def held(self) -> list[tuple[bytes, Bundle, bytes]]:
        """Every bundle of an organization that one's role holds, opened."""
        return [
            (known.id, *self.person.open_bundle(known, kind)[:2])
            for known, member in self._organizations()
            for kind in bodies.BUNDLES_OF.get(member.role, ())
        ]

    def successions(self) -> tuple[Statement, ...]:
        """Of one's identity, if it is to be another."""
        if self.next_person is self.person:
            return ()
        return sign_pair(self.owner, self.person.signing, self.next_person.signing, self.person.head, now_ms())

    def memberships(self) -> list[dict]:
        """Where one is an owner one says oneself who one is from now on."""
        if self.next_person is self.person:
            return []
        member, made = Member(self.person.id, self.next_person.issuer.key, "owner"), []
        for known in (known for known, held in self._organizations() if held.role == "owner"):
            _, _, root = self.person.open_bundle(known, "root")
            signed = statements.sign(root, organization(known.id), known.head, known.next_membership(member), now_ms())
            made.append({"organization": known.id.hex(), "membership": b64u(signed.encoded)})
        return made

    def end(self) -> None:
        """The other sessions end; this person goes on with the new key, with another identity after the next login."""
        person, signer, next_ = self.person, self.next_person, self.next
        successions = self.successions()
        head = successions[-1].head if successions else person.head
        certificate = signer.sign(bodies.KeyCertificate(self.new.suite, self.new.key, next_.bundle.version), head)
        locks, head = self._locks(certificate.head)
        contacts = None
        version = person.contacts.version
        if version:
            person.contacts.version += 1
            contacts, head = signer.seal_contacts(self.new, head)
        ended = signer.sign(self.said(), head)
        body = {
            "current_login_key": b64u(self.passphrase.keys.login),
            "login_key": b64u(next_.login),
            "recovery_login_key": next_.code_login and b64u(next_.code_login),
            "bundle": next_.bundle.to_json(),
            "successions": [b64u(one.encoded) for one in successions],
            "memberships": self.memberships(),
            "key_certificate": b64u(certificate.encoded),
            "locks": locks,
            "contacts": contacts,
            "rotation": b64u(ended.encoded),
        }
        try:
            person.took(person.relay.post("/v1/accounts/me/keys", body), ended.head)
        except Refusal:
            person.contacts.version = version
            raise
        person.signing, person.issuer, person.former = signer.signing, signer.issuer, signer.former
        person.encryption, person.recipient = self.key, self.new

    def _organizations(self) -> Iterator[tuple[Organization, Member]]:
        """All that one is a member of, and as what."""
        for view in self.person.relay.get("/v1/organizations"):
            known = self.person.take_view(from_hex(view["organization"]), view)
            if self.person.id in known.members:
                yield known, known.members[self.person.id]

    def _locks(self, head: Head) -> tuple[list[dict], Head]:
        me, made = replace(self.next_person.identity, recipient=self.new), []
        for organization_, bundle, bundle_key in self.held():
            locked, head = self.next_person.member_lock(me, bundle, organization(organization_), bundle_key, head)
            made.append({"organization": organization_.hex(), "lock": {"bundle": bundle.kind, "lock": locked.to_json()}})
        return made, head


class VaultRotation(Rotation):
    """Of a vault's key, by an owner."""

    def __init__(self, person: Person, organization_: bytes, *, suite: str | None = None):
        known = person.organization(organization_)
        _, _, vault = person.open_bundle(known, "vault")
        super().__init__(person, organization(organization_), vault, known.vault, suite or known.vault.suite)

    def holders(self, known: Organization, served: list[dict]) -> list[PublicIdentity]:
        """Everybody whose role holds the vault."""
        return find_holders(known, served, bodies.HOLDERS)

    def end(self) -> None:
        """The organization may have changed while everything was wrapped."""
        view = self.person.relay.get(f"/v1/organizations/{self.owner.id.hex()}")
        known = self.person.take_view(self.owner.id, view)
        _, _, root = self.person.open_bundle(known, "root")
        version, bundle_key = known.vault_version + 1, secrets.token_bytes(32)
        certificate = bodies.KeyCertificate(self.new.suite, self.new.key, version)
        certified = statements.sign(root, self.owner, known.head, certificate, now_ms())
        bundle = bundles.seal("vault", self.new.suite, version, self.owner, bundle_key, {"encryption": self.key})
        bundle, head = lock_for_all(self.person, self.holders(known, view["members"]), bundle, self.owner, bundle_key)
        ended = self.person.sign(self.said(), head)
        body = {"certificate": b64u(certified.encoded), "bundle": bundle.to_json(), "rotation": b64u(ended.encoded)}
        self.person.took(self.person.relay.post(f"/v1/organizations/{self.owner.id.hex()}/vault", body), ended.head)
