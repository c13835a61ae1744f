//! Rotations: what is held under the old key, what was wrapped to the new one, and the swap.

use keyferry_protocol::{Digest, EncryptionKey, FileId, GrantId, KeyId, OrganizationId, Role, Suite, UserId};
use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, params};

use super::access::{REQUEST, request_of};
use super::column::{bytes, digest, id, insert, named, optional_id, to_json};
use crate::store::error::{CommitError, Conflict, StoreError};
use crate::store::record::{HeldDekRecord, HeldRecords, RotatedBytes, RotatedWrap, RotationRecord, Subject};

/// Of one owner, what is not wrapped to the new key (`?1`) yet; `?2` is the person or the organization.
const DEKS_OF_PERSON: &str = "FROM grant_wraps JOIN grants USING (grant_id) JOIN versions USING (file, version) \
     WHERE grants.recipient = ?2 AND NOT EXISTS (SELECT 1 FROM rotation_wraps AS done WHERE done.key = ?1 \
     AND done.kind = 'grant' AND done.subject = grants.grant_id AND done.version = grants.version)";
const DEKS_OF_VAULT: &str = "FROM vault_wraps JOIN versions USING (file, version) \
     WHERE versions.organization = ?2 AND NOT EXISTS (SELECT 1 FROM rotation_wraps AS done WHERE done.key = ?1 \
     AND done.kind = 'version' AND done.subject = versions.file AND done.version = versions.version)";
const REASONS_OF_VAULT: &str = "WHERE organization = ?2 AND NOT EXISTS (SELECT 1 FROM rotation_wraps AS done \
     WHERE done.key = ?1 AND done.kind = 'reason' AND done.subject = requests.request)";

pub fn rotation(connection: &Connection, key: KeyId) -> Result<Option<RotationRecord>, StoreError> {
    let sql = "SELECT user, organization, suite, public_key FROM rotations WHERE key = ?1";
    let read = |row: &Row<'_>| {
        Ok(RotationRecord {
            user: id(row, "user", UserId::from_random)?,
            organization: optional_id(row, "organization", OrganizationId::from_random)?,
            key: EncryptionKey {
                suite: named(row, "suite", Suite::parse)?,
                public_key: bytes(row, "public_key")?,
            },
        })
    };
    Ok(connection.prepare_cached(sql)?.query_row([key.0], read).optional()?)
}

/// What is not wrapped to the new key yet: at most `limit` DEKs, and a tenth as many reasons.
pub fn unrotated(
    connection: &Connection,
    rotation: &RotationRecord,
    limit: u32,
) -> Result<HeldRecords, StoreError> {
    let key = rotation.key.id().0;
    let Some(organization) = rotation.organization else {
        let columns = "grants.grant_id, grants.statement AS granted, grants.organization AS organization";
        let values = params![key, rotation.user.as_bytes(), limit];
        let deks = held(connection, columns, DEKS_OF_PERSON, "grants.grant_id", values)?;
        let remaining = count(connection, &format!("SELECT count(*) {DEKS_OF_PERSON}"), &values[..2])?;
        return Ok(HeldRecords { deks, reasons: Vec::new(), remaining });
    };
    let columns = "NULL AS grant_id, NULL AS granted, versions.organization AS organization";
    let values = params![key, organization.as_bytes(), limit];
    let deks = held(connection, columns, DEKS_OF_VAULT, "versions.file, versions.version", values)?;
    let sql = format!("{REQUEST} {REASONS_OF_VAULT} ORDER BY request LIMIT ?3");
    let mut query = connection.prepare_cached(&sql)?;
    // Texts are longer than keys.
    let fewer = params![key, organization.as_bytes(), limit.div_ceil(10)];
    let reasons = query.query_map(fewer, request_of)?.collect::<Result<_, _>>()?;
    let sql = format!(
        "SELECT (SELECT count(*) {DEKS_OF_VAULT}) + (SELECT count(*) FROM requests {REASONS_OF_VAULT})"
    );
    Ok(HeldRecords { deks, reasons, remaining: count(connection, &sql, &values[..2])? })
}

