//! Files, as the flows show them.

mod kept;
mod open;
mod plaintext;
mod rekey;
mod seal;
mod stream;
mod transfer;
mod upload;
mod watch;

use keyferry_protocol::statement::FileVersion;
use keyferry_protocol::wire::file::FileEntry;
use keyferry_protocol::{FileId, OrganizationId, route};

use crate::error::ClientError;
use crate::organization::KnownOrganization;
use crate::person::Person;
use crate::platform::{BufferOf, Platform, Source};
use crate::session::{Inner, Session};
use crate::verify::check_file;
use plaintext::Given;

pub use open::OpenedFile;
pub use stream::ContentStream;
pub use watch::{Phase, Progress, Watch};

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
    /// `role_insufficient`, `key_unverified`, `key_changed`, `source_changed`, `network`, `aborted`; `upload_offset`
    /// and `upload_gone` when the relay lost what it had and the source cannot be read again.
    pub async fn upload<S: Source<Buffer = BufferOf<P>>>(
        &self,
        organization: OrganizationId,
        source: S,
        options: UploadOptions,
        watch: &Watch,
    ) -> Result<FileInfo, ClientError> {
        self.session.inner.upload(organization, &mut Given(source), options, watch).await
    }

    /// Seals a file again under another key, as its next version, wraps that key to those who may read it still, and has
    /// the relay swap it in at once; what opened the version before is deleted. For those who hold the vault.
    ///
    /// # Errors
    /// Before anything is sealed: `role_insufficient`, what opening the file finds, `key_unverified` and `key_changed` for a
    /// reader. Then as [`Files::upload`]; `content_corrupt`; `already_exists` and `version_replaced` when somebody else
    /// was faster. Whatever fails, the version before stays.
    pub async fn rekey(&self, file: FileId, watch: &Watch) -> Result<FileInfo, ClientError> {
        self.session.rekey_file(file, watch).await
    }

    /// Whether a re-key of a file ended with its page on this device: [`Files::rekey`] goes on with it.
    ///
    /// # Errors
    /// `platform_unsupported`.
    pub async fn rekey_interrupted(&self, file: FileId) -> Result<bool, ClientError> {
        self.session.inner.keeps_rekey(file).await
    }

    /// An organization's catalogue, every entry verified.
    ///
    /// # Errors
    /// `author_unsigned`, `context_mismatch`, `rollback`.
    pub async fn list(&self, organization: OrganizationId) -> Result<Vec<FileInfo>, ClientError> {
        let inner = &self.session.inner;
        let known = inner.organization(organization).await?;
        let entries: Vec<FileEntry> = inner.relay.get(&route::files(organization)).await?;
        let mut files = Vec::with_capacity(entries.len());
        for entry in &entries {
            files.push(inner.file_info(&known, entry).await?);
        }
        Ok(files)
    }

    /// Fetches the key of a file, verifies all that proves it, and opens the manifest.
    ///
    /// # Errors
    /// `grant_unsigned`, `grant_expired`, `grant_revoked`, `context_mismatch`, `author_unsigned`, `manifest_unsigned`,
    /// `unlock_failed`, `commitment_mismatch`, `key_unverified`, `not_found`.
    pub async fn open(&self, file: FileId, watch: &Watch) -> Result<OpenedFile<P>, ClientError> {
        watch.abort.race(self.session.open_file(file)).await
    }

    /// Erases a file with every version, request and grant; for owners of its organization.
    ///
    /// # Errors
    /// `role_insufficient`, `not_found`.
    pub async fn erase(&self, file: FileId) -> Result<(), ClientError> {
        self.session.inner.relay.delete(&route::file(file)).await
    }
}

impl<P: Platform> Inner<P> {
    /// A served entry of a file's current version, as its author's statement proves it.
    pub(crate) async fn file_info(
        &self,
        known: &KnownOrganization,
        entry: &FileEntry,
    ) -> Result<FileInfo, ClientError> {
        let version = check_file(known, entry)?.statement.body;
        self.memory.update(|memory| memory.see_version(version.file, version.version)).await?;
        Ok(self.show_file(version, entry))
    }

    /// A verified version, current or not, for people to see.
    pub(crate) fn show_file(&self, version: FileVersion, entry: &FileEntry) -> FileInfo {
        FileInfo {
            id: version.file,
            organization: version.organization,
            version: version.version,
            label: version.label,
            content_bytes: version.content_bytes,
            author: self.person(&entry.author),
            created_at_ms: entry.created_at_ms,
        }
    }
}
