//! Ciphertext: immutable objects, written once, read by ranges, deleted.
//!
//! An upload is a list of parts, one object each. The registry records a part after its object is stored and
//! synced, so a crash leaves at most objects that nothing points to; they are found by [`ContentStore::list`].

mod local;
mod part_reader;
mod part_writer;

use std::future::ready;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use keyferry_protocol::UploadId;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Location;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::error::StoreError;

pub use part_writer::PartWriter;

/// S3 takes no smaller chunks of an object than this (but the last).
const REMOTE_CHUNK_BYTES: usize = 5 * 1024 * 1024;
/// Locally a chunk goes to the disk as soon as it is worth a call.
const LOCAL_CHUNK_BYTES: usize = 1024 * 1024;

/// Says that this is the folder. Without it another file system is mounted there, or none: what was stored is elsewhere,
/// and what would be stored would be lost with the next mount.
const MARK: &str = "keyferry-content";
/// Written and deleted to see whether anything can be.
const PROBE: &str = "keyferry-probe";

/// The ciphertext of every upload.
#[derive(Clone)]
pub struct ContentStore {
    objects: Arc<dyn ObjectStore>,
    chunk_bytes: usize,
    /// Whether [`MARK`] must be there.
    marked: bool,
}

/// How a folder is opened: [`ContentStore::in_folder`] or [`ContentStore::beside`].
pub type Opener = fn(&Path) -> Result<ContentStore, StoreError>;

/// An object that was stored some time ago.
pub struct StoredObject {
    /// Its name.
    pub name: String,
    /// The upload it was made for; none for a name this program does not give.
    pub upload: Option<UploadId>,
    /// When it was stored, in milliseconds since 1970 by the back end's clock.
    pub stored_at_ms: u64,
}

impl ContentStore {
    /// Files below `folder`, which is made and marked. Files and folders are synced before a write returns.
    ///
    /// Call it before any upload begins: what a crash left half-written is removed.
    ///
    /// # Errors
    /// [`StoreError`] when the folder cannot be made or read.
    pub fn in_folder(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|cause| io_error(&cause))?;
        local::remove_staged(folder).map_err(|cause| io_error(&cause))?;
        Self::beside(folder)
    }

    /// The same files while another process may be writing them: nothing is removed.
    ///
    /// # Errors
    /// [`StoreError`] when the folder cannot be made or read.
    pub fn beside(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|cause| io_error(&cause))?;
        if !folder.join(MARK).exists() {
            std::fs::write(folder.join(MARK), []).map_err(|cause| io_error(&cause))?;
        }
        let objects = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true).with_automatic_cleanup(true);
        Ok(ContentStore { objects: Arc::new(objects), chunk_bytes: LOCAL_CHUNK_BYTES, marked: true })
    }

    /// The store that an operator's URL names: `file:///folder`, opened by `open`.
    ///
    /// # Errors
    /// [`StoreError`] for any other URL: S3 is not built in yet. The URL may hold a secret and is not repeated.
    pub fn at_url(url: &str, open: Opener) -> Result<Self, StoreError> {
        match url.strip_prefix("file://").map(Path::new).filter(|folder| folder.is_absolute()) {
            Some(folder) => open(folder),
            None => {
                Err(StoreError::Unavailable("--content-url takes file:///folder in this build".to_owned()))
            }
        }
    }

    /// A store elsewhere. It must be durable when a write returns, as S3 is.
    #[must_use]
    pub fn on(objects: Arc<dyn ObjectStore>) -> Self {
        ContentStore { objects, chunk_bytes: REMOTE_CHUNK_BYTES, marked: false }
    }

    /// A name for the part of `upload` that begins at `start`; `unique` keeps a retry from meeting its
    /// predecessor, since objects are immutable.
    #[must_use]
    pub fn part_name(upload: UploadId, start: u64, unique: [u8; 8]) -> String {
        format!("{upload}/{start:016x}-{:016x}", u64::from_be_bytes(unique))
    }

    /// Whether it takes and gives: it is the right folder, and an object can be written.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.present().await?;
        let probe = Location::from(PROBE);
        self.objects.put(&probe, PROBE.into()).await?;
        match self.objects.delete(&probe).await {
            // Somebody else asked at the same time.
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(cause) => Err(cause.into()),
        }
    }

    /// Whether it is the right folder, without trying to write.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn present(&self) -> Result<(), StoreError> {
        if !self.marked {
            return Ok(());
        }
        match self.objects.head(&Location::from(MARK)).await {
            Ok(_) => Ok(()),
            Err(object_store::Error::NotFound { .. }) => {
                Err(StoreError::Unavailable(format!("the content folder is gone: it has no {MARK}")))
            }
            Err(cause) => Err(cause.into()),
        }
    }

    /// Begins to write an object. Nothing can be read of it before [`PartWriter::finish`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn write(&self, name: String) -> Result<PartWriter, StoreError> {
        self.present().await?;
        PartWriter::begin(Arc::clone(&self.objects), name, self.chunk_bytes).await
    }

    /// Streams `range` of an object in pieces, never all at once.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Broken`] when the object is missing or too short.
    pub async fn read(
        &self,
        name: &str,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
        part_reader::read(&*self.objects, name, range).await
    }

    /// Deletes objects. Absent ones are fine.
    ///
    /// # Errors
    /// [`StoreError`] of the first that could not be deleted; the others were tried.
    pub async fn delete(&self, names: &[String]) -> Result<(), StoreError> {
        let mut outcome = Ok(());
        for name in names {
            match self.objects.delete(&Location::from(name.as_str())).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(cause) => outcome = outcome.and(Err(cause.into())),
            }
        }
        outcome
    }

    /// Every object that is stored for an upload, or by nobody known.
    pub fn list(&self) -> BoxStream<'static, Result<StoredObject, StoreError>> {
        let own = |name: &str| name == MARK || name == PROBE;
        let found = self.objects.list(None).try_filter(move |object| ready(!own(object.location.as_ref())));
        let found = found.map_ok(|object| {
            let name = object.location.to_string();
            let upload = name.split_once('/').and_then(|(upload, _)| UploadId::parse(upload).ok());
            let stored_at_ms = u64::try_from(object.last_modified.timestamp_millis()).unwrap_or(0);
            StoredObject { name, upload, stored_at_ms }
        });
        found.map_err(StoreError::from).boxed()
    }
}

impl From<object_store::Error> for StoreError {
    fn from(error: object_store::Error) -> Self {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(link) = cause {
            if let Some(io) = link.downcast_ref::<std::io::Error>() {
                return io_error(io);
            }
            cause = link.source();
        }
        match error {
            object_store::Error::NotFound { .. } => {
                StoreError::Broken("a stored object is missing".to_owned())
            }
            error => StoreError::Unavailable(error.to_string()),
        }
    }
}

/// A full disk, a quota or a file-size limit is full; a missing file is a defect; anything else may pass.
fn io_error(error: &std::io::Error) -> StoreError {
    use std::io::ErrorKind::{FileTooLarge, NotFound, QuotaExceeded, StorageFull, UnexpectedEof};
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => StoreError::Full,
        NotFound | UnexpectedEof => StoreError::Broken("a stored object is missing or too short".to_owned()),
        _ => StoreError::Unavailable(error.to_string()),
    }
}