fn held(
    connection: &Connection,
    columns: &str,
    source: &str,
    order: &str,
    values: impl Params,
) -> Result<Vec<HeldDekRecord>, StoreError> {
    let sql = format!(
        "SELECT {columns}, file, version, versions.statement AS said, wrapped_dek {source} \
         ORDER BY {order} LIMIT ?3"
    );
    let read = |row: &Row<'_>| {
        Ok(HeldDekRecord {
            organization: id(row, "organization", OrganizationId::from_random)?,
            file: id(row, "file", FileId::from_random)?,
            version: row.get("version")?,
            grant: optional_id(row, "grant_id", GrantId::from_random)?,
            grant_hash: row.get::<_, Option<Vec<u8>>>("granted")?.map(|statement| Digest::of(&statement)),
            statement: bytes(row, "said")?,
            wrapped_dek: bytes(row, "wrapped_dek")?,
        })
    };
    let mut query = connection.prepare_cached(&sql)?;
    Ok(query.query_map(values, read)?.collect::<Result<_, _>>()?)
}

fn count(connection: &Connection, sql: &str, values: impl Params) -> Result<u64, StoreError> {
    Ok(connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
}

/// The hashes of the wrap statements so far.
pub fn rotated(connection: &Connection, key: KeyId) -> Result<Vec<Digest>, StoreError> {
    let mut query =
        connection.prepare_cached("SELECT hash FROM rotation_wraps WHERE key = ?1 AND hash <> x''")?;
    let rows = query.query_map([key.0], |row| digest(row, "hash"))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Begins a rotation; one that the same person began for the same owner before is dropped with all it wrapped.
pub fn begin(transaction: &Transaction<'_>, rotation: &RotationRecord) -> Result<(), CommitError> {
    let organization = rotation.organization.map(|organization| *organization.as_bytes());
    transaction
        .execute(
            "DELETE FROM rotations WHERE user = ?1 AND organization IS ?2",
            params![rotation.user.as_bytes(), organization],
        )
        .map_err(StoreError::from)?;
    insert(
        transaction,
        "INSERT INTO rotations VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            rotation.key.id().0,
            rotation.user.as_bytes(),
            organization,
            rotation.key.suite.id(),
            rotation.key.public_key.0
        ],
    )
}

pub fn insert_wraps(
    transaction: &Transaction<'_>,
    key: KeyId,
    wraps: &[RotatedWrap],
) -> Result<(), CommitError> {
    let sql = "INSERT INTO rotation_wraps VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    for wrap in wraps {
        check_held(transaction, &wrap.subject)?;
        let (kind, subject, version) = match &wrap.subject {
            Subject::Grant(grant, version) => ("grant", grant.as_bytes(), *version),
            Subject::Version(file, version) => ("version", file.as_bytes(), *version),
            Subject::Reason(request) => ("reason", request.as_bytes(), 0),
        };
        let hash = Digest::of(&wrap.statement.0).0;
        let statement = &wrap.statement.0;
        match &wrap.wrapped {
            RotatedBytes::Dek(dek) => {
                insert(transaction, sql, params![key.0, kind, subject, version, dek.0, statement, hash])?;
            }
            RotatedBytes::None => {
                insert(transaction, sql, params![key.0, kind, subject, version, "", statement, [0_u8; 0]])?;
            }
            RotatedBytes::Reason(reason) => {
                let reason = to_json(reason)?;
                insert(transaction, sql, params![key.0, kind, subject, version, reason, statement, hash])?;
            }
        }
    }
    Ok(())
}

