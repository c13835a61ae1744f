//! An organization: its root and vault keys, and what its owner does with them.

use keyferry_protocol::context::WrapScope;
use keyferry_protocol::organization::Organization;
use keyferry_protocol::statement::{
    AccessRequest, Body, FileVersion, Grant, KeyCertificate, Policy, Revocation, Wrap,
};
use keyferry_protocol::wire::access::{Decision, GrantEntry, NewGrant, NewRequest, RequestEntry};
use keyferry_protocol::wire::account::PublicIdentity;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KeyField, Lock};
use keyferry_protocol::wire::file::{FileEntry, NewVersion, Rekey};
use keyferry_protocol::wire::organization::{
    Invitation, InvitationState, NewInvitation, NewLock, NewMembership, NewOrganization, OrganizationView,
};
use keyferry_protocol::{
    Bytes, Digest, EncryptionKey, FileId, GrantId, OrganizationId, OwnerId, RequestId, Role, Suite, UploadId,
    UserId, Verified, route,
};

use crate::person::{Person, Signer, noise, now_ms, random, sealed_box, sealed_key};
use crate::relay::Reply;

pub const DAY_MS: u64 = 86_400_000;

pub struct Company {
    pub id: OrganizationId,
    pub root: Signer,
    pub vault: EncryptionKey,
    pub state: Organization,
    pub root_bundle: Bundle,
    pub vault_bundle: Bundle,
}

/// A member lock for `user`, vouched for by `signer`.
pub fn lock(signer: &mut Person, owner: OwnerId, bundle: &Bundle, user: UserId, key: &EncryptionKey) -> Lock {
    let wrapped = noise(key.suite.wrapped_bytes());
    let statement = signer.signer.sign(Wrap {
        scope: WrapScope::Lock { owner, bundle: bundle.kind, version: bundle.version },
        recipient: user.into(),
        recipient_key: key.id(),
        commitment: bundle.commitment(owner),
        wrapped: Digest::of(&wrapped.0),
        grant: None,
    });
    Lock::Member { user, recipient_key: key.id(), wrapped, statement, signer: signer.user }
}

fn bundle(kind: BundleKind, field: KeyField, public_key: &[u8]) -> Bundle {
    let keys = vec![sealed_key(field, public_key)];
    Bundle { kind, suite: Suite::X25519Hpke, version: 1, keys, locks: Vec::new() }
}

impl Company {
    /// Everything a founder makes, not sent yet.
    pub fn draft(founder: &mut Person) -> (Self, NewOrganization) {
        let id = OrganizationId::from_random(random());
        let mut root = Signer::new(id.into());
        let vault = EncryptionKey { suite: Suite::X25519Hpke, public_key: noise(32) };
        let policy =
            Policy { organization: id, name: "Acme".into(), root_key: root.key, max_grant_ms: 30 * DAY_MS };
        let certificate =
            KeyCertificate { suite: vault.suite, public_key: vault.public_key.clone(), version: 1 };
        let mut chain = vec![root.sign(policy), root.sign(certificate)];
        let mut state = Organization::replay(id, &chain).unwrap();
        chain.push(root.sign(state.next_membership(founder.user, founder.signer.key, Some(Role::Owner))));
        state.apply(&chain[2].0).unwrap();
        let mut root_bundle = bundle(BundleKind::Root, KeyField::Signing, root.key.as_bytes());
        let mut vault_bundle = bundle(BundleKind::Vault, KeyField::Encryption, &vault.public_key.0);
        let (user, key) = (founder.user, founder.encryption.clone());
        root_bundle.locks = vec![lock(founder, id.into(), &root_bundle, user, &key)];
        vault_bundle.locks = vec![lock(founder, id.into(), &vault_bundle, user, &key)];
        let new = NewOrganization {
            organization: id,
            chain,
            root: root_bundle.clone(),
            vault: vault_bundle.clone(),
        };
        (Company { id, root, vault, state, root_bundle, vault_bundle }, new)
    }

    pub fn found(founder: &mut Person) -> Self {
        let before = founder.signer.head;
        let (company, new) = Self::draft(founder);
        let reply = founder.submit(before, route::ORGANIZATIONS, &new);
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
        company
    }

    /// Invites, accepts, and signs the membership.
    pub fn admit(&mut self, owner: &mut Person, person: &Person, role: Role) -> OrganizationView {
        let invitation = self.invite(owner, person, role);
        assert_eq!(invitation.state, InvitationState::Pending);
        let path = route::invitation_acceptance(invitation.invitation);
        let accepted: Invitation = person.post(&path, &()).json();
        assert_eq!(accepted.state, InvitationState::Accepted);
        let reply = self.sign_membership(owner, person, Some(role), Some(&invitation));
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
        owner.read(&route::organization(self.id))
    }

