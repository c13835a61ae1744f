//! Somebody of every role, a file, a request and a grant, all signed.

use ed25519_dalek::{Signer as _, SigningKey};
use keyferry_protocol::organization::Organization;
use keyferry_protocol::statement::{KeyCertificate, Policy};
use keyferry_protocol::wire::organization::OrganizationView;
use keyferry_protocol::{ChainHead, GrantId, OrganizationId, RequestId, Statement, Suite};

use super::super::*;

pub(super) const NOW_MS: u64 = 1_800_000_000_000;

/// Somebody who signs.
#[derive(Clone)]
pub(super) struct Signer {
    pub(super) secret: SigningKey,
    pub(super) owner: OwnerId,
}

impl Signer {
    pub(super) fn person(seed: u8) -> Self {
        Signer { secret: SigningKey::from_bytes(&[seed; 32]), owner: UserId::from_random([seed; 16]).into() }
    }

    pub(super) fn key(&self) -> IdentityKey {
        IdentityKey::parse(self.secret.verifying_key().as_bytes()).unwrap()
    }

    pub(super) fn user(&self) -> UserId {
        let OwnerId::User(user) = self.owner else { panic!("a person") };
        user
    }

    pub(super) fn identity(&self) -> PublicIdentity {
        PublicIdentity {
            user: self.user(),
            email: "a@example.org".into(),
            identity_key: self.key(),
            key_certificate: Bytes(Vec::new()),
            successions: Vec::new(),
        }
    }

    pub(super) fn wrapper(&self) -> Wrapper {
        Wrapper { user: self.user(), key: self.key() }
    }

    pub(super) fn reader(&self) -> Reader {
        Reader { user: self.user(), keys: vec![self.key()] }
    }

    pub(super) fn sign_after<B: Body>(&self, head: ChainHead, body: B) -> Bytes {
        let statement = Statement::following(head, self.owner, 1, body).unsigned();
        let signer = self.key().fingerprint(self.owner);
        statement.signed(signer, &self.secret.sign(&statement.signing_input(signer)).to_bytes()).into()
    }

    pub(super) fn sign<B: Body>(&self, body: B) -> Bytes {
        self.sign_after(ChainHead::EMPTY, body)
    }
}

/// An organization with an owner, a contributor and a consultant, a file, a request and a grant.
pub(super) struct World {
    pub(super) root: Signer,
    pub(super) owner: Signer,
    pub(super) contributor: Signer,
    pub(super) consultant: Signer,
    pub(super) chain: Vec<Bytes>,
    pub(super) known: KnownOrganization,
    pub(super) entry: FileEntry,
    pub(super) proof: GrantProof,
}

impl World {
    pub(super) fn new() -> Self {
        let id = OrganizationId::from_random([9; 16]);
        let root = Signer { secret: SigningKey::from_bytes(&[9; 32]), owner: id.into() };
        let [owner, contributor, consultant] = [1, 2, 3].map(Signer::person);
        let policy =
            Policy { organization: id, name: "Acme".into(), root_key: root.key(), max_grant_ms: 1000 };
        let mut chain = vec![root.sign(policy)];
        let vault = KeyCertificate { suite: Suite::X25519Hpke, public_key: Bytes(vec![5; 32]), version: 1 };
        chain.push(root.sign_after(state(&chain).head, vault));
        let members = [&owner, &contributor, &consultant];
        for (person, role) in members.iter().zip([Role::Owner, Role::Contributor, Role::Consultant]) {
            let membership = state(&chain).next_membership(person.user(), person.key(), Some(role));
            chain.push(root.sign_after(state(&chain).head, membership));
        }
        let known = verify(&chain, &members).unwrap();
        let entry = entry(&known, &contributor, |_| {});
        let mut world =
            World { root, owner, contributor, consultant, chain, known, proof: no_proof(&entry), entry };
        world.proof = world.prove(|_| {});
        world
    }

    pub(super) fn version(&self) -> FileVersion {
        check_file(&self.known, &self.entry).unwrap().statement.body
    }

