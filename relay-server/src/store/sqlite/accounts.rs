//! Accounts, sessions, chains, bundles in force, contacts.

use keyferry_protocol::wire::account::StoredContacts;
use keyferry_protocol::wire::bundle::{BundleKind, KdfParameters};
use keyferry_protocol::{Bytes, ChainHead, Digest, IdentityKey, OrganizationId, OwnerId, UserId};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::column::{bytes, change_one, digest, id, insert, json, to_json, unreadable};
use super::organizations::organizations_of;
use crate::store::error::{CommitError, Conflict, StoreError};
use crate::store::private_keys::DocumentId;
use crate::store::record::{AccountRecord, SessionRecord};

/// For so long an expired token is told that it expired; then it is unknown. The owner's next login sweeps it.
const KEEP_ENDED_MS: u64 = 7 * 86_400_000;

/// The columns of an account, for [`account_of`].
pub const ACCOUNT: &str = "accounts.user, accounts.email, accounts.identity_key, accounts.key_certificate, \
     accounts.kdf_iterations, accounts.kdf_salt, accounts.login_verifier, accounts.created_at_ms, \
     accounts.recovery_verifier, accounts.recovery_tested_at_ms, accounts.suspended_at_ms, \
     accounts.successions";

pub fn account_of(row: &Row<'_>) -> rusqlite::Result<AccountRecord> {
    Ok(AccountRecord {
        user: id(row, "user", UserId::from_random)?,
        email: row.get("email")?,
        identity_key: IdentityKey::parse(&bytes(row, "identity_key")?.0).map_err(unreadable)?,
        key_certificate: bytes(row, "key_certificate")?,
        successions: json(row, "successions")?,
        kdf: KdfParameters { iterations: row.get("kdf_iterations")?, salt: bytes(row, "kdf_salt")? },
        login_verifier: digest(row, "login_verifier")?,
        recovery_verifier: row.get::<_, Option<[u8; 32]>>("recovery_verifier")?.map(Digest),
        recovery_tested_at_ms: row.get("recovery_tested_at_ms")?,
        suspended_at_ms: row.get("suspended_at_ms")?,
        created_at_ms: row.get("created_at_ms")?,
    })
}

pub fn by_id(connection: &Connection, user: UserId) -> Result<Option<AccountRecord>, StoreError> {
    let sql = format!("SELECT {ACCOUNT} FROM accounts WHERE user = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([user.as_bytes()], account_of).optional()?)
}

pub fn by_email(connection: &Connection, email: &str) -> Result<Option<AccountRecord>, StoreError> {
    let sql = format!("SELECT {ACCOUNT} FROM accounts WHERE email = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([email], account_of).optional()?)
}

pub fn insert_account(transaction: &Transaction<'_>, account: &AccountRecord) -> Result<(), CommitError> {
    insert(
        transaction,
        "INSERT INTO accounts (user, email, identity_key, key_certificate, kdf_iterations, kdf_salt,
         login_verifier, created_at_ms, recovery_verifier) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            account.user.as_bytes(),
            account.email,
            account.identity_key.as_bytes(),
            account.key_certificate.0,
            account.kdf.iterations,
            account.kdf.salt.0,
            account.login_verifier.0,
            account.created_at_ms,
            account.recovery_verifier.map(|verifier| verifier.0),
        ],
    )
}

pub fn session(connection: &Connection, token: Digest) -> Result<Option<SessionRecord>, StoreError> {
    let sql = "SELECT token, user, created_at_ms, expires_at_ms, revoked FROM sessions WHERE token = ?1";
    let read = |row: &Row<'_>| {
        Ok(SessionRecord {
            token: digest(row, "token")?,
            user: id(row, "user", UserId::from_random)?,
            created_at_ms: row.get("created_at_ms")?,
            expires_at_ms: row.get("expires_at_ms")?,
            revoked: row.get("revoked")?,
        })
    };
    Ok(connection.prepare_cached(sql)?.query_row([token.0], read).optional()?)
}

pub fn insert_session(transaction: &Transaction<'_>, session: &SessionRecord) -> Result<(), CommitError> {
    let long_over = session.created_at_ms.saturating_sub(KEEP_ENDED_MS);
    transaction
        .execute(
            "DELETE FROM sessions WHERE user = ?1 AND expires_at_ms < ?2",
            params![session.user.as_bytes(), long_over],
        )
        .map_err(StoreError::from)?;
    change_one(
        transaction,
        Conflict::Suspended,
        "INSERT INTO sessions SELECT ?1, ?2, ?3, ?4, ?5
         WHERE EXISTS (SELECT 1 FROM accounts WHERE user = ?2 AND suspended_at_ms IS NULL)",
        params![
            session.token.0,
            session.user.as_bytes(),
            session.created_at_ms,
            session.expires_at_ms,
            session.revoked
        ],
    )
}

