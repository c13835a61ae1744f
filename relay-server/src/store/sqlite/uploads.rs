//! Uploads and their parts.

use std::ops::Range;

use async_trait::async_trait;
use keyferry_protocol::{OrganizationId, UploadId, UserId};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::SqliteRegistry;
use super::column::{change_one, id, insert};
use crate::store::error::{CommitError, Conflict, StoreError};
use crate::store::record::VersionRecord;
use crate::store::registry::Read;
use crate::store::uploads::{PartRecord, UploadLedger, UploadRecord};

#[async_trait]
impl UploadLedger for SqliteRegistry {
    async fn create_upload(&self, upload: UploadRecord) -> Result<(), CommitError> {
        self.0.write(move |transaction| insert_upload(transaction, &upload)).await
    }

    async fn upload(&self, upload: UploadId) -> Read<Option<UploadRecord>> {
        self.0.read(move |connection| find(connection, upload)).await
    }

    async fn set_upload_length(&self, upload: UploadId, length: u64) -> Result<(), CommitError> {
        let sql = "UPDATE uploads SET length_bytes = ?2
            WHERE upload = ?1 AND length_bytes IS NULL AND offset_bytes <= ?2";
        self.0
            .write(move |transaction| {
                change_one(transaction, Conflict::Upload, sql, params![upload.as_bytes(), length])
            })
            .await
    }

    async fn append_parts(
        &self,
        upload: UploadId,
        from: u64,
        parts: Vec<PartRecord>,
        expires_at_ms: u64,
    ) -> Result<(), CommitError> {
        self.0.write(move |transaction| append(transaction, upload, from, &parts, expires_at_ms)).await
    }

    async fn upload_parts(&self, upload: UploadId, range: Range<u64>) -> Read<Vec<PartRecord>> {
        self.0.read(move |connection| parts(connection, upload, &range)).await
    }

    async fn remove_upload(&self, upload: UploadId) -> Result<Vec<String>, CommitError> {
        self.0.write(move |transaction| remove(transaction, upload)).await
    }

    async fn empty_retired(&self, limit: u32) -> Read<Option<Vec<String>>> {
        self.0.write(move |transaction| empty_retired(transaction, limit)).await
    }

    async fn expired_uploads(&self, now_ms: u64, limit: u32) -> Read<Vec<UploadId>> {
        self.0.read(move |connection| expired(connection, now_ms, limit)).await
    }
}

/// A version takes the complete upload of its author for its organization, once.
pub fn claim(transaction: &Transaction<'_>, version: &VersionRecord) -> Result<(), CommitError> {
    change_one(
        transaction,
        Conflict::Upload,
        "UPDATE uploads SET claimed = 1 WHERE upload = ?1 AND user = ?2 AND organization = ?3
            AND length_bytes = ?4 AND offset_bytes = ?4 AND claimed = 0",
        params![
            version.upload.as_bytes(),
            version.author.as_bytes(),
            version.organization.as_bytes(),
            version.content_bytes
        ],
    )
}

fn insert_upload(transaction: &Transaction<'_>, upload: &UploadRecord) -> Result<(), CommitError> {
    insert(
        transaction,
        "INSERT INTO uploads VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            upload.upload.as_bytes(),
            upload.user.as_bytes(),
            upload.organization.as_bytes(),
            upload.length,
            upload.offset,
            upload.claimed,
            upload.created_at_ms,
            upload.expires_at_ms
        ],
    )
}

fn find(connection: &Connection, upload: UploadId) -> Result<Option<UploadRecord>, StoreError> {
    let sql =
        "SELECT upload, user, organization, length_bytes, offset_bytes, claimed, created_at_ms, expires_at_ms
        FROM uploads WHERE upload = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([upload.as_bytes()], upload_of).optional()?)
}