    pub fn invite(&self, owner: &Person, person: &Person, role: Role) -> Invitation {
        let new = NewInvitation { email: person.email.clone(), role };
        owner.post(&route::organization_invitations(self.id), &new).json()
    }

    /// Signs and sends a membership with the locks its role needs.
    pub fn sign_membership(
        &mut self,
        owner: &mut Person,
        person: &Person,
        role: Option<Role>,
        invitation: Option<&Invitation>,
    ) -> Reply {
        let (heads, before) = ((self.root.head, owner.signer.head), self.state.clone());
        let membership = self.root.sign(self.state.next_membership(person.user, person.signer.key, role));
        self.state.apply(&membership.0).unwrap();
        let mut locks = Vec::new();
        for bundle in [&self.root_bundle, &self.vault_bundle] {
            let held = match bundle.kind {
                BundleKind::Root => role.is_some_and(Role::holds_root),
                _ => role.is_some_and(Role::holds_vault),
            };
            if held {
                locks.push(NewLock {
                    bundle: bundle.kind,
                    lock: lock(owner, self.id.into(), bundle, person.user, &person.encryption),
                });
            }
        }
        let invitation = invitation.map(|invitation| invitation.invitation);
        let change = NewMembership { membership, invitation, locks };
        let reply = owner.submit(heads.1, &route::members(self.id), &change);
        if reply.status != 201 {
            (self.root.head, self.state) = (heads.0, before);
        }
        reply
    }

    /// The statement of `person`'s membership in force.
    pub fn membership(&self, person: &Person) -> Digest {
        self.state.member(person.user).unwrap().statement
    }

    /// Everything that turns `upload` into version `version` of `file`.
    pub fn draft_version(
        &self,
        author: &mut Person,
        file: FileId,
        version: u32,
        upload: UploadId,
        content_bytes: u64,
    ) -> NewVersion {
        let (manifest, wrapped_dek) = (noise(200), noise(self.vault.suite.wrapped_bytes()));
        let commitment = Digest(random());
        let statement = author.signer.sign(FileVersion {
            organization: self.id,
            file,
            version,
            label: "Q3 ledger".into(),
            salt: random(),
            commitment,
            content_bytes,
            manifest: Digest::of(&manifest.0),
            membership: self.membership(author),
        });
        let wrap = author.signer.sign(Wrap {
            scope: WrapScope::Dek { organization: self.id, file, version },
            recipient: self.id.into(),
            recipient_key: self.vault.id(),
            commitment,
            wrapped: Digest::of(&wrapped_dek.0),
            grant: None,
        });
        NewVersion { organization: self.id, upload, statement, manifest, wrapped_dek, wrap }
    }

    /// Uploads random content as the first version of a new file.
    pub fn upload(&self, author: &mut Person, content: &[u8]) -> FileId {
        let upload = upload(author, self.id, content);
        self.complete(author, upload, content.len() as u64)
    }

    /// Turns a complete upload into the first version of a new file.
    pub fn complete(&self, author: &mut Person, upload: UploadId, content_bytes: u64) -> FileId {
        let file = FileId::from_random(random());
        let before = author.signer.head;
        let new = self.draft_version(author, file, 1, upload, content_bytes);
        let reply = author.submit(before, &route::versions(file), &new);
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
        file
    }

    pub fn draft_request(
        &self,
        consultant: &mut Person,
        file: FileId,
        version: u32,
    ) -> (RequestId, NewRequest) {
        let reason = sealed_box(&self.vault);
        let request = RequestId::from_random(random());
        let statement = consultant.signer.sign(AccessRequest {
            request,
            organization: self.id,
            file,
            version,
            reason: reason.digest(),
            expires_at_ms: now_ms() + 2 * DAY_MS,
        });
        (request, NewRequest { statement, reason })
    }

    pub fn request(&self, consultant: &mut Person, file: FileId) -> RequestEntry {
        let before = consultant.signer.head;
        let (id, new) = self.draft_request(consultant, file, 1);
        let reply = consultant.submit(before, route::REQUESTS, &new);
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
        consultant.read(&route::request(id))
    }