/// A session that ended does nothing any more, whenever its request began.
pub fn check_session(transaction: &Transaction<'_>, token: Digest) -> Result<(), CommitError> {
    let sql = "SELECT 1 FROM sessions JOIN accounts USING (user)
        WHERE token = ?1 AND revoked = 0 AND suspended_at_ms IS NULL";
    let in_force = transaction
        .prepare_cached(sql)
        .and_then(|mut query| query.exists([token.0]))
        .map_err(StoreError::from)?;
    if in_force { Ok(()) } else { Err(Conflict::Session.into()) }
}

pub fn end_session(transaction: &Transaction<'_>, token: Digest) -> Result<(), CommitError> {
    transaction
        .execute("UPDATE sessions SET revoked = 1 WHERE token = ?1", [token.0])
        .map_err(StoreError::from)?;
    Ok(())
}

pub fn end_sessions(
    transaction: &Transaction<'_>,
    user: UserId,
    but: Option<Digest>,
) -> Result<(), CommitError> {
    transaction
        .execute(
            "UPDATE sessions SET revoked = 1 WHERE user = ?1 AND token IS NOT ?2",
            params![user.as_bytes(), but.map(|token| token.0)],
        )
        .map_err(StoreError::from)?;
    Ok(())
}

pub fn set_recovery_code(
    transaction: &Transaction<'_>,
    user: UserId,
    from: Option<Digest>,
    verifier: Option<Digest>,
) -> Result<(), CommitError> {
    change_one(
        transaction,
        Conflict::Passphrase,
        "UPDATE accounts SET recovery_verifier = ?3, recovery_tested_at_ms = NULL
         WHERE user = ?1 AND recovery_verifier IS ?2",
        params![user.as_bytes(), from.map(|from| from.0), verifier.map(|verifier| verifier.0)],
    )
}

pub fn set_recovery_tested(
    transaction: &Transaction<'_>,
    user: UserId,
    verifier: Digest,
    tested_at_ms: u64,
) -> Result<(), CommitError> {
    change_one(
        transaction,
        Conflict::Passphrase,
        "UPDATE accounts SET recovery_tested_at_ms = ?3 WHERE user = ?1 AND recovery_verifier = ?2",
        params![user.as_bytes(), verifier.0, tested_at_ms],
    )
}

pub fn set_suspension(
    transaction: &Transaction<'_>,
    user: UserId,
    since_ms: Option<u64>,
) -> Result<(), CommitError> {
    change_one(
        transaction,
        Conflict::Exists,
        "UPDATE accounts SET suspended_at_ms = CASE WHEN ?2 IS NULL THEN NULL ELSE coalesce(suspended_at_ms, ?2) END
         WHERE user = ?1",
        params![user.as_bytes(), since_ms],
    )
}

pub fn set_passphrase(
    transaction: &Transaction<'_>,
    user: UserId,
    from: Digest,
    kdf: &KdfParameters,
    login_verifier: Digest,
) -> Result<(), CommitError> {
    change_one(
        transaction,
        Conflict::Passphrase,
        "UPDATE accounts SET kdf_iterations = ?3, kdf_salt = ?4, login_verifier = ?5
         WHERE user = ?1 AND login_verifier = ?2",
        params![user.as_bytes(), from.0, kdf.iterations, kdf.salt.0, login_verifier.0],
    )
}

pub fn set_key_certificate(
    transaction: &Transaction<'_>,
    user: UserId,
    from: &Bytes,
    to: &Bytes,
    organizations: &[OrganizationId],
) -> Result<(), CommitError> {
    if organizations_of(transaction, user)? != organizations {
        return Err(Conflict::Chain.into());
    }
    change_one(
        transaction,
        Conflict::Chain,
        "UPDATE accounts SET key_certificate = ?3 WHERE user = ?1 AND key_certificate = ?2",
        params![user.as_bytes(), from.0, to.0],
    )
}

