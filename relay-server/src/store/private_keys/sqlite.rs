//! Private keys in an embedded SQLite file of their own.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, Lock, SealedKey};
use keyferry_protocol::{OwnerId, Suite, UserId};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Transaction, TransactionBehavior, ffi, params};
use serde::de::DeserializeOwned;

use super::{ALGORITHM, Accesses, BundleId, PrivateKeyError, PrivateKeyStore, holder, lock_digest};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS bundle (
        id INTEGER PRIMARY KEY,
        owner_kind TEXT NOT NULL,
        owner TEXT NOT NULL,
        kind TEXT NOT NULL,
        version INTEGER NOT NULL,
        suite TEXT NOT NULL,
        algorithm TEXT NOT NULL,
        keys TEXT NOT NULL,
        created_at_ms INTEGER NOT NULL,
        last_accessed_ms INTEGER,
        access_count INTEGER NOT NULL DEFAULT 0,
        UNIQUE (owner_kind, owner, kind, version)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS lock (
        id INTEGER PRIMARY KEY,
        bundle INTEGER NOT NULL REFERENCES bundle (id) ON DELETE CASCADE,
        holder TEXT NOT NULL,
        digest TEXT NOT NULL,
        lock TEXT NOT NULL,
        UNIQUE (bundle, digest)
    ) STRICT;
    CREATE INDEX IF NOT EXISTS lock_holder ON lock (bundle, holder);
";

/// The schema's number, in the file's `user_version`.
const SCHEMA_VERSION: i64 = 1;

/// The embedded private-key store.
pub struct SqlitePrivateKeys {
    /// Syncs every commit.
    durable: Arc<Mutex<Connection>>,
    /// Reads, and counts accesses without a sync each: counters may lag, bundles may not.
    lax: Arc<Mutex<Connection>>,
}

impl SqlitePrivateKeys {
    /// Opens `path`, or makes it.
    ///
    /// # Errors
    /// See [`PrivateKeyError`].
    pub fn open(path: &Path) -> Result<Self, PrivateKeyError> {
        let durable = connect(path, "FULL")?;
        let found: i64 = durable.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if found > SCHEMA_VERSION {
            return Err(PrivateKeyError::Damaged(format!("schema {found} is newer than this program")));
        }
        durable.execute_batch(SCHEMA)?;
        durable.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        let lax = connect(path, "NORMAL")?;
        Ok(Self { durable: Arc::new(Mutex::new(durable)), lax: Arc::new(Mutex::new(lax)) })
    }

    async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, PrivateKeyError> + Send + 'static,
    ) -> Result<T, PrivateKeyError> {
        run(&self.durable, move |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = change(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })
        .await
    }
}

#[async_trait]
impl PrivateKeyStore for SqlitePrivateKeys {
    async fn put(&self, owner: OwnerId, bundle: &Bundle, now_ms: u64) -> Result<(), PrivateKeyError> {
        let bundle = bundle.clone();
        self.write(move |transaction| insert(transaction, owner, &bundle, now_ms)).await
    }

    async fn add_lock(&self, id: BundleId, lock: &Lock) -> Result<(), PrivateKeyError> {
        let lock = lock.clone();
        self.write(move |transaction| {
            let row = find(transaction, id)?.ok_or(PrivateKeyError::Missing)?;
            insert_lock(transaction, row, id.owner, &lock)
        })
        .await
    }

    async fn remove_locks(&self, id: BundleId, holder: UserId, keep: Option<&Lock>) -> Result<(), PrivateKeyError> {
        let keep = keep.map(lock_digest).transpose()?.map(|digest| digest.to_string());
        self.write(move |transaction| {
            let row = find(transaction, id)?.ok_or(PrivateKeyError::Missing)?;
            transaction.execute(
                "DELETE FROM lock WHERE bundle = ?1 AND holder = ?2 AND digest IS NOT ?3",
                params![row, holder.to_string(), keep],
            )?;
            Ok(())
        })
        .await
    }

    async fn get(&self, id: BundleId, reader: UserId, now_ms: u64) -> Result<Option<Bundle>, PrivateKeyError> {
        run(&self.lax, move |connection| {
            let Some((row, bundle)) = read(connection, id, reader)? else { return Ok(None) };
            if let Err(cause) = count(connection, row, now_ms) {
                tracing::warn!(%cause, "an access to a key bundle was not counted");
            }
            Ok(Some(bundle))
        })
        .await
    }

    async fn accesses(&self, id: BundleId) -> Result<Option<Accesses>, PrivateKeyError> {
        run(&self.lax, move |connection| {
            let Some(row) = find(connection, id)? else { return Ok(None) };
            let accesses = connection.query_row(
                "SELECT access_count, last_accessed_ms FROM bundle WHERE id = ?1",
                [row],
                |row| Ok(Accesses { count: row.get(0)?, last_ms: row.get(1)? }),
            )?;
            Ok(Some(accesses))
        })
        .await
    }

    async fn remove(&self, id: BundleId) -> Result<(), PrivateKeyError> {
        self.write(move |transaction| {
            if let Some(row) = find(transaction, id)? {
                transaction.execute("DELETE FROM bundle WHERE id = ?1", [row])?;
            }
            Ok(())
        })
        .await
    }

    async fn ping(&self) -> Result<(), PrivateKeyError> {
        run(&self.lax, |connection| Ok(connection.query_row("SELECT count(*) FROM bundle", [], |_| Ok(()))?)).await
    }
}

