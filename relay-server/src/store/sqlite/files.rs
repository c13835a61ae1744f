//! File versions and the DEKs wrapped to the vault.

use keyferry_protocol::{FileId, OrganizationId, UploadId, UserId};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::column::{bytes, id, insert};
use super::uploads::claim;
use crate::store::error::{CommitError, Conflict, StoreError};
use crate::store::record::{VersionRecord, WrapRecord};

const VERSION: &str = "SELECT file, version, organization, statement, manifest, author, upload, content_bytes, \
     created_at_ms FROM versions";

fn version_of(row: &Row<'_>) -> rusqlite::Result<VersionRecord> {
    Ok(VersionRecord {
        organization: id(row, "organization", OrganizationId::from_random)?,
        file: id(row, "file", FileId::from_random)?,
        version: row.get("version")?,
        statement: bytes(row, "statement")?,
        manifest: bytes(row, "manifest")?,
        author: id(row, "author", UserId::from_random)?,
        upload: id(row, "upload", UploadId::from_random)?,
        content_bytes: row.get("content_bytes")?,
        created_at_ms: row.get("created_at_ms")?,
    })
}

pub fn files(
    connection: &Connection,
    organization: OrganizationId,
) -> Result<Vec<VersionRecord>, StoreError> {
    let sql = format!(
        "{VERSION} WHERE organization = ?1 \
         AND version = (SELECT max(newer.version) FROM versions AS newer WHERE newer.file = versions.file) \
         ORDER BY created_at_ms DESC, rowid DESC"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let rows = query.query_map([organization.as_bytes()], version_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn current_version(connection: &Connection, file: FileId) -> Result<Option<VersionRecord>, StoreError> {
    let sql = format!("{VERSION} WHERE file = ?1 ORDER BY version DESC LIMIT 1");
    Ok(connection.prepare_cached(&sql)?.query_row([file.as_bytes()], version_of).optional()?)
}

pub fn version(
    connection: &Connection,
    file: FileId,
    number: u32,
) -> Result<Option<VersionRecord>, StoreError> {
    let sql = format!("{VERSION} WHERE file = ?1 AND version = ?2");
    Ok(connection.prepare_cached(&sql)?.query_row(params![file.as_bytes(), number], version_of).optional()?)
}

pub fn insert_version(
    transaction: &Transaction<'_>,
    version: &VersionRecord,
    wrap: &WrapRecord,
) -> Result<(), CommitError> {
    // Versions count from 1 without gaps: what was erased meanwhile does not come back by its next version.
    let before = current_version(transaction, version.file)?.map_or(0, |current| current.version);
    if version.version <= before {
        return Err(Conflict::Exists.into());
    }
    if version.version != before + 1 {
        return Err(Conflict::Gone.into());
    }
    claim(transaction, version)?;
    insert(
        transaction,
        "INSERT INTO versions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            version.file.as_bytes(),
            version.version,
            version.organization.as_bytes(),
            version.statement.0,
            version.manifest.0,
            version.author.as_bytes(),
            version.upload.as_bytes(),
            version.content_bytes,
            version.created_at_ms,
        ],
    )?;
    insert(
        transaction,
        "INSERT INTO vault_wraps VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            version.file.as_bytes(),
            version.version,
            wrap.wrapped_dek.0,
            wrap.statement.0,
            wrap.wrapper.as_bytes()
        ],
    )
}

pub fn vault_wrap(
    connection: &Connection,
    file: FileId,
    version: u32,
) -> Result<Option<WrapRecord>, StoreError> {
    let sql = "SELECT wrapped_dek, statement, wrapper FROM vault_wraps WHERE file = ?1 AND version = ?2";
    Ok(connection.prepare_cached(sql)?.query_row(params![file.as_bytes(), version], wrap_of).optional()?)
}

pub fn wrap_of(row: &Row<'_>) -> rusqlite::Result<WrapRecord> {
    Ok(WrapRecord {
        wrapped_dek: bytes(row, "wrapped_dek")?,
        statement: bytes(row, "statement")?,
        wrapper: id(row, "wrapper", UserId::from_random)?,
    })
}
