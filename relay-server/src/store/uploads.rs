//! Uploads in progress, and the parts of those that became file versions.

use std::ops::Range;

use async_trait::async_trait;
use keyferry_protocol::{OrganizationId, UploadId, UserId};

use super::error::CommitError;
use super::registry::Read;

/// An upload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UploadRecord {
    /// The upload.
    pub upload: UploadId,
    /// Whose upload; nobody else may touch it.
    pub user: UserId,
    /// For which organization.
    pub organization: OrganizationId,
    /// How long it will be, once the client said so.
    pub length: Option<u64>,
    /// How much of it is durable.
    pub offset: u64,
    /// Whether it became a file version. Such an upload does not change and does not expire.
    pub claimed: bool,
    /// When it was made.
    pub created_at_ms: u64,
    /// When it may be swept, unless claimed.
    pub expires_at_ms: u64,
}

/// A stored part of an upload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartRecord {
    /// Where in the upload it begins.
    pub start: u64,
    /// How many bytes.
    pub length: u64,
    /// The object that holds them.
    pub object: String,
}

/// Keeps what is known of uploads. Every change is synced when it returns.
#[async_trait]
pub trait UploadLedger: Send + Sync {
    /// Writes a new upload down.
    async fn create_upload(&self, upload: UploadRecord) -> Result<(), CommitError>;

    /// An upload.
    async fn upload(&self, upload: UploadId) -> Read<Option<UploadRecord>>;

    /// Sets the length that was deferred. Conflicts when it has one, or is longer already.
    async fn set_upload_length(&self, upload: UploadId, length: u64) -> Result<(), CommitError>;

    /// Records stored parts that follow each other from offset `from`, and prolongs the upload's life.
    /// Conflicts when the upload stands elsewhere.
    async fn append_parts(
        &self,
        upload: UploadId,
        from: u64,
        parts: Vec<PartRecord>,
        expires_at_ms: u64,
    ) -> Result<(), CommitError>;

    /// The parts that hold `range`, in order.
    async fn upload_parts(&self, upload: UploadId, range: Range<u64>) -> Read<Vec<PartRecord>>;

    /// Forgets an upload that no version claimed, and gives the objects that may be deleted now. Conflicts when
    /// one did.
    async fn remove_upload(&self, upload: UploadId) -> Result<Vec<String>, CommitError>;

    /// Forgets what at most `limit` retired uploads hold, and gives the objects that may be deleted now. None when nothing
    /// was retired.
    async fn empty_retired(&self, limit: u32) -> Read<Option<Vec<String>>>;

    /// At most `limit` unclaimed uploads whose time is over.
    async fn expired_uploads(&self, now_ms: u64, limit: u32) -> Read<Vec<UploadId>>;
}
