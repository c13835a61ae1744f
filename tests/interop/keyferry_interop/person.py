"""A person at a relay: what each action sends and what each answer must prove; the page, section 6."""

from __future__ import annotations

import copy
import secrets
import time
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from . import body as bodies
from . import bundle as bundles
from . import content, lock, manifest, pins, private_key, proof, sealed_box
from . import statement as statements
from .bundle import Bundle
from .contacts import Contacts
from .digest import sha256
from .identity import PublicIdentity
from .lock import MemberLock
from .manifest import Manifest
from .organization import Member, Organization, member_root
from .owner import Owner, generate_id, organization, user
from .passphrase import Kdf, derive_keys, normalize_email
from .pins import Voucher
from .private_key import EncryptionPrivateKey, PrivateKey
from .relay import Relay
from .refusal import require
from .sealed_box import SealedBox
from .served import verify_request, verify_version, verify_wrap
from .statement import Head, Issuer, Statement
from .succession import Keys, signer_among
from .text import b64u, from_b64u, from_hex
from .wrap import Recipient, contacts_scope, dek_scope, lock_scope, reason_scope, unwrap, wrap

KEPT_FOR_MS = 24 * 60 * 60 * 1000


def now_ms() -> int:
    """By this machine's clock."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class OpenedFile:
    """A file as its author sealed it."""

    manifest: Manifest
    content: bytes


class Person:
    """An account with its keys open."""

    def __init__(self, relay: Relay, email: str, id_: bytes, signing: Ed25519PrivateKey, suite: str, encryption: EncryptionPrivateKey, head: Head):
        self.relay, self.email, self.id = relay, email, id_
        self.signing, self.encryption, self.head = signing, encryption, head
        self.issuer = Issuer(user(id_), private_key.public_bytes(signing))
        self.recipient = Recipient(suite, private_key.public_bytes(encryption))
        self.former: Keys = ()
        self.contacts = Contacts(0)
        self.seen: dict[bytes, Organization] = {}

    # Accounts

    @classmethod
    def register(cls, url: str, email: str, passphrase: str, suite: str, *, iterations: int = 600_000) -> Person:
        """Makes every key, then the account, then logs in."""
        relay, email, id_ = Relay(url), normalize_email(email), generate_id()
        kdf = Kdf(iterations, secrets.token_bytes(16))
        keys = derive_keys(passphrase, email, kdf)
        signing, encryption = private_key.generate_signing(), private_key.generate_encryption(suite)
        bundle_key = secrets.token_bytes(32)
        bundle = bundles.seal("identity", suite, 1, user(id_), bundle_key, {"signing": signing, "encryption": encryption})
        bundle = replace(bundle, locks=(lock.lock_with_passphrase(keys.lock, bundle_key, user(id_), 1, kdf),))
        certificate = bodies.KeyCertificate(suite, private_key.public_bytes(encryption), 1)
        first = statements.sign(signing, user(id_), Head(), certificate, now_ms())
        registration = {
            "user": id_.hex(),
            "email": email,
            "kdf": bundle.locks[0].to_json()["kdf"],
            "login_key": b64u(keys.login),
            "identity_key": b64u(private_key.public_bytes(signing)),
            "key_certificate": b64u(first.encoded),
            "bundle": bundle.to_json(),
            "invitation": None,
        }
        relay.post("/v1/accounts", registration)
        return cls.login(url, email, passphrase)

    @classmethod
    def login(cls, url: str, email: str, passphrase: str) -> Person:
        """Unlocks the identity bundle by its passphrase, and checks it against the certificate."""
        relay, email = Relay(url), normalize_email(email)
        served = relay.post("/v1/login/parameters", {"email": email})["kdf"]
        kdf = Kdf(served["iterations"], from_b64u(served["salt"]))
        keys = derive_keys(passphrase, email, kdf)
        session = relay.post("/v1/sessions", {"email": email, "login_key": b64u(keys.login)})
        relay.token = session["token"]
        bundle, account = Bundle.of_json(session["bundle"]), session["account"]
        owner = user(from_hex(session["user"]))
        require(bundle.passphrase_lock.kdf == kdf, "unlock_failed", "the lock was made with other parameters")
        opened = bundles.open_keys(bundle, owner, lock.unlock_with_passphrase(keys.lock, owner, bundle.version, bundle.passphrase_lock))
        identity = PublicIdentity.of_json(account["identity"])
        head = Head(account["chain"]["sequence"], from_hex(account["chain"]["hash"]))
        person = cls(relay, email, owner.id, opened["signing"], bundle.suite, opened["encryption"], head)
        require(identity.issuer == person.issuer and identity.recipient == person.recipient, "keypair_mismatch", "not the certified keys")
        person.former = identity.former
        person._take_contacts(session["contacts"])
        return person

    @property
    def identity(self) -> PublicIdentity:
        """As others are told of it."""
        return PublicIdentity(self.email, self.issuer, self.recipient, self.former)

    @property
    def identity_fingerprint(self) -> bytes:
        """What others compare."""
        return self.issuer.fingerprint

    def succeeded_by(self, signing: Ed25519PrivateKey) -> Person:
        """The same person under their next identity, which the relay does not know yet."""
        next_ = copy.copy(self)
        next_.signing, next_.former = signing, self.identity.keys
        next_.issuer = Issuer(self.issuer.owner, private_key.public_bytes(signing))
        return next_

    def sign(self, body: bodies.Body, head: Head | None = None) -> Statement:
        """The next statement of one's chain, after `head` where another one goes first."""
        return statements.sign(self.signing, self.issuer.owner, head or self.head, body, now_ms())

    def report(self, operation: str, *, organization_: bytes | None = None, file: bytes | None = None, grant: bytes | None = None) -> Statement:
        """Tells the relay's trail what only a client can know."""
        statement = self.sign(bodies.Report(operation, organization_, file, grant))
        self._took(self.relay.post("/v1/reports", {"statement": b64u(statement.encoded)}), statement)
        return statement

    # Contacts

    def pin(self, *, person: PublicIdentity | None = None, organization_: tuple[bytes, bytes] | None = None, how: str = "verified") -> None:
        """Remembers a fingerprint, here and with the account."""
        if person is not None:
            self.contacts.people[person.id] = (person.fingerprint, how)
        if organization_ is not None:
            self.contacts.organizations[organization_[0]] = (organization_[1], how)
        self.contacts.version += 1
        stored, head = self.seal_contacts(self.recipient, self.head)
        self.took(self.relay.put("/v1/accounts/me/contacts", stored), head)

    def seal_contacts(self, to: Recipient, head: Head) -> tuple[dict, Head]:
        """The list as it is, for the relay, and the head after its statement."""
        box = sealed_box.seal(to, contacts_scope(self.id, self.contacts.version), self.contacts.encode())
        statement = self.sign(bodies.ContactsVersion(self.contacts.version, box.digest()), head)
        return {"sealed": box.to_json(), "statement": b64u(statement.encoded)}, statement.head

    def _take_contacts(self, stored: dict | None) -> None:
        if stored is None:
            return
        box = SealedBox.of_json(stored["sealed"])
        encoded = from_b64u(stored["statement"])
        said = statements.verify(encoded, self.identity.signer(encoded), bodies.ContactsVersion).body
        require(said.sealed == box.digest(), "context_mismatch", "another list was signed")
        self.contacts = Contacts.decode(sealed_box.open_box(self.encryption, self.recipient, contacts_scope(self.id, said.version), box))
        require(self.contacts.version == said.version, "context_mismatch", "another version was signed")

    # Organizations

    def found(self, name: str, suite: str, *, longest_grant_ms: int = 30 * KEPT_FOR_MS) -> bytes:
        """Makes root and vault, and is their first owner. Pins the root."""
        id_, root, vault = generate_id(), private_key.generate_signing(), private_key.generate_encryption(suite)
        owner, root_public, vault_public = organization(id_), private_key.public_bytes(root), private_key.public_bytes(vault)
        founder = Member(self.id, self.issuer.key, "owner")
        policy = statements.sign(root, owner, Head(), bodies.Policy(id_, name, root_public, longest_grant_ms), now_ms())
        certificate = statements.sign(root, owner, policy.head, bodies.KeyCertificate(suite, vault_public, 1), now_ms())
        membership = bodies.Membership(id_, self.id, self.issuer.key, "owner", True, 1, 1, member_root([founder]))
        admitted = statements.sign(root, owner, certificate.head, membership, now_ms())
        me, head, made = self.identity, self.head, {}
        for kind, keys in {"root": {"signing": root}, "vault": {"encryption": vault}}.items():
            bundle_key = secrets.token_bytes(32)
            bundle = bundles.seal(kind, suite, 1, owner, bundle_key, keys)
            locked, head = self.member_lock(me, bundle, owner, bundle_key, head)
            made[kind] = replace(bundle, locks=(locked,)).to_json()
        chain = [b64u(statement.encoded) for statement in (policy, certificate, admitted)]
        answer = self.relay.post("/v1/organizations", {"organization": id_.hex(), "chain": chain, **made})
        self.took(answer, head)
        self.pin(organization_=(id_, Issuer(owner, root_public).fingerprint))
        return id_

    def organization(self, id_: bytes) -> Organization:
        """Replays its chain under the pin."""
        return self.take_view(id_, self.relay.get(f"/v1/organizations/{id_.hex()}"))

    def take_view(self, id_: bytes, view: dict) -> Organization:
        """Believes the chain alone of what the relay says. A pin that follows its root is stored with the next list."""
        require(id_ in self.contacts.organizations, "key_unverified", "the organization is not pinned")
        known, seen = Organization.replay(id_, list(map(from_b64u, view["chain"]))), self.seen.get(id_)
        pinned, how = self.contacts.organizations[id_]
        pins.require_root(known, pinned, seen, list(map(Voucher.of_json, view["vouchers"])), self.id)
        self.contacts.organizations[id_], self.seen[id_] = (known.root.fingerprint, how), known
        return known

    def open_bundle(self, organization_: Organization, kind: str) -> tuple[Bundle, bytes, PrivateKey]:
        """Root or vault, by one's member lock, whose maker must be an owner or oneself."""
        bundle = Bundle.of_json(self.relay.get(f"/v1/organizations/{organization_.id.hex()}/bundles/{kind}"))
        require(bundle.kind == kind, "response_invalid", "another bundle")
        (only,) = bundle.locks
        makers = self.identity.keys if only.signer == self.id else organization_.keys_as(only.signer, ("owner",))
        require(makers != (), "membership_unsigned", "the lock is no owner's")
        maker = signer_among(makers, only.statement)
        owner = organization(organization_.id)
        bundle_key, _ = lock.unlock_as_member(
            self.encryption, self.recipient, self.id, owner, kind, bundle.version, bundle.public_keys, only, maker
        )
        (key,) = bundles.open_keys(bundle, owner, bundle_key).values()
        certified = organization_.root.key if kind == "root" else organization_.vault.key
        require(private_key.public_bytes(key) == certified, "organization_key_mismatch", "not the certified key")
        return bundle, bundle_key, key

    def invite(self, organization_: bytes, email: str, role: str) -> None:
        """Asks somebody in."""
        self.relay.post(f"/v1/organizations/{organization_.hex()}/invitations", {"email": normalize_email(email), "role": role})

    def accept(self, organization_: bytes, told: bytes) -> None:
        """Pins the root whose fingerprint was told over another channel, and accepts."""
        (invitation,) = [one for one in self.relay.get("/v1/invitations") if one["organization"] == organization_.hex()]
        successions = list(map(from_b64u, invitation["successions"]))
        root = Organization.root_invited_by(organization_, from_b64u(invitation["policy"]), successions)
        require(root.fingerprint == told, "key_changed", "not the words that were told")
        self.pin(organization_=(organization_, told))
        self.relay.post(f"/v1/invitations/{invitation['invitation']}/acceptance")

    def admit(self, organization_: bytes, email: str, told: bytes) -> None:
        """Signs the membership of somebody whose fingerprint was told over another channel, with the locks it brings."""
        view, wanted = self.organization(organization_), normalize_email(email)
        invitations = self.relay.get(f"/v1/organizations/{organization_.hex()}/invitations")
        (invitation,) = [one for one in invitations if one["email"] == wanted and one["state"] == "accepted"]
        person = PublicIdentity.of_json(invitation["invited"])
        require(person.fingerprint == told, "key_changed", "not the words that were told")
        member = Member(person.id, person.issuer.key, invitation["role"])
        _, _, root = self.open_bundle(view, "root")
        membership = statements.sign(root, organization(organization_), view.head, view.next_membership(member), now_ms())
        made, head = [], self.head
        for kind in bodies.BUNDLES_OF.get(member.role, ()):
            bundle, bundle_key, _ = self.open_bundle(view, kind)
            locked, head = self.member_lock(person, bundle, organization(organization_), bundle_key, head)
            made.append({"bundle": kind, "lock": locked.to_json()})
        body = {"membership": b64u(membership.encoded), "invitation": invitation["invitation"], "locks": made}
        self.took(self.relay.post(f"/v1/organizations/{organization_.hex()}/members", body), head)

    def member_lock(self, to: PublicIdentity, bundle: Bundle, owner: Owner, bundle_key: bytes, head: Head) -> tuple[MemberLock, Head]:
        """A lock for somebody, and the head after its statement."""
        scope = lock_scope(owner, bundle.kind, bundle.version)
        wrapped = wrap(to.recipient, scope, bundle_key)
        commitment = lock.bundle_commitment(owner, bundle.kind, bundle.version, bundle.public_keys)
        said = self.sign(lock.member_lock_body(to.id, to.recipient, scope, commitment, wrapped), head)
        return MemberLock(to.id, to.recipient.key_id, wrapped, said.encoded, self.id), said.head

    # Files

    def upload(self, organization_: bytes, name: str, plaintext: bytes, label: str, media_type: str = "") -> bytes:
        """Seals under a DEK of its own, wraps it to the vault, and signs both."""
        view, file, dek = self.organization(organization_), generate_id(), secrets.token_bytes(32)
        ciphertext = content.seal(dek, content.content_context(organization_, file, 1), plaintext)
        described = Manifest(name, media_type, len(plaintext), None, sha256(plaintext), label)
        sealed = manifest.seal(dek, manifest.manifest_aad(organization_, file, 1), described)
        salt, commitment = ciphertext[: content.SALT_BYTES], ciphertext[content.SALT_BYTES : content.HEADER_BYTES]
        own = view.membership_of(self.id).hash
        version = bodies.FileVersion(organization_, file, 1, label, salt, commitment, len(ciphertext), sha256(sealed), own)
        scope = dek_scope(organization_, file, 1)
        wrapped = wrap(view.vault, scope, dek)
        first = self.sign(version)
        to = organization(organization_)
        second = self.sign(bodies.Wrap(scope, to, view.vault.key_id, commitment, sha256(wrapped), None), first.head)
        body = {
            "organization": organization_.hex(),
            "upload": self.relay.upload(organization_, ciphertext),
            "statement": b64u(first.encoded),
            "manifest": b64u(sealed),
            "wrapped_dek": b64u(wrapped),
            "wrap": b64u(second.encoded),
        }
        self._took(self.relay.post(f"/v1/files/{file.hex()}/versions", body), second)
        return file

    def open(self, organization_: bytes, file: bytes, version: int = 1) -> OpenedFile:
        """Opens a file one was granted, or one whose vault one holds, and believes nothing that is not proved."""
        view, asked = self.organization(organization_), proof.Asked(organization_, file, version)
        served = self.relay.get(f"/v1/files/{file.hex()}/versions/{version}/key")
        sealed = from_b64u(served["manifest"])
        said, author = verify_version(view, asked, served["entry"], sealed)
        private, to, recipient, granter, grant = self._way_in(view, said, served["grant"])
        wrapped = verify_wrap(view, served, said, author, to, recipient, self.identity.keys, granter, grant)
        dek = unwrap(private, recipient, dek_scope(organization_, file, version), wrapped)
        described = manifest.open_manifest(dek, manifest.manifest_aad(organization_, file, version), sealed)
        same = described.label == said.label and content.sealed_bytes(described.size) == said.ciphertext_bytes
        require(same, "manifest_unsigned", "another label or size than the version's")
        ciphertext = self.relay.content(file, version)
        require(ciphertext[: content.HEADER_BYTES] == said.salt + said.commitment, "commitment_mismatch", "other content was signed")
        require(len(ciphertext) == said.ciphertext_bytes, "content_truncated", "another length was signed")
        plaintext = content.open_content(dek, content.content_context(organization_, file, version), ciphertext)
        require(sha256(plaintext) == described.sha256 and len(plaintext) == described.size, "content_corrupt", "not what the manifest says")
        return OpenedFile(described, plaintext)

    def _way_in(self, view: Organization, said: bodies.FileVersion, grant: dict | None):
        """The private key, whom the wrap must name, and the granter's keys and the grant's hash where it takes one."""
        if grant is None:
            _, _, vault = self.open_bundle(view, "vault")
            return vault, organization(view.id), view.vault, None, None
        granter = PublicIdentity.of_json(grant["granter"])
        encoded, request = from_b64u(grant["statement"]), from_b64u(grant["request"])
        statement = proof.verify_grant(encoded, granter.signer(encoded), view, said, self.identity.keys, request, now_ms())
        return self.encryption, user(self.id), self.recipient, granter.keys, statement.hash

    # Requests and grants

    def ask(self, organization_: bytes, file: bytes, reason: str, *, wanted_until_ms: int | None = None) -> bytes:
        """Asks for version 1 of a file; the reason is for holders of the vault only."""
        view, request = self.organization(organization_), generate_id()
        box = sealed_box.seal(view.vault, reason_scope(organization_, file, request), reason.encode())
        until = wanted_until_ms or now_ms() + KEPT_FOR_MS
        statement = self.sign(bodies.AccessRequest(request, organization_, file, 1, box.digest(), until))
        self._took(self.relay.post("/v1/requests", {"statement": b64u(statement.encoded), "reason": box.to_json()}), statement)
        return request

    def read_reason(self, organization_: bytes, request: bytes) -> str:
        """What the consultant wrote, as the statement quotes it."""
        view, entry = self.organization(organization_), self.relay.get(f"/v1/requests/{request.hex()}")
        said, box = verify_request(view, entry)
        _, _, vault = self.open_bundle(view, "vault")
        return sealed_box.open_box(vault, view.vault, reason_scope(organization_, said.body.file, request), box).decode()

    def approve(self, organization_: bytes, request: bytes, told: bytes | None, *, expires_at_ms: int | None = None) -> bytes:
        """Wraps the DEK again, to the consultant whose fingerprint was told over another channel, or is the pinned one or follows it."""
        view, entry = self.organization(organization_), self.relay.get(f"/v1/requests/{request.hex()}")
        consultant, said = PublicIdentity.of_json(entry["requester"]), verify_request(view, entry)[0]
        pins.require_person(consultant, told, self.contacts, view)
        file = said.body.file
        served = self.relay.get(f"/v1/files/{file.hex()}/versions/1/key")
        asked = proof.Asked(organization_, file, said.body.version)
        version, author = verify_version(view, asked, served["entry"], from_b64u(served["manifest"]))
        wrapped = verify_wrap(view, served, version, author, organization(organization_), view.vault, self.identity.keys)
        _, _, vault = self.open_bundle(view, "vault")
        scope, grant = dek_scope(organization_, file, version.version), generate_id()
        again = wrap(consultant.recipient, scope, unwrap(vault, view.vault, scope, wrapped))
        body = bodies.Grant(
            grant, organization_, file, version.version, version.salt, version.commitment, consultant.id, consultant.fingerprint,
            said.hash, expires_at_ms or now_ms() + KEPT_FOR_MS, view.membership_of(self.id).hash, view.epoch,
        )
        first = self.sign(body)
        covered = bodies.Wrap(scope, user(consultant.id), consultant.recipient.key_id, version.commitment, sha256(again), first.hash)
        second = self.sign(covered, first.head)
        answer = {"grant": b64u(first.encoded), "wrapped_dek": b64u(again), "wrap": b64u(second.encoded)}
        self._took(self.relay.post(f"/v1/requests/{request.hex()}/grant", answer), second)
        return grant

    def deny(self, organization_: bytes, request: bytes) -> None:
        """Refuses a request."""
        view, entry = self.organization(organization_), self.relay.get(f"/v1/requests/{request.hex()}")
        body = bodies.Denial(organization_, request, verify_request(view, entry)[0].hash, view.membership_of(self.id).hash)
        self._decide(f"/v1/requests/{request.hex()}/denial", body)

    def withdraw(self, request: bytes) -> None:
        """Takes one's own request back."""
        entry = self.relay.get(f"/v1/requests/{request.hex()}")
        encoded = from_b64u(entry["statement"])
        said = statements.verify(encoded, self.identity.signer(encoded), bodies.AccessRequest)
        self._decide(f"/v1/requests/{request.hex()}/withdrawal", bodies.Withdrawal(request, said.hash))

    def revoke(self, organization_: bytes, grant: bytes) -> None:
        """Ends a grant."""
        view = self.organization(organization_)
        listed = self.relay.get(f"/v1/organizations/{organization_.hex()}/grants")
        (entry,) = [one for one in listed if one["grant"] == grant.hex()]
        encoded = from_b64u(entry["statement"])
        said = statements.verify(encoded, PublicIdentity.of_json(entry["granter"]).signer(encoded), bodies.Grant)
        body = bodies.Revocation(organization_, grant, said.hash, view.membership_of(self.id).hash)
        self._decide(f"/v1/grants/{grant.hex()}/revocation", body)

    def _decide(self, path: str, body: bodies.Body) -> None:
        statement = self.sign(body)
        self._took(self.relay.post(path, {"statement": b64u(statement.encoded)}), statement)

    # One's own chain

    def _took(self, answer: dict, statement: Statement) -> None:
        self.took(answer, statement.head)

    def took(self, answer: dict, head: Head) -> None:
        """An answer that took statements says the new head."""
        said = Head(answer["chain"]["sequence"], from_hex(answer["chain"]["hash"]))
        require(said == head, "chain_conflict", "the relay's head is another")
        self.head = head
