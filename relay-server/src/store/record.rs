//! What the registry keeps, one record per thing.

use keyferry_protocol::grant::GrantState;
use keyferry_protocol::request::RequestState;
use keyferry_protocol::wire::account::PublicIdentity;
use keyferry_protocol::wire::bundle::KdfParameters;
use keyferry_protocol::wire::organization::InvitationState;
use keyferry_protocol::wire::sealed_box::SealedBox;
use keyferry_protocol::{
    Bytes, Digest, EncryptionKey, FileId, GrantId, IdentityKey, InvitationId, OrganizationId, RequestId,
    Role, UploadId, UserId,
};

/// An account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountRecord {
    /// The person.
    pub user: UserId,
    /// Their normalized e-mail; unique.
    pub email: String,
    /// Their identity key.
    pub identity_key: IdentityKey,
    /// The certificate of their current encryption key (COSE_Sign1).
    pub key_certificate: Bytes,
    /// How the identity key came to take the place of others: pairs of statements (COSE_Sign1), oldest first.
    pub successions: Vec<Bytes>,
    /// The KDF parameters of the passphrase lock.
    pub kdf: KdfParameters,
    /// SHA-256 of the login key.
    pub login_verifier: Digest,
    /// SHA-256 of the login key of the recovery code, where there is one.
    pub recovery_verifier: Option<Digest>,
    /// When the person proved to have that code.
    pub recovery_tested_at_ms: Option<u64>,
    /// Since when nobody logs in: the keys were reported as compromised.
    pub suspended_at_ms: Option<u64>,
    /// When it was made.
    pub created_at_ms: u64,
}

impl AccountRecord {
    /// What others may know.
    #[must_use]
    pub fn public(&self) -> PublicIdentity {
        PublicIdentity {
            user: self.user,
            email: self.email.clone(),
            identity_key: self.identity_key,
            key_certificate: self.key_certificate.clone(),
            successions: self.successions.clone(),
        }
    }
}

/// A passkey: a credential of WebAuthn. Its lock is in the bundle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PasskeyRecord {
    /// Its credential id; unique.
    pub credential: Bytes,
    /// Whose.
    pub user: UserId,
    /// The host of the pages it works on.
    pub rp_id: String,
    /// The origin of the page it was added on, which alone it logs in on: another service of that host is none.
    pub origin: String,
    /// What its owner calls it.
    pub name: String,
    /// Its COSE key.
    pub public_key: Bytes,
    /// Whether it may be copied to other devices; this never changes.
    pub backup_eligible: bool,
    /// The count it signed last; zero where it counts nothing.
    pub sign_count: u32,
    /// When it was added.
    pub created_at_ms: u64,
    /// When it logged in last.
    pub used_at_ms: Option<u64>,
}

#[cfg(test)]
impl AccountRecord {
    /// An account for tests of the stores, which nobody can log in to.
    pub fn sample(user: UserId) -> Self {
        // The base point of Ed25519 (RFC 8032 §5.1): a valid key nobody here signs with.
        let mut base_point = [0x66; 32];
        base_point[0] = 0x58;
        AccountRecord {
            user,
            email: "a@example.org".into(),
            identity_key: IdentityKey::parse(&base_point).expect("the base point is a valid key"),
            key_certificate: Bytes::default(),
            successions: Vec::new(),
            kdf: KdfParameters { iterations: 600_000, salt: Bytes(vec![0; 16]) },
            login_verifier: Digest::ZERO,
            recovery_verifier: None,
            recovery_tested_at_ms: None,
            suspended_at_ms: None,
            created_at_ms: 0,
        }
    }
}

/// A session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionRecord {
    /// SHA-256 of the token.
    pub token: Digest,
    /// Whose session.
    pub user: UserId,
    /// When it began.
    pub created_at_ms: u64,
    /// When it ends by itself.
    pub expires_at_ms: u64,
    /// Whether it was ended before.
    pub revoked: bool,
}

/// An invitation into an organization.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvitationRecord {
    /// The invitation.
    pub invitation: InvitationId,
    /// Into which organization.
    pub organization: OrganizationId,
    /// Whom.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Who invited.
    pub inviter: UserId,
    /// Who accepted.
    pub invited: Option<UserId>,
    /// Where it stands.
    pub state: InvitationState,
    /// When it was made.
    pub created_at_ms: u64,
}

