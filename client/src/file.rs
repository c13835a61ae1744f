//! Files, as the flows show them.

use keyferry_protocol::{Digest, FileId, OrganizationId};

use crate::abort::Abort;
use crate::error::ClientError;
use crate::person::Person;
use crate::platform::{BufferOf, Platform, Source};
use crate::session::{Session, pending};

/// A file of a catalogue: what its author's statement says of the current version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileInfo {
    /// Its id.
    pub id: FileId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// The current version, from 1.
    pub version: u32,
    /// The label that may be browsed.
    pub label: String,
    /// Length of the ciphertext, in bytes.
    pub content_bytes: u64,
    /// Who uploaded it.
    pub author: Person,
    /// When, by the relay's clock, in milliseconds since 1970.
    pub created_at_ms: u64,
}

/// How far a transfer is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// What is going on.
    pub phase: Phase,
    /// Plaintext bytes done.
    pub bytes_done: u64,
    /// Of how many, if known.
    pub bytes_total: Option<u64>,
}

/// What a transfer is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Sealing the first part.
    Sealing,
    /// Sending, and sealing ahead.
    Uploading,
    /// Receiving and opening.
    Downloading,
    /// Signing what was uploaded.
    Finishing,
}

/// How a long call is watched and stopped.
#[derive(Clone, Default)]
pub struct Watch {
    /// Told how far it is.
    pub on_progress: Option<std::rc::Rc<dyn Fn(Progress)>>,
    /// Stops it.
    pub abort: Abort,
}

/// What is said of an upload.
#[derive(Clone, Debug, Default)]
pub struct UploadOptions {
    /// The label: public to the organization and the relay.
    pub label: String,
    /// The file's name: sealed.
    pub name: String,
    /// Its media type: sealed; empty when not known.
    pub media_type: String,
    /// When it was last modified, in milliseconds since 1970: sealed.
    pub modified_at_ms: Option<u64>,
}

/// What I can do with files.
pub struct Files<P: Platform> {
    pub(crate) session: Session<P>,
}

impl<P: Platform> Files<P> {
    /// Seals `source` while it uploads, wraps its key to the organization's vault, and signs it.
    ///
    /// # Errors
    /// `role_insufficient`, `key_unverified`, `key_changed`, `source_changed`, `network`, `aborted`.
    pub async fn upload<S: Source<Buffer = BufferOf<P>>>(
        &self,
        _organization: OrganizationId,
        _source: S,
        _options: UploadOptions,
        _watch: &Watch,
    ) -> Result<FileInfo, ClientError> {
        let _ = &self.session;
        Err(pending())
    }

    /// An organization's catalogue, every entry verified.
    ///
    /// # Errors
    /// `author_unsigned`, `context_mismatch`, `rollback`.
    pub async fn list(&self, _organization: OrganizationId) -> Result<Vec<FileInfo>, ClientError> {
        Err(pending())
    }

    /// Fetches the key of a file, verifies all that proves it, and opens the manifest.
    ///
    /// # Errors
    /// `grant_unsigned`, `grant_expired`, `grant_revoked`, `context_mismatch`, `author_unsigned`, `manifest_unsigned`,
    /// `unlock_failed`, `commitment_mismatch`, `not_found`.
    pub async fn open(&self, _file: FileId, _watch: &Watch) -> Result<OpenedFile<P>, ClientError> {
        Err(pending())
    }
}

/// A file whose key was opened.
pub struct OpenedFile<P: Platform> {
    /// Its name.
    pub name: String,
    /// Its media type; empty when not known.
    pub media_type: String,
    /// Its length, in bytes.
    pub size: u64,
    /// When it was last modified, in milliseconds since 1970.
    pub modified_at_ms: Option<u64>,
    /// SHA-256 of its plaintext.
    pub sha256: Digest,
    /// The published label.
    pub label: String,
    pub(crate) session: Session<P>,
}

impl<P: Platform> OpenedFile<P> {
    /// Reads the whole file in pieces, with constant memory.
    #[must_use]
    pub fn stream(&self, _watch: &Watch) -> ContentStream<P> {
        ContentStream { session: self.session.clone() }
    }

    /// Exactly the plaintext bytes from `start` to `end` (excluded), cut to the file's end.
    ///
    /// # Errors
    /// `content_corrupt`, `content_truncated`, `commitment_mismatch`.
    pub async fn slice(&self, _start: u64, _end: u64, _abort: &Abort) -> Result<BufferOf<P>, ClientError> {
        let _ = &self.session;
        Err(pending())
    }
}

/// A file being read. Every piece is authenticated; only the end says that it was all.
pub struct ContentStream<P: Platform> {
    session: Session<P>,
}

impl<P: Platform> ContentStream<P> {
    /// The next piece; `None` at the end, after length and SHA-256 were checked against the manifest.
    ///
    /// # Errors
    /// `content_corrupt`, `content_truncated`, `commitment_mismatch`, `network`, `aborted`.
    pub async fn next(&mut self) -> Result<Option<BufferOf<P>>, ClientError> {
        let _ = &self.session;
        Err(pending())
    }
}