    /// The owner's grant to the consultant, with something changed before it is signed.
    pub(super) fn prove(&self, change: impl Fn(&mut Grant)) -> GrantProof {
        let version = self.version();
        let request = self.consultant.sign(request(&version));
        let membership = membership_of(&self.known, &self.owner);
        let mut grant = Grant {
            grant: GrantId::from_random([7; 16]),
            organization: version.organization,
            file: version.file,
            version: version.version,
            salt: version.salt,
            commitment: version.commitment,
            recipient: self.consultant.user(),
            recipient_fingerprint: self.consultant.key().fingerprint(self.consultant.owner),
            request: Digest::of(&request.0),
            expires_at_ms: NOW_MS + 1,
            membership,
            epoch: self.known.state.epoch,
        };
        change(&mut grant);
        GrantProof {
            grant: GrantId::from_random([7; 16]),
            statement: self.owner.sign(grant),
            granter: self.owner.identity(),
            request,
            state: GrantState::Active,
        }
    }

    /// What comes of the owner's grant when it answers a request for that version.
    pub(super) fn answered(&self, asked: u32) -> Result<Verified<Grant>, ClientError> {
        let asked = FileVersion { version: asked, ..self.version() };
        let request = self.consultant.sign(request(&asked));
        let proof = GrantProof {
            request: request.clone(),
            ..self.prove(|grant| grant.request = Digest::of(&request.0))
        };
        check_own_grant(&self.known, &proof, &self.version(), &self.consultant.reader(), NOW_MS)
    }

    pub(super) fn refused(&self, proof: &GrantProof) -> Code {
        self.refused_at(proof, NOW_MS)
    }

    pub(super) fn refused_at(&self, proof: &GrantProof, now_ms: u64) -> Code {
        let reader = self.consultant.reader();
        check_own_grant(&self.known, proof, &self.version(), &reader, now_ms).unwrap_err().code
    }
}

pub(super) fn state(chain: &[Bytes]) -> Organization {
    Organization::replay(OrganizationId::from_random([9; 16]), chain).unwrap()
}

pub(super) fn verify(chain: &[Bytes], members: &[&Signer]) -> Result<KnownOrganization, ClientError> {
    verify_as(&Signer::person(1), chain, members)
}

pub(super) fn verify_as(
    viewer: &Signer,
    chain: &[Bytes],
    members: &[&Signer],
) -> Result<KnownOrganization, ClientError> {
    let organization = OrganizationId::from_random([9; 16]);
    let members = members.iter().map(|member| member.identity()).collect();
    KnownOrganization::verify(
        organization,
        &OrganizationView {
            organization,
            chain: chain.to_vec(),
            members,
            root_due_since_ms: None,
            vault_due_since_ms: None,
            vouchers: Vec::new(),
        },
        viewer.user(),
        None,
    )
}

pub(super) fn membership_of(known: &KnownOrganization, person: &Signer) -> Digest {
    known.state.member(person.user()).unwrap().statement
}

pub(super) fn request(version: &FileVersion) -> AccessRequest {
    AccessRequest {
        request: RequestId::from_random([6; 16]),
        organization: version.organization,
        file: version.file,
        version: version.version,
        reason: Digest([1; 32]),
        expires_at_ms: NOW_MS + 1,
    }
}

pub(super) fn entry(
    known: &KnownOrganization,
    author: &Signer,
    change: impl Fn(&mut FileVersion),
) -> FileEntry {
    let mut body = FileVersion {
        organization: known.id(),
        file: FileId::from_random([4; 16]),
        version: 1,
        label: "Ledger".into(),
        salt: [8; 24],
        commitment: Digest([8; 32]),
        content_bytes: 72,
        manifest: Digest([8; 32]),
        membership: membership_of(known, author),
    };
    change(&mut body);
    FileEntry {
        organization: known.id(),
        file: FileId::from_random([4; 16]),
        version: 1,
        statement: author.sign(body),
        author: author.identity(),
        created_at_ms: 1,
    }
}

pub(super) fn no_proof(entry: &FileEntry) -> GrantProof {
    GrantProof {
        grant: GrantId::from_random([7; 16]),
        statement: Bytes(Vec::new()),
        granter: entry.author.clone(),
        request: Bytes(Vec::new()),
        state: GrantState::Active,
    }
}

pub(super) fn code<T>(result: Result<T, ClientError>) -> Code {
    result.map(|_| ()).unwrap_err().code
}
