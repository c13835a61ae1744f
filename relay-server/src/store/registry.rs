//! The registry: everything that must commit together.

use async_trait::async_trait;
use keyferry_protocol::audit::{AuditEvent, Operation};
use keyferry_protocol::wire::account::StoredContacts;
use keyferry_protocol::wire::bundle::BundleKind;
use keyferry_protocol::wire::organization::Voucher;
use keyferry_protocol::{
    Bytes, ChainHead, Digest, FileId, GrantId, InvitationId, KeyId, OrganizationId, OwnerId, RequestId,
    UserId,
};

use super::change::Commit;
use super::error::{CommitError, StoreError};
use super::private_keys::DocumentId;
use super::record::{
    AccountRecord, GrantRecord, HeldRecords, InvitationRecord, PasskeyRecord, RequestRecord, RotationRecord,
    SessionRecord, VersionRecord, WrapRecord,
};

/// A result of reading.
pub type Read<T> = Result<T, StoreError>;

/// Whose audit trail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trail {
    /// What a person did.
    User(UserId),
    /// What happened in an organization.
    Organization(OrganizationId),
}

/// Keeps accounts, chains, organizations, files, requests, grants, sessions and the audit trail.
///
/// Reads see whole commits only. All reading methods fail with [`StoreError`] alone.
#[async_trait]
pub trait Registry: Send + Sync {
    /// Does all of `commit`, or nothing; synced when it returns.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] when a change starts from a state that has moved, else [`CommitError::Store`].
    async fn commit(&self, commit: Commit) -> Result<(), CommitError>;

    /// Overwrites what erased rows left outside the database itself.
    async fn scrub(&self) -> Read<()>;

    /// Whether the store answers.
    async fn ready(&self) -> Read<()>;

    /// A secret made once per registry, from which unknown accounts get their salts. Never rotated.
    async fn fake_salt_key(&self) -> Read<[u8; 32]>;

    /// An account.
    async fn account(&self, user: UserId) -> Read<Option<AccountRecord>>;
    /// An account by its normalized e-mail.
    async fn account_by_email(&self, email: String) -> Read<Option<AccountRecord>>;
    /// A session by the SHA-256 of its token, ended or not.
    async fn session(&self, token: Digest) -> Read<Option<SessionRecord>>;
    /// The head of an owner's chain; [`ChainHead::EMPTY`] for none.
    async fn head(&self, owner: OwnerId) -> Read<ChainHead>;
    /// An owner's whole chain (COSE_Sign1 each).
    async fn chain(&self, owner: OwnerId) -> Read<Vec<Bytes>>;
    /// The document of a bundle in force.
    async fn current_bundle(&self, owner: OwnerId, kind: BundleKind) -> Read<Option<DocumentId>>;
    /// Since when a bundle's keys have to be replaced.
    async fn rotation_due(&self, owner: OwnerId, kind: BundleKind) -> Read<Option<u64>>;
    /// A person's contact list.
    async fn contacts(&self, user: UserId) -> Read<Option<StoredContacts>>;
    /// A passkey by its credential id.
    async fn passkey(&self, credential: Bytes) -> Read<Option<PasskeyRecord>>;
    /// A person's passkeys, oldest first.
    async fn passkeys_of(&self, user: UserId) -> Read<Vec<PasskeyRecord>>;

    /// The organizations a person is an active member of.
    async fn organizations_of(&self, user: UserId) -> Read<Vec<OrganizationId>>;
    /// The accounts of an organization's active members.
    async fn members(&self, organization: OrganizationId) -> Read<Vec<AccountRecord>>;
    /// What owners said of the successions of an organization's root.
    async fn vouchers(&self, organization: OrganizationId) -> Read<Vec<Voucher>>;
    /// An invitation.
    async fn invitation(&self, invitation: InvitationId) -> Read<Option<InvitationRecord>>;
    /// An organization's invitations, newest first.
    async fn invitations_of(&self, organization: OrganizationId) -> Read<Vec<InvitationRecord>>;
    /// The invitations of an e-mail address, newest first.
    async fn invitations_for(&self, email: String) -> Read<Vec<InvitationRecord>>;

    /// The current version of each of an organization's files, newest first.
    async fn files(&self, organization: OrganizationId) -> Read<Vec<VersionRecord>>;
    /// A file's current version.
    async fn current_version(&self, file: FileId) -> Read<Option<VersionRecord>>;
    /// One version of a file.
    async fn version(&self, file: FileId, version: u32) -> Read<Option<VersionRecord>>;
    /// The DEK of a version, wrapped to the vault.
    async fn vault_wrap(&self, file: FileId, version: u32) -> Read<Option<WrapRecord>>;
    /// The DEK a grant carries; none after its revocation.
    async fn grant_wrap(&self, grant: GrantId) -> Read<Option<WrapRecord>>;

    /// A request.
    async fn request(&self, request: RequestId) -> Read<Option<RequestRecord>>;
    /// An organization's requests, newest first.
    async fn requests_of(&self, organization: OrganizationId) -> Read<Vec<RequestRecord>>;
    /// A person's requests, newest first.
    async fn requests_by(&self, user: UserId) -> Read<Vec<RequestRecord>>;
    /// A grant.
    async fn grant(&self, grant: GrantId) -> Read<Option<GrantRecord>>;
    /// An organization's grants, newest first.
    async fn grants_of(&self, organization: OrganizationId) -> Read<Vec<GrantRecord>>;
    /// The grants a person was given, newest first.
    async fn grants_for(&self, user: UserId) -> Read<Vec<GrantRecord>>;
    /// The grants a person was given on a file, newest first.
    async fn grants_on(&self, user: UserId, file: FileId) -> Read<Vec<GrantRecord>>;

    /// A rotation that was begun, by its new key.
    async fn rotation(&self, key: KeyId) -> Read<Option<RotationRecord>>;
    /// What is not wrapped to a rotation's new key yet: at most `limit` DEKs, a tenth as many reasons, and
    /// how many of both there are in all.
    async fn unrotated(&self, rotation: RotationRecord, limit: u32) -> Read<HeldRecords>;
    /// The hashes of the wrap statements of a rotation so far.
    async fn rotated(&self, key: KeyId) -> Read<Vec<Digest>>;

    /// At most `limit` events of a trail with numbers below `before`, newest first.
    async fn events(&self, trail: Trail, before: u64, limit: u32) -> Read<Vec<AuditEvent>>;
    /// What a person did by `operation` at `at_ms`, in every trail; and the first and the last serving of a wrapped key or
    /// ciphertext to them, of the `files` files served last. Newest first, and whether there are more files.
    async fn ending(
        &self,
        user: UserId,
        operation: Operation,
        at_ms: u64,
        files: u32,
    ) -> Read<(Vec<AuditEvent>, bool)>;
}