/// Another identity, by the succession that was verified.
pub fn set_identity(
    transaction: &Transaction<'_>,
    user: UserId,
    from: &IdentityKey,
    to: &IdentityKey,
    successions: &[Bytes],
) -> Result<(), CommitError> {
    change_one(
        transaction,
        Conflict::Chain,
        "UPDATE accounts SET identity_key = ?3, successions = ?4 WHERE user = ?1 AND identity_key = ?2",
        params![user.as_bytes(), from.as_bytes(), to.as_bytes(), to_json(&successions)?],
    )
}

pub fn head(connection: &Connection, owner: OwnerId) -> Result<ChainHead, StoreError> {
    let sql = "SELECT sequence, hash FROM statements WHERE owner_kind = ?1 AND owner = ?2 \
               ORDER BY sequence DESC LIMIT 1";
    let read = |row: &Row<'_>| Ok(ChainHead { sequence: row.get("sequence")?, hash: digest(row, "hash")? });
    let found = connection
        .prepare_cached(sql)?
        .query_row(params![owner.kind(), owner.as_bytes()], read)
        .optional()?;
    Ok(found.unwrap_or(ChainHead::EMPTY))
}

pub fn chain(connection: &Connection, owner: OwnerId) -> Result<Vec<Bytes>, StoreError> {
    let sql = "SELECT statement FROM statements WHERE owner_kind = ?1 AND owner = ?2 ORDER BY sequence";
    let mut query = connection.prepare_cached(sql)?;
    let rows = query.query_map(params![owner.kind(), owner.as_bytes()], |row| bytes(row, "statement"))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn append(
    transaction: &Transaction<'_>,
    owner: OwnerId,
    from: ChainHead,
    statements: &[Bytes],
    to: ChainHead,
) -> Result<(), CommitError> {
    if head(transaction, owner)? != from || from.sequence + statements.len() as u64 != to.sequence {
        return Err(Conflict::Chain.into());
    }
    for (sequence, statement) in (from.sequence + 1..).zip(statements) {
        let hash = Digest::of(&statement.0);
        insert(
            transaction,
            "INSERT INTO statements VALUES (?1, ?2, ?3, ?4, ?5)",
            params![owner.kind(), owner.as_bytes(), sequence, hash.0, statement.0],
        )?;
    }
    Ok(())
}

pub fn current_bundle(
    connection: &Connection,
    owner: OwnerId,
    kind: BundleKind,
) -> Result<Option<DocumentId>, StoreError> {
    let sql = "SELECT document FROM current_bundles WHERE owner_kind = ?1 AND owner = ?2 AND kind = ?3";
    let values = params![owner.kind(), owner.as_bytes(), kind.name()];
    Ok(connection.prepare_cached(sql)?.query_row(values, |row| id(row, "document", DocumentId)).optional()?)
}

pub fn set_current_bundle(
    transaction: &Transaction<'_>,
    owner: OwnerId,
    kind: BundleKind,
    from: Option<DocumentId>,
    to: DocumentId,
) -> Result<(), CommitError> {
    match from {
        None => insert(
            transaction,
            "INSERT INTO current_bundles (owner_kind, owner, kind, document) VALUES (?1, ?2, ?3, ?4)",
            params![owner.kind(), owner.as_bytes(), kind.name(), to.0],
        ),
        Some(from) => change_one(
            transaction,
            Conflict::Chain,
            "UPDATE current_bundles SET document = ?5 WHERE owner_kind = ?1 AND owner = ?2 AND kind = ?3 \
             AND document = ?4",
            params![owner.kind(), owner.as_bytes(), kind.name(), from.0, to.0],
        ),
    }
}

pub fn contacts(connection: &Connection, user: UserId) -> Result<Option<StoredContacts>, StoreError> {
    let sql = "SELECT sealed, statement FROM contacts WHERE user = ?1";
    let read = |row: &Row<'_>| {
        Ok(StoredContacts { sealed: json(row, "sealed")?, statement: bytes(row, "statement")? })
    };
    Ok(connection.prepare_cached(sql)?.query_row([user.as_bytes()], read).optional()?)
}

pub fn set_contacts(
    transaction: &Transaction<'_>,
    user: UserId,
    contacts: &StoredContacts,
) -> Result<(), CommitError> {
    transaction
        .execute(
            "INSERT OR REPLACE INTO contacts VALUES (?1, ?2, ?3)",
            params![user.as_bytes(), to_json(&contacts.sealed)?, contacts.statement.0],
        )
        .map_err(StoreError::from)?;
    Ok(())
}