    /// The grant body that answers `entry`.
    pub fn grant_body(&self, approver: &Person, entry: &RequestEntry) -> Grant {
        let version = file_version(&entry.file);
        Grant {
            grant: GrantId::from_random(random()),
            organization: self.id,
            file: entry.file.file,
            version: entry.file.version,
            salt: version.salt,
            commitment: version.commitment,
            recipient: entry.requester.user,
            recipient_fingerprint: entry.requester.identity_key.fingerprint(entry.requester.user.into()),
            request: Digest::of(&entry.statement.0),
            expires_at_ms: now_ms() + DAY_MS,
            membership: self.membership(approver),
            epoch: self.state.epoch,
        }
    }

    /// Signs `grant` and its wrap.
    pub fn draft_grant(&self, approver: &mut Person, recipient: &Person, grant: Grant) -> NewGrant {
        let wrapped_dek = noise(recipient.encryption.suite.wrapped_bytes());
        let mut wrap = Wrap {
            scope: WrapScope::Dek { organization: self.id, file: grant.file, version: grant.version },
            recipient: recipient.user.into(),
            recipient_key: recipient.encryption.id(),
            commitment: grant.commitment,
            wrapped: Digest::of(&wrapped_dek.0),
            grant: None,
        };
        let grant = approver.signer.sign(grant);
        wrap.grant = Some(Digest::of(&grant.0));
        NewGrant { grant, wrapped_dek, wrap: approver.signer.sign(wrap) }
    }

    pub fn approve(
        &self,
        approver: &mut Person,
        consultant: &Person,
        entry: &RequestEntry,
    ) -> (GrantId, NewGrant) {
        let before = approver.signer.head;
        let body = self.grant_body(approver, entry);
        let id = body.grant;
        let new = self.draft_grant(approver, consultant, body);
        let reply = approver.submit(before, &route::request_grant(entry.request), &new);
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
        (id, new)
    }

    /// Everything that puts `upload` in the place of the version before `version`, for these readers by their grants.
    pub fn draft_rekey(
        &self,
        approver: &mut Person,
        file: FileId,
        version: u32,
        upload: (UploadId, u64),
        readers: &[(&Person, GrantEntry)],
    ) -> Rekey {
        let new = self.draft_version(approver, file, version, upload.0, upload.1);
        let said = signed::<FileVersion>(&new.statement, &approver.identity());
        let grants = readers.iter().map(|(reader, entry)| {
            let before = signed::<Grant>(&entry.statement, &entry.granter);
            let grant = Grant {
                version,
                salt: said.salt,
                commitment: said.commitment,
                membership: self.membership(approver),
                epoch: self.state.epoch,
                ..before
            };
            self.draft_grant(approver, reader, grant)
        });
        let grants = grants.collect();
        Rekey { version: new, grants }
    }

    pub fn draft_revocation(&self, approver: &mut Person, grant_id: GrantId, grant: &Bytes) -> Decision {
        let membership = self.membership(approver);
        let body = Revocation { organization: self.id, grant_id, grant: Digest::of(&grant.0), membership };
        Decision { statement: approver.signer.sign(body) }
    }

    pub fn revoke(&self, approver: &mut Person, id: GrantId, grant: &Bytes) -> Reply {
        let before = approver.signer.head;
        let decision = self.draft_revocation(approver, id, grant);
        approver.submit(before, &route::grant_revocation(id), &decision)
    }
}

/// A complete tus upload of `content`.
pub fn upload(author: &Person, organization: OrganizationId, content: &[u8]) -> UploadId {
    let length = content.len().to_string();
    let metadata = route::upload_metadata(organization);
    let headers = [("authorization", author.bearer.as_str()), ("tus-resumable", "1.0.0")];
    let made = author.http.raw(
        "POST",
        route::UPLOADS,
        &[&headers[..], &[("upload-length", &length), ("upload-metadata", &metadata)]].concat(),
        &[],
    );
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
    let id = UploadId::parse(made.header("location").unwrap().rsplit('/').next().unwrap()).unwrap();
    if !content.is_empty() {
        let more = [("content-type", "application/offset+octet-stream"), ("upload-offset", "0")];
        let sent = author.http.raw("PATCH", &route::upload(id), &[&headers[..], &more].concat(), content);
        assert_eq!(sent.status, 204, "{}", String::from_utf8_lossy(&sent.body));
    }
    id
}

/// What the author signed about a file version.
pub fn file_version(entry: &FileEntry) -> FileVersion {
    signed(&entry.statement, &entry.author)
}

/// What `signer` said.
pub fn signed<B: Body>(statement: &Bytes, signer: &PublicIdentity) -> B {
    let verified = Verified::check(&statement.0, signer.user.into(), &signer.identity_key);
    verified.unwrap().statement.body
}
