//! Locked key bundles, as immutable documents. Nothing in them can be opened by the relay.
//!
//! A change of keys or locks writes a new document, durably; then one registry transaction points to it. Should
//! that transaction fail, an orphan is left that nobody is served. Nothing here has to commit with the registry.

mod document;
mod mongodb;
mod sqlite;

use async_trait::async_trait;
use keyferry_protocol::wire::bundle::{Bundle, Lock};
use keyferry_protocol::{OwnerId, UserId};

use super::error::StoreError;

pub use mongodb::MongoPrivateKeys;
pub use sqlite::SqlitePrivateKeys;

/// The id of a stored document: 16 random bytes. The registry's `current_bundle` points to it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DocumentId(pub [u8; 16]);

/// One immutable state of a bundle. A change of locks writes a new document with the same bundle version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BundleDocument {
    /// Its id.
    pub id: DocumentId,
    /// Whose bundle.
    pub owner: OwnerId,
    /// The bundle with all its locks.
    pub bundle: Bundle,
    /// When it was written, in milliseconds since 1970.
    pub created_at_ms: u64,
}

/// How often a document was served. May lag behind after a crash.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Accesses {
    /// How often.
    pub count: u64,
    /// The last time, in milliseconds since 1970.
    pub last_ms: Option<u64>,
}

/// Keeps locked key bundles.
#[async_trait]
pub trait PrivateKeyStore: Send + Sync {
    /// Writes a new document and returns when it is synced. Writing the same id twice is an error.
    ///
    /// # Errors
    /// [`StoreError`]; an orphan may be left, which nothing points to.
    async fn put(&self, document: &BundleDocument) -> Result<(), StoreError>;

    /// Reads a whole document, to make the next one of it. To serve one to a person there is [`Self::serve`].
    ///
    /// # Errors
    /// [`StoreError`].
    async fn get(&self, id: DocumentId) -> Result<Option<BundleDocument>, StoreError>;

    /// Reads the bundle with the locks of `reader` alone. `None` without the document or without a lock: who holds none
    /// learns not even the ciphertext. Who serves it has the access counted.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn serve(&self, id: DocumentId, reader: UserId) -> Result<Option<Bundle>, StoreError> {
        Ok(self.get(id).await?.and_then(|document| document.for_reader(reader)))
    }

    /// Counts one access to the document. Absent is fine.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn count(&self, id: DocumentId, now_ms: u64) -> Result<(), StoreError>;

    /// How often the document was served; `None` without it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn accesses(&self, id: DocumentId) -> Result<Option<Accesses>, StoreError>;

    /// Removes a document the registry no longer points to, or never did. Absent is fine.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn remove(&self, id: DocumentId) -> Result<(), StoreError>;

    /// Removes every document of an owner, orphans too, for good.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn erase(&self, owner: OwnerId) -> Result<(), StoreError>;

    /// Overwrites what removed documents left outside the store's own reach, where it can.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn scrub(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// [`StoreError`] when it does not.
    async fn ready(&self) -> Result<(), StoreError>;
}

impl BundleDocument {
    /// The bundle with the locks of `reader` alone; `None` when there is none.
    #[must_use]
    pub fn for_reader(mut self, reader: UserId) -> Option<Bundle> {
        let owner = self.owner;
        self.bundle.locks.retain(|lock| holder(owner, lock) == Some(reader));
        (!self.bundle.locks.is_empty()).then_some(self.bundle)
    }
}

/// Whose lock it is: the named member's, or for a passphrase, a recovery code or a passkey the owner's. An organization has none of
/// these.
fn holder(owner: OwnerId, lock: &Lock) -> Option<UserId> {
    match (lock, owner) {
        (Lock::Member { user, .. }, _) => Some(*user),
        (_, OwnerId::User(user)) => Some(user),
        (_, OwnerId::Organization(_)) => None,
    }
}
