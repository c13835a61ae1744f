//! Private keys in an embedded SQLite file of their own.

use std::path::Path;

use async_trait::async_trait;
use keyferry_protocol::OwnerId;
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::document::{StoredBundle, id_text, owner_text};
use super::{Accesses, BundleDocument, DocumentId, PrivateKeyStore};
use crate::store::error::StoreError;
use crate::store::sqlite::Database;

const MIGRATIONS: &[&str] = &["
    CREATE TABLE bundle (
        id TEXT PRIMARY KEY,
        owner_kind TEXT NOT NULL,
        owner TEXT NOT NULL,
        kind TEXT NOT NULL,
        version INTEGER NOT NULL,
        suite TEXT NOT NULL,
        algorithm TEXT NOT NULL,
        keys TEXT NOT NULL,
        locks TEXT NOT NULL,
        created_at_ms INTEGER NOT NULL,
        last_accessed_ms INTEGER,
        access_count INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX bundle_owner ON bundle (owner_kind, owner, kind, version);
"];

/// The embedded private-key store.
pub struct SqlitePrivateKeys {
    database: Database,
}

impl SqlitePrivateKeys {
    /// Opens `path`, or makes it. Every commit is synced.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be opened or is newer than this program.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(SqlitePrivateKeys { database: Database::open(path, MIGRATIONS)? })
    }
}

#[async_trait]
impl PrivateKeyStore for SqlitePrivateKeys {
    async fn put(&self, document: &BundleDocument) -> Result<(), StoreError> {
        let id = id_text(document.id);
        let created_at_ms = document.created_at_ms;
        let stored = StoredBundle::of(document);
        self.database
            .write(move |transaction| {
                transaction.execute(
                    "INSERT INTO bundle (id, owner_kind, owner, kind, version, suite, algorithm, keys, locks,
                     created_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                    params![
                        id,
                        stored.owner_kind,
                        stored.owner,
                        stored.kind.name(),
                        stored.version,
                        stored.suite.id(),
                        stored.algorithm,
                        to_json(&stored.keys)?,
                        to_json(&stored.locks)?,
                        created_at_ms
                    ],
                )?;
                Ok(())
            })
            .await
    }

    async fn get(&self, id: DocumentId) -> Result<Option<BundleDocument>, StoreError> {
        self.database.read(move |connection| read(connection, id)).await
    }

    async fn count(&self, id: DocumentId, now_ms: u64) -> Result<(), StoreError> {
        self.database
            .write(move |transaction| {
                transaction.execute(
                    "UPDATE bundle SET access_count = access_count + 1, last_accessed_ms = ?2 WHERE id = ?1",
                    params![id_text(id), now_ms],
                )?;
                Ok(())
            })
            .await
    }

    async fn accesses(&self, id: DocumentId) -> Result<Option<Accesses>, StoreError> {
        self.database
            .read(move |connection| {
                let accesses = connection
                    .prepare_cached("SELECT access_count, last_accessed_ms FROM bundle WHERE id = ?1")?
                    .query_row([id_text(id)], |row| Ok(Accesses { count: row.get(0)?, last_ms: row.get(1)? }))
                    .optional()?;
                Ok(accesses)
            })
            .await
    }

    async fn remove(&self, id: DocumentId) -> Result<(), StoreError> {
        self.database
            .write(move |transaction| {
                transaction.execute("DELETE FROM bundle WHERE id = ?1", [id_text(id)])?;
                Ok(())
            })
            .await
    }

    async fn erase(&self, owner: OwnerId) -> Result<(), StoreError> {
        self.database
            .write(move |transaction| {
                let sql = "DELETE FROM bundle WHERE owner_kind = ?1 AND owner = ?2";
                transaction.execute(sql, params![owner.kind(), owner_text(owner)])?;
                Ok(())
            })
            .await
    }

    async fn scrub(&self) -> Result<(), StoreError> {
        self.database.truncate_journal().await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.database
            .read(|connection| {
                Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM bundle)", [], |_| Ok(()))?)
            })
            .await
    }
}

fn read(connection: &Connection, id: DocumentId) -> Result<Option<BundleDocument>, StoreError> {
    let found = connection
        .prepare_cached(
            "SELECT owner_kind, owner, kind, version, suite, algorithm, keys, locks, created_at_ms
             FROM bundle WHERE id = ?1",
        )?
        .query_row([id_text(id)], |row| Ok((stored(row)?, row.get(8)?)))
        .optional()?;
    found.map(|(stored, created_at_ms)| stored.into_document(id, created_at_ms)).transpose()
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredBundle> {
    Ok(StoredBundle {
        owner_kind: row.get(0)?,
        owner: row.get(1)?,
        kind: from_json(serde_json::Value::String(row.get(2)?))?,
        version: row.get(3)?,
        suite: from_json(serde_json::Value::String(row.get(4)?))?,
        algorithm: row.get(5)?,
        keys: from_text(row.get_ref(6)?.as_str()?)?,
        locks: from_text(row.get_ref(7)?.as_str()?)?,
    })
}

fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|cause| StoreError::Broken(cause.to_string()))
}

fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, FromSqlError> {
    serde_json::from_str(text).map_err(|cause| FromSqlError::Other(Box::new(cause)))
}

fn from_json<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, FromSqlError> {
    serde_json::from_value(value).map_err(|cause| FromSqlError::Other(Box::new(cause)))
}
