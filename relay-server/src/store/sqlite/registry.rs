//! The registry in one SQLite file.

use std::path::Path;

use async_trait::async_trait;
use keyferry_protocol::audit::{AuditEvent, Operation};
use keyferry_protocol::wire::account::StoredContacts;
use keyferry_protocol::wire::bundle::BundleKind;
use keyferry_protocol::wire::organization::Voucher;
use keyferry_protocol::{
    Bytes, ChainHead, Digest, FileId, GrantId, InvitationId, KeyId, OrganizationId, OwnerId, RequestId,
    UserId,
};
use rusqlite::Transaction;

use super::{
    Database, access, accounts, erasure, events, files, organizations, passkeys, rekey, rotation_due,
    rotations,
};
use crate::store::change::{Change, Commit};
use crate::store::error::{CommitError, Conflict, StoreError};
use crate::store::private_keys::DocumentId;
use crate::store::record::{
    AccountRecord, GrantRecord, HeldRecords, InvitationRecord, PasskeyRecord, RequestRecord, RotationRecord,
    SessionRecord, VersionRecord, WrapRecord,
};
use crate::store::registry::{Read, Registry, Trail};

/// Applied in order; a released one never changes.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_registry.sql"),
    include_str!("migrations/0002_uploads.sql"),
    include_str!("migrations/0003_recovery.sql"),
    include_str!("migrations/0004_rotation.sql"),
    include_str!("migrations/0005_rekey.sql"),
    include_str!("migrations/0006_endings.sql"),
    include_str!("migrations/0007_passkeys.sql"),
    include_str!("migrations/0008_succession.sql"),
];

const FAKE_SALT_KEY: &str = "fake_salt_key";

/// `registry.db`.
#[derive(Clone)]
pub struct SqliteRegistry(pub(super) Database);

impl SqliteRegistry {
    /// Opens `path`, creating it.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be opened.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let registry = SqliteRegistry(Database::open(path, MIGRATIONS)?);
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let sql = "INSERT OR IGNORE INTO settings VALUES (?1, ?2)";
        registry
            .0
            .write(move |transaction| {
                transaction.execute(sql, (FAKE_SALT_KEY, secret)).map(drop).map_err(StoreError::from)
            })
            .await?;
        Ok(registry)
    }
}

fn apply_all(transaction: &Transaction<'_>, commit: &Commit) -> Result<(), CommitError> {
    if let Some(session) = commit.session {
        accounts::check_session(transaction, session)?;
    }
    for (owner, head) in &commit.unmoved {
        if accounts::head(transaction, *owner)? != *head {
            return Err(Conflict::Chain.into());
        }
    }
    commit.changes.iter().try_for_each(|change| apply(transaction, change))?;
    commit.events.iter().try_for_each(|event| events::insert_event(transaction, event))
}

