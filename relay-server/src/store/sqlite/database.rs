//! One SQLite file: a writer, a few readers, never on the async threads.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, ffi};
use tokio::sync::{Mutex, Semaphore};

use crate::store::error::StoreError;

const READERS: usize = 4;
const BUSY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

/// A database in WAL mode with full synchronization: what was committed survives a power cut.
#[derive(Clone)]
pub struct Database {
    writer: Arc<Mutex<Connection>>,
    readers: Arc<Readers>,
}

struct Readers {
    path: PathBuf,
    permits: Semaphore,
    idle: std::sync::Mutex<Vec<Connection>>,
}

impl Database {
    /// Opens `path`, creating it, and applies the migrations that `user_version` does not count yet.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be opened or is newer than this program.
    pub fn open(path: &Path, migrations: &[&str]) -> Result<Self, StoreError> {
        let mut writer = connect(path, OpenFlags::default())?;
        writer.pragma_update(None, "journal_mode", "WAL")?;
        writer.pragma_update(None, "synchronous", "FULL")?;
        migrate(&mut writer, migrations)?;
        let readers = Readers {
            path: path.to_owned(),
            permits: Semaphore::new(READERS),
            idle: std::sync::Mutex::default(),
        };
        Ok(Database { writer: Arc::new(Mutex::new(writer)), readers: Arc::new(readers) })
    }

    /// Runs `work` on a reader, in a thread that may block.
    ///
    /// # Errors
    /// Whatever `work` fails with, or [`StoreError`] when no reader can be opened.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let readers = Arc::clone(&self.readers);
        let _permit = self.readers.permits.acquire().await.map_err(|_| closed())?;
        blocking(move || {
            let connection = readers.take()?;
            let result = work(&connection);
            readers.give_back(connection);
            result
        })
        .await
    }

    /// Runs `work` in one transaction on the writer; an error rolls it back.
    ///
    /// # Errors
    /// Whatever `work` fails with, or [`StoreError`] when the transaction does not commit.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let mut writer = Arc::clone(&self.writer).lock_owned().await;
        blocking(move || {
            let transaction =
                writer.transaction_with_behavior(TransactionBehavior::Immediate).map_err(StoreError::from)?;
            let result = work(&transaction)?;
            transaction.commit().map_err(StoreError::from)?;
            Ok(result)
        })
        .await
    }

    /// Folds the write-ahead log into the database, waits for readers, and cuts it to nothing.
    ///
    /// # Errors
    /// [`StoreError`] when a reader, perhaps of another process, did not end in time.
    pub async fn truncate_journal(&self) -> Result<(), StoreError> {
        let writer = Arc::clone(&self.writer).lock_owned().await;
        blocking(move || {
            let busy: bool = writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
            if busy { Err(StoreError::Unavailable("a reader holds the journal".to_owned())) } else { Ok(()) }
        })
        .await
    }
}

impl Readers {
    fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.lock().pop();
        idle.map_or_else(|| connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY), Ok)
    }

    fn give_back(&self, connection: Connection) {
        self.lock().push(connection);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // The list is whole even if a holder panicked: push and pop do not stop half-way.
        self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

async fn blocking<T, E, F>(work: F) -> Result<T, E>
where
    F: FnOnce() -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(closed().into()))
}

fn closed() -> StoreError {
    StoreError::Broken("a database thread ended".to_owned())
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    // What is deleted (a revoked wrap) is overwritten, not only unlinked.
    connection.pragma_update(None, "secure_delete", "ON")?;
    Ok(connection)
}

fn migrate(connection: &mut Connection, migrations: &[&str]) -> Result<(), StoreError> {
    let done: usize = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if done > migrations.len() {
        return Err(StoreError::Broken(
            "the database was written by a newer version of this program".to_owned(),
        ));
    }
    for (number, migration) in migrations.iter().enumerate().skip(done) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", number + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        // A file-size limit or a quota shows as a failed write.
        let extended = error.sqlite_error().map(|cause| cause.extended_code);
        if matches!(extended, Some(ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE)) {
            return StoreError::Full;
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full,
            Some(
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly,
            ) => StoreError::Unavailable(error.to_string()),
            _ => StoreError::Broken(error.to_string()),
        }
    }
}