/// Puts what was wrapped to the new key in the place of what was held under the old one. What is not held any more stays gone.
///
/// # Errors
/// [`Conflict::Rotation`] when something that is held is not wrapped to the new key; [`Conflict::Suspended`] when somebody who
/// holds the vault is.
pub fn swap(transaction: &Transaction<'_>, rotation: &RotationRecord) -> Result<(), CommitError> {
    if unrotated(transaction, rotation, 1)?.remaining > 0 {
        return Err(Conflict::Rotation.into());
    }
    if let Some(organization) = rotation.organization {
        check_holders(transaction, organization)?;
    }
    let values = params![rotation.key.id().0, rotation.user.as_bytes()];
    let swaps = [
        "UPDATE grant_wraps SET wrapped_dek = done.wrapped, statement = done.statement, wrapper = ?2 \
         FROM rotation_wraps AS done, grants WHERE done.key = ?1 AND done.kind = 'grant' \
         AND grants.grant_id = done.subject AND grants.version = done.version \
         AND grant_wraps.grant_id = grants.grant_id",
        "UPDATE vault_wraps SET wrapped_dek = done.wrapped, statement = done.statement, wrapper = ?2 \
         FROM rotation_wraps AS done WHERE done.key = ?1 AND done.kind = 'version' \
         AND vault_wraps.file = done.subject AND vault_wraps.version = done.version",
        "UPDATE requests SET reason = done.wrapped, resealed = done.statement, resealer = ?2 \
         FROM rotation_wraps AS done WHERE done.key = ?1 AND done.kind = 'reason' \
         AND done.hash <> x'' AND requests.request = done.subject",
    ];
    for sql in swaps {
        transaction.execute(sql, values).map_err(StoreError::from)?;
    }
    transaction
        .execute("DELETE FROM rotations WHERE key = ?1", [rotation.key.id().0])
        .map_err(StoreError::from)?;
    Ok(())
}

/// Whoever holds the vault gets a lock on its next key: nobody who was suspended since it was made.
fn check_holders(transaction: &Transaction<'_>, organization: OrganizationId) -> Result<(), CommitError> {
    let sql = "SELECT role FROM members JOIN accounts USING (user)
        WHERE organization = ?1 AND suspended_at_ms IS NOT NULL";
    let mut query = transaction.prepare_cached(sql).map_err(StoreError::from)?;
    let roles = query
        .query_map([organization.as_bytes()], |row| named(row, "role", Role::parse))
        .and_then(Iterator::collect::<rusqlite::Result<Vec<Role>>>)
        .map_err(StoreError::from)?;
    if roles.into_iter().any(Role::holds_vault) { Err(Conflict::Suspended.into()) } else { Ok(()) }
}

/// Empties the staged wraps of something that ends. What was wrapped is deleted; that it was stays until the rotation ends,
/// which is signed over all of them.
pub fn empty_staged(
    transaction: &Transaction<'_>,
    which: &str,
    values: impl Params,
) -> Result<(), StoreError> {
    let sql = format!("UPDATE rotation_wraps SET wrapped = x'', statement = x'' WHERE {which}");
    transaction.prepare_cached(&sql)?.execute(values)?;
    Ok(())
}

/// What is wrapped to a new key is held under the old one still.
fn check_held(transaction: &Transaction<'_>, subject: &Subject) -> Result<(), CommitError> {
    let (sql, subject, version) = match subject {
        Subject::Grant(grant, version) => (
            "SELECT 1 FROM grant_wraps JOIN grants USING (grant_id) WHERE grant_id = ?1 AND version = ?2",
            grant.as_bytes(),
            *version,
        ),
        Subject::Version(file, version) => {
            ("SELECT 1 FROM vault_wraps WHERE file = ?1 AND version = ?2", file.as_bytes(), *version)
        }
        Subject::Reason(request) => {
            ("SELECT 1 FROM requests WHERE request = ?1 AND ?2 = 0", request.as_bytes(), 0)
        }
    };
    let held = transaction
        .prepare_cached(sql)
        .and_then(|mut query| query.exists(params![subject, version]))
        .map_err(StoreError::from)?;
    if held { Ok(()) } else { Err(Conflict::Gone.into()) }
}