fn upload_of(row: &Row<'_>) -> rusqlite::Result<UploadRecord> {
    Ok(UploadRecord {
        upload: id(row, "upload", UploadId::from_random)?,
        user: id(row, "user", UserId::from_random)?,
        organization: id(row, "organization", OrganizationId::from_random)?,
        length: row.get("length_bytes")?,
        offset: row.get("offset_bytes")?,
        claimed: row.get("claimed")?,
        created_at_ms: row.get("created_at_ms")?,
        expires_at_ms: row.get("expires_at_ms")?,
    })
}

fn append(
    transaction: &Transaction<'_>,
    upload: UploadId,
    from: u64,
    parts: &[PartRecord],
    expires_at_ms: u64,
) -> Result<(), CommitError> {
    let mut to = from;
    for part in parts {
        if part.start != to {
            return Err(
                StoreError::Broken("the parts of an upload do not follow each other".to_owned()).into()
            );
        }
        to += part.length;
    }
    // First: parts of an upload that was ended meanwhile have nothing to belong to.
    change_one(
        transaction,
        Conflict::Upload,
        "UPDATE uploads SET offset_bytes = ?3, expires_at_ms = ?4 WHERE upload = ?1 AND offset_bytes = ?2
            AND claimed = 0 AND (length_bytes IS NULL OR length_bytes >= ?3)",
        params![upload.as_bytes(), from, to, expires_at_ms],
    )?;
    for part in parts {
        insert(
            transaction,
            "INSERT INTO upload_parts VALUES (?1, ?2, ?3, ?4)",
            params![upload.as_bytes(), part.start, part.length, part.object],
        )?;
    }
    Ok(())
}

fn parts(
    connection: &Connection,
    upload: UploadId,
    range: &Range<u64>,
) -> Result<Vec<PartRecord>, StoreError> {
    let sql = "SELECT start, length_bytes, object FROM upload_parts
        WHERE upload = ?1 AND start < ?3 AND start + length_bytes > ?2 ORDER BY start";
    let mut query = connection.prepare_cached(sql)?;
    let rows = query.query_map(params![upload.as_bytes(), range.start, range.end], |row| {
        Ok(PartRecord { start: row.get(0)?, length: row.get(1)?, object: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn remove(transaction: &Transaction<'_>, upload: UploadId) -> Result<Vec<String>, CommitError> {
    let removed = empty(transaction, upload)?;
    change_one(
        transaction,
        Conflict::Upload,
        "DELETE FROM uploads WHERE upload = ?1 AND claimed = 0",
        [upload.as_bytes()],
    )?;
    Ok(removed)
}

fn empty(transaction: &Transaction<'_>, upload: UploadId) -> Result<Vec<String>, StoreError> {
    let removed = parts(transaction, upload, &(0..i64::MAX as u64))?;
    transaction.execute("DELETE FROM upload_parts WHERE upload = ?1", [upload.as_bytes()])?;
    Ok(removed.into_iter().map(|part| part.object).collect())
}

fn empty_retired(transaction: &Transaction<'_>, limit: u32) -> Result<Option<Vec<String>>, StoreError> {
    let mut query = transaction.prepare_cached("SELECT upload FROM retired_uploads LIMIT ?1")?;
    let retired = query.query_map([limit], |row| id(row, "upload", UploadId::from_random))?;
    let retired: Vec<UploadId> = retired.collect::<Result<_, _>>()?;
    let mut objects = Vec::new();
    for upload in &retired {
        objects.extend(empty(transaction, *upload)?);
        transaction.execute("DELETE FROM retired_uploads WHERE upload = ?1", [upload.as_bytes()])?;
    }
    Ok((!retired.is_empty()).then_some(objects))
}

fn expired(connection: &Connection, now_ms: u64, limit: u32) -> Result<Vec<UploadId>, StoreError> {
    let sql = "SELECT upload FROM uploads WHERE claimed = 0 AND expires_at_ms <= ?1 ORDER BY expires_at_ms LIMIT ?2";
    let mut query = connection.prepare_cached(sql)?;
    let rows = query.query_map(params![now_ms, limit], |row| id(row, "upload", UploadId::from_random))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