/// A file version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VersionRecord {
    /// The owning organization.
    pub organization: OrganizationId,
    /// The file.
    pub file: FileId,
    /// The version, from 1.
    pub version: u32,
    /// The file version statement (COSE_Sign1).
    pub statement: Bytes,
    /// The sealed manifest.
    pub manifest: Bytes,
    /// Who uploaded it.
    pub author: UserId,
    /// The upload that holds the ciphertext.
    pub upload: UploadId,
    /// Length of the ciphertext.
    pub content_bytes: u64,
    /// When it was completed.
    pub created_at_ms: u64,
}

/// A wrapped DEK with the statement that vouches for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrapRecord {
    /// The wrapped DEK.
    pub wrapped_dek: Bytes,
    /// The wrap statement (COSE_Sign1).
    pub statement: Bytes,
    /// Who signed it.
    pub wrapper: UserId,
}

/// A request for access.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestRecord {
    /// The request.
    pub request: RequestId,
    /// The organization asked.
    pub organization: OrganizationId,
    /// The file.
    pub file: FileId,
    /// Its version.
    pub version: u32,
    /// Who asks.
    pub requester: UserId,
    /// The access request statement (COSE_Sign1).
    pub statement: Bytes,
    /// The reason, sealed to the vault.
    pub reason: SealedBox,
    /// Where it stands.
    pub state: RequestState,
    /// When it came.
    pub created_at_ms: u64,
    /// After the vault's key was rotated: the wrap statement over the reason as it is sealed now (COSE_Sign1).
    pub resealed: Option<Bytes>,
    /// Who signed it.
    pub resealer: Option<UserId>,
}

/// A grant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GrantRecord {
    /// The grant.
    pub grant: GrantId,
    /// The organization.
    pub organization: OrganizationId,
    /// The file.
    pub file: FileId,
    /// Its version.
    pub version: u32,
    /// The request it answers.
    pub request: RequestId,
    /// Who signed it.
    pub granter: UserId,
    /// Who may read.
    pub recipient: UserId,
    /// The grant statement (COSE_Sign1).
    pub statement: Bytes,
    /// The end of access.
    pub expires_at_ms: u64,
    /// Where it stands.
    pub state: GrantState,
    /// The revocation statement (COSE_Sign1), after a revocation.
    pub revocation: Option<Bytes>,
    /// When it came.
    pub created_at_ms: u64,
}

/// A rotation that was begun.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RotationRecord {
    /// Who rotates.
    pub user: UserId,
    /// Whose vault; none for the person's own key.
    pub organization: Option<OrganizationId>,
    /// The key from now on.
    pub key: EncryptionKey,
}

/// What is not wrapped to a new key yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldRecords {
    /// Some DEKs.
    pub deks: Vec<HeldDekRecord>,
    /// Some requests, for their reasons.
    pub reasons: Vec<RequestRecord>,
    /// How many there are of both, in all.
    pub remaining: u64,
}

/// A DEK wrapped to a key that is being rotated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldDekRecord {
    /// The owning organization.
    pub organization: OrganizationId,
    /// The file.
    pub file: FileId,
    /// Its version.
    pub version: u32,
    /// The grant it serves.
    pub grant: Option<GrantId>,
    /// SHA-256 of that grant's statement.
    pub grant_hash: Option<Digest>,
    /// The file version statement (COSE_Sign1).
    pub statement: Bytes,
    /// The wrapped DEK.
    pub wrapped_dek: Bytes,
}

/// What a wrap in a rotation belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    /// A grant of a file's version.
    Grant(GrantId, u32),
    /// A file's version, in the vault.
    Version(FileId, u32),
    /// The reason of a request.
    Reason(RequestId),
}

/// What was wrapped to a new key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RotatedBytes {
    /// A DEK.
    Dek(Bytes),
    /// A reason.
    Reason(SealedBox),
    /// Nothing: a reason that does not open stays as it is.
    None,
}

/// A wrap to a new key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RotatedWrap {
    /// What it belongs to.
    pub subject: Subject,
    /// The wrap itself.
    pub wrapped: RotatedBytes,
    /// The wrap statement (COSE_Sign1).
    pub statement: Bytes,
}
