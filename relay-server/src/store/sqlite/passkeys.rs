//! Passkeys that log in.

use keyferry_protocol::{Bytes, UserId};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::column::{bytes, change_one, id, insert};
use crate::store::error::{CommitError, Conflict, StoreError};
use crate::store::record::PasskeyRecord;

pub fn insert_passkey(transaction: &Transaction<'_>, passkey: &PasskeyRecord) -> Result<(), CommitError> {
    insert(
        transaction,
        "INSERT INTO passkeys VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            passkey.credential.0,
            passkey.user.as_bytes(),
            passkey.rp_id,
            passkey.origin,
            passkey.name,
            passkey.public_key.0,
            passkey.backup_eligible,
            passkey.sign_count,
            passkey.created_at_ms,
            passkey.used_at_ms,
        ],
    )
}

fn passkey_of(row: &Row<'_>) -> rusqlite::Result<PasskeyRecord> {
    Ok(PasskeyRecord {
        credential: bytes(row, "credential")?,
        user: id(row, "user", UserId::from_random)?,
        rp_id: row.get("rp_id")?,
        origin: row.get("origin")?,
        name: row.get("name")?,
        public_key: bytes(row, "public_key")?,
        backup_eligible: row.get("backup_eligible")?,
        sign_count: row.get("sign_count")?,
        created_at_ms: row.get("created_at_ms")?,
        used_at_ms: row.get("used_at_ms")?,
    })
}

pub fn passkey(connection: &Connection, credential: &Bytes) -> Result<Option<PasskeyRecord>, StoreError> {
    let sql = "SELECT * FROM passkeys WHERE credential = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([&credential.0], passkey_of).optional()?)
}

pub fn passkeys_of(connection: &Connection, user: UserId) -> Result<Vec<PasskeyRecord>, StoreError> {
    let sql = "SELECT * FROM passkeys WHERE user = ?1 ORDER BY created_at_ms, credential";
    let mut query = connection.prepare_cached(sql)?;
    let rows = query.query_map([user.as_bytes()], passkey_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A count that did not grow is that of a copy, unless the authenticator counts nothing (WebAuthn §6.1.1).
pub fn use_passkey(
    transaction: &Transaction<'_>,
    credential: &Bytes,
    sign_count: u32,
    used_at_ms: u64,
) -> Result<(), CommitError> {
    change_one(
        transaction,
        Conflict::Passkey,
        "UPDATE passkeys SET sign_count = ?2, used_at_ms = ?3
         WHERE credential = ?1 AND (sign_count < ?2 OR (sign_count = 0 AND ?2 = 0))",
        params![credential.0, sign_count, used_at_ms],
    )
}

pub fn remove_passkey(
    transaction: &Transaction<'_>,
    user: UserId,
    credential: &Bytes,
) -> Result<(), CommitError> {
    change_one(
        transaction,
        Conflict::Gone,
        "DELETE FROM passkeys WHERE user = ?1 AND credential = ?2",
        params![user.as_bytes(), credential.0],
    )
}

pub fn remove_passkeys(transaction: &Transaction<'_>, user: UserId) -> Result<(), CommitError> {
    transaction
        .execute("DELETE FROM passkeys WHERE user = ?1", [user.as_bytes()])
        .map_err(StoreError::from)?;
    Ok(())
}
