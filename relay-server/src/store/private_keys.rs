//! Locked key bundles, as immutable documents.

use async_trait::async_trait;
use keyferry_protocol::OwnerId;
use keyferry_protocol::wire::bundle::Bundle;

use super::error::StoreError;

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

/// Keeps locked key bundles.
#[async_trait]
pub trait PrivateKeyStore: Send + Sync {
    /// Writes a new document and returns when it is synced. Writing the same id twice is an error.
    ///
    /// # Errors
    /// [`StoreError`]; an orphan may be left, which nothing points to.
    async fn put(&self, document: &BundleDocument) -> Result<(), StoreError>;

    /// Reads a document and counts the access (the counter may lag).
    ///
    /// # Errors
    /// [`StoreError`].
    async fn get(&self, id: DocumentId) -> Result<Option<BundleDocument>, StoreError>;

    /// Whether the store answers.
    ///
    /// # Errors
    /// [`StoreError`] when it does not.
    async fn ready(&self) -> Result<(), StoreError>;
}