fn connect(path: &Path, synchronous: &str) -> Result<Connection, PrivateKeyError> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(connection)
}

async fn run<T: Send + 'static>(
    connection: &Arc<Mutex<Connection>>,
    work: impl FnOnce(&mut Connection) -> Result<T, PrivateKeyError> + Send + 'static,
) -> Result<T, PrivateKeyError> {
    let connection = Arc::clone(connection);
    tokio::task::spawn_blocking(move || {
        // A panic rolled its transaction back when it dropped it, so the connection is still good.
        let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut connection)
    })
    .await
    .map_err(|cause| PrivateKeyError::Unavailable(cause.to_string()))?
}

fn find(connection: &Connection, id: BundleId) -> Result<Option<i64>, PrivateKeyError> {
    let row = connection
        .prepare_cached("SELECT id FROM bundle WHERE owner_kind = ?1 AND owner = ?2 AND kind = ?3 AND version = ?4")?
        .query_row(params![id.owner.kind(), owner_text(id.owner), id.kind.name(), id.version], |row| row.get(0))
        .optional()?;
    Ok(row)
}

fn insert(transaction: &Transaction<'_>, owner: OwnerId, bundle: &Bundle, now_ms: u64) -> Result<(), PrivateKeyError> {
    let id = BundleId::of(owner, bundle);
    if let Some(row) = find(transaction, id)? {
        return if same(transaction, row, bundle)? { Ok(()) } else { Err(PrivateKeyError::Taken) };
    }
    transaction.execute(
        "INSERT INTO bundle (owner_kind, owner, kind, version, suite, algorithm, keys, created_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            owner.kind(),
            owner_text(owner),
            bundle.kind.name(),
            bundle.version,
            bundle.suite.id(),
            ALGORITHM,
            to_json(&bundle.keys)?,
            now_ms
        ],
    )?;
    let row = transaction.last_insert_rowid();
    bundle.locks.iter().try_for_each(|lock| insert_lock(transaction, row, owner, lock))
}

fn insert_lock(transaction: &Transaction<'_>, row: i64, owner: OwnerId, lock: &Lock) -> Result<(), PrivateKeyError> {
    transaction.execute(
        "INSERT INTO lock (bundle, holder, digest, lock) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        params![row, holder(owner, lock)?.to_string(), lock_digest(lock)?.to_string(), to_json(lock)?],
    )?;
    Ok(())
}

/// Whether the stored version has the same keys and, at least, these locks.
fn same(connection: &Connection, row: i64, bundle: &Bundle) -> Result<bool, PrivateKeyError> {
    let (suite, keys): (String, String) =
        connection
            .query_row("SELECT suite, keys FROM bundle WHERE id = ?1", [row], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if suite != bundle.suite.id() || from_json::<Vec<SealedKey>>(&keys)? != bundle.keys {
        return Ok(false);
    }
    for lock in &bundle.locks {
        let known: bool = connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM lock WHERE bundle = ?1 AND digest = ?2)",
            params![row, lock_digest(lock)?.to_string()],
            |row| row.get(0),
        )?;
        if !known {
            return Ok(false);
        }
    }
    Ok(true)
}

fn read(connection: &Connection, id: BundleId, reader: UserId) -> Result<Option<(i64, Bundle)>, PrivateKeyError> {
    let Some(row) = find(connection, id)? else { return Ok(None) };
    let locks = connection
        .prepare_cached("SELECT lock FROM lock WHERE bundle = ?1 AND holder = ?2 ORDER BY id DESC")?
        .query_map(params![row, reader.to_string()], |row| row.get::<_, String>(0))?
        .map(|text| from_json(&text?))
        .collect::<Result<Vec<Lock>, PrivateKeyError>>()?;
    if locks.is_empty() {
        return Ok(None);
    }
    let (suite, keys): (String, String) =
        connection
            .query_row("SELECT suite, keys FROM bundle WHERE id = ?1", [row], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let suite = Suite::parse(&suite).map_err(|cause| PrivateKeyError::Damaged(cause.to_string()))?;
    Ok(Some((row, Bundle { kind: id.kind, suite, version: id.version, keys: from_json(&keys)?, locks })))
}

fn count(connection: &Connection, row: i64, now_ms: u64) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("UPDATE bundle SET access_count = access_count + 1, last_accessed_ms = ?2 WHERE id = ?1")?
        .execute(params![row, now_ms])
}

fn owner_text(owner: OwnerId) -> String {
    match owner {
        OwnerId::User(user) => user.to_string(),
        OwnerId::Organization(organization) => organization.to_string(),
    }
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, PrivateKeyError> {
    serde_json::to_string(value).map_err(|cause| PrivateKeyError::Damaged(cause.to_string()))
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, PrivateKeyError> {
    serde_json::from_str(text).map_err(|cause| PrivateKeyError::Damaged(cause.to_string()))
}

impl From<rusqlite::Error> for PrivateKeyError {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        match error.sqlite_error() {
            Some(cause) if cause.code == ErrorCode::DiskFull => PrivateKeyError::Full(text),
            // A file-size limit or a quota shows as a failed write.
            Some(ffi::Error { extended_code: ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE, .. }) => {
                PrivateKeyError::Full(text)
            }
            Some(ffi::Error { code: ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, .. }) => {
                PrivateKeyError::Damaged(text)
            }
            _ => PrivateKeyError::Unavailable(text),
        }
    }
}