fn apply(transaction: &Transaction<'_>, change: &Change) -> Result<(), CommitError> {
    match change {
        Change::Account(account) => accounts::insert_account(transaction, account),
        Change::Append { owner, from, statements, to } => {
            accounts::append(transaction, *owner, *from, statements, *to)
        }
        Change::Session(session) => accounts::insert_session(transaction, session),
        Change::EndSession(token) => accounts::end_session(transaction, *token),
        Change::EndSessions { user, but } => accounts::end_sessions(transaction, *user, *but),
        Change::Passphrase { user, from, kdf, login_verifier } => {
            accounts::set_passphrase(transaction, *user, *from, kdf, *login_verifier)
        }
        Change::RecoveryCode { user, from, verifier } => {
            accounts::set_recovery_code(transaction, *user, *from, *verifier)
        }
        Change::Passkey(passkey) => passkeys::insert_passkey(transaction, passkey),
        Change::PasskeyUsed { credential, sign_count, at_ms } => {
            passkeys::use_passkey(transaction, credential, *sign_count, *at_ms)
        }
        Change::RemovePasskey { user, credential } => {
            passkeys::remove_passkey(transaction, *user, credential)
        }
        Change::RemovePasskeys(user) => passkeys::remove_passkeys(transaction, *user),
        Change::KeyCertificate { user, from, to, organizations } => {
            accounts::set_key_certificate(transaction, *user, from, to, organizations)
        }
        Change::Identity { user, from, to, successions } => {
            accounts::set_identity(transaction, *user, from, to, successions)
        }
        Change::Voucher { organization, root, user, statement } => {
            organizations::insert_voucher(transaction, *organization, root, *user, statement)
        }
        Change::Rotation(rotation) => rotations::begin(transaction, rotation),
        Change::RotatedWraps { key, wraps } => rotations::insert_wraps(transaction, *key, wraps),
        Change::Rotate(rotation) => rotations::swap(transaction, rotation),
        Change::RecoveryTested { user, verifier, tested_at_ms } => {
            accounts::set_recovery_tested(transaction, *user, *verifier, *tested_at_ms)
        }
        Change::Suspension { user, since_ms } => accounts::set_suspension(transaction, *user, *since_ms),
        Change::EndAccess { user, ended_at_ms, organizations } => {
            access::end_access(transaction, *user, *ended_at_ms, organizations)
        }
        Change::DropBundle { owner, kind, from } => erasure::drop_bundle(transaction, *owner, *kind, *from),
        Change::EraseAccount { user, email, erased_at_ms } => {
            erasure::erase_account(transaction, *user, email, *erased_at_ms)
        }
        Change::EraseFile(file) => erasure::erase_file(transaction, *file),
        Change::RotationDue { owner, kind, since_ms } => {
            rotation_due::set(transaction, *owner, *kind, *since_ms)
        }
        Change::CurrentBundle { owner, kind, from, to } => {
            accounts::set_current_bundle(transaction, *owner, *kind, *from, *to)
        }
        Change::Contacts { user, contacts } => accounts::set_contacts(transaction, *user, contacts),
        Change::Organization { organization, created_at_ms } => {
            organizations::insert_organization(transaction, *organization, *created_at_ms)
        }
        Change::Member { organization, user, role } => {
            organizations::set_member(transaction, *organization, *user, *role)
        }
        Change::Invitation(invitation) => organizations::insert_invitation(transaction, invitation),
        Change::AcceptInvitation { invitation, user } => {
            organizations::accept_invitation(transaction, *invitation, *user)
        }
        Change::CompleteInvitation(invitation) => {
            organizations::complete_invitation(transaction, *invitation)
        }
        Change::Version { version, wrap } => files::insert_version(transaction, version, wrap),
        Change::ReplaceVersion { file, version, grants, at_ms } => {
            rekey::replace_version(transaction, *file, *version, grants, *at_ms)
        }
        Change::Request(request) => access::insert_request(transaction, request),
        Change::CloseRequest { request, state } => access::close_request(transaction, *request, *state),
        Change::Grant { grant, wrap } => access::insert_grant(transaction, grant, wrap),
        Change::RevokeGrant { grant, statement, revoked_at_ms } => {
            access::revoke_grant(transaction, *grant, statement, *revoked_at_ms)
        }
    }
}

#[async_trait]
impl Registry for SqliteRegistry {
    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.0.write(move |transaction| apply_all(transaction, &commit)).await
    }

    async fn scrub(&self) -> Read<()> {
        self.0.truncate_journal().await
    }

    async fn ready(&self) -> Read<()> {
        self.0.read(|connection| Ok(connection.query_row("SELECT 1 FROM settings", [], |_| Ok(()))?)).await
    }

    async fn fake_salt_key(&self) -> Read<[u8; 32]> {
        let sql = "SELECT value FROM settings WHERE name = ?1";
        self.0.read(move |connection| Ok(connection.query_row(sql, [FAKE_SALT_KEY], |row| row.get(0))?)).await
    }

    async fn account(&self, user: UserId) -> Read<Option<AccountRecord>> {
        self.0.read(move |connection| accounts::by_id(connection, user)).await
    }

    async fn account_by_email(&self, email: String) -> Read<Option<AccountRecord>> {
        self.0.read(move |connection| accounts::by_email(connection, &email)).await
    }

    async fn session(&self, token: Digest) -> Read<Option<SessionRecord>> {
        self.0.read(move |connection| accounts::session(connection, token)).await
    }

    async fn head(&self, owner: OwnerId) -> Read<ChainHead> {
        self.0.read(move |connection| accounts::head(connection, owner)).await
    }

    async fn chain(&self, owner: OwnerId) -> Read<Vec<Bytes>> {
        self.0.read(move |connection| accounts::chain(connection, owner)).await
    }

    async fn current_bundle(&self, owner: OwnerId, kind: BundleKind) -> Read<Option<DocumentId>> {
        self.0.read(move |connection| accounts::current_bundle(connection, owner, kind)).await
    }

    async fn contacts(&self, user: UserId) -> Read<Option<StoredContacts>> {
        self.0.read(move |connection| accounts::contacts(connection, user)).await
    }

    async fn passkey(&self, credential: Bytes) -> Read<Option<PasskeyRecord>> {
        self.0.read(move |connection| passkeys::passkey(connection, &credential)).await
    }

    async fn passkeys_of(&self, user: UserId) -> Read<Vec<PasskeyRecord>> {
        self.0.read(move |connection| passkeys::passkeys_of(connection, user)).await
    }

    async fn organizations_of(&self, user: UserId) -> Read<Vec<OrganizationId>> {
        self.0.read(move |connection| organizations::organizations_of(connection, user)).await
    }

    async fn members(&self, organization: OrganizationId) -> Read<Vec<AccountRecord>> {
        self.0.read(move |connection| organizations::members(connection, organization)).await
    }

    async fn vouchers(&self, organization: OrganizationId) -> Read<Vec<Voucher>> {
        self.0.read(move |connection| organizations::vouchers(connection, organization)).await
    }

    async fn invitation(&self, invitation: InvitationId) -> Read<Option<InvitationRecord>> {
        self.0.read(move |connection| organizations::invitation(connection, invitation)).await
    }

    async fn invitations_of(&self, organization: OrganizationId) -> Read<Vec<InvitationRecord>> {
        self.0.read(move |connection| organizations::invitations_of(connection, organization)).await
    }

    async fn invitations_for(&self, email: String) -> Read<Vec<InvitationRecord>> {
        self.0.read(move |connection| organizations::invitations_for(connection, &email)).await
    }

    async fn files(&self, organization: OrganizationId) -> Read<Vec<VersionRecord>> {
        self.0.read(move |connection| files::files(connection, organization)).await
    }

    async fn current_version(&self, file: FileId) -> Read<Option<VersionRecord>> {
        self.0.read(move |connection| files::current_version(connection, file)).await
    }

    async fn version(&self, file: FileId, version: u32) -> Read<Option<VersionRecord>> {
        self.0.read(move |connection| files::version(connection, file, version)).await
    }

    async fn vault_wrap(&self, file: FileId, version: u32) -> Read<Option<WrapRecord>> {
        self.0.read(move |connection| files::vault_wrap(connection, file, version)).await
    }

    async fn grant_wrap(&self, grant: GrantId) -> Read<Option<WrapRecord>> {
        self.0.read(move |connection| access::grant_wrap(connection, grant)).await
    }

    async fn request(&self, request: RequestId) -> Read<Option<RequestRecord>> {
        self.0.read(move |connection| access::request(connection, request)).await
    }

    async fn requests_of(&self, organization: OrganizationId) -> Read<Vec<RequestRecord>> {
        self.0.read(move |connection| access::requests_of(connection, organization)).await
    }

    async fn requests_by(&self, user: UserId) -> Read<Vec<RequestRecord>> {
        self.0.read(move |connection| access::requests_by(connection, user)).await
    }

    async fn grant(&self, grant: GrantId) -> Read<Option<GrantRecord>> {
        self.0.read(move |connection| access::grant(connection, grant)).await
    }

    async fn grants_of(&self, organization: OrganizationId) -> Read<Vec<GrantRecord>> {
        self.0.read(move |connection| access::grants_of(connection, organization)).await
    }

    async fn grants_for(&self, user: UserId) -> Read<Vec<GrantRecord>> {
        self.0.read(move |connection| access::grants_for(connection, user)).await
    }

    async fn grants_on(&self, user: UserId, file: FileId) -> Read<Vec<GrantRecord>> {
        self.0.read(move |connection| access::grants_on(connection, user, file)).await
    }

    async fn rotation(&self, key: KeyId) -> Read<Option<RotationRecord>> {
        self.0.read(move |connection| rotations::rotation(connection, key)).await
    }

    async fn unrotated(&self, rotation: RotationRecord, limit: u32) -> Read<HeldRecords> {
        self.0.read(move |connection| rotations::unrotated(connection, &rotation, limit)).await
    }

    async fn rotated(&self, key: KeyId) -> Read<Vec<Digest>> {
        self.0.read(move |connection| rotations::rotated(connection, key)).await
    }

    async fn ending(
        &self,
        user: UserId,
        operation: Operation,
        at_ms: u64,
        files: u32,
    ) -> Read<(Vec<AuditEvent>, bool)> {
        self.0.read(move |connection| events::ending(connection, user, operation, at_ms, files)).await
    }

    async fn rotation_due(&self, owner: OwnerId, kind: BundleKind) -> Read<Option<u64>> {
        self.0.read(move |connection| rotation_due::get(connection, owner, kind)).await
    }

    async fn events(&self, trail: Trail, before: u64, limit: u32) -> Read<Vec<AuditEvent>> {
        self.0.read(move |connection| events::events(connection, trail, before, limit)).await
    }
}
