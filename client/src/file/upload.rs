//! Uploading: sealing one part while another is in flight, then signing what was uploaded.

use std::cell::Cell;

use futures_util::lock::Mutex;
use keyferry_crypto::content::{ContentHeader, ContentSealer};
use keyferry_crypto::manifest::{Manifest, seal_manifest};
use keyferry_crypto::wrap::wrap_dek;
use keyferry_crypto::{Dek, Engine as _};
use keyferry_protocol::context::content_context;
use keyferry_protocol::statement::{FileVersion, Wrap};
use keyferry_protocol::wire::file::{FileEntry, NewVersion};
use keyferry_protocol::{Digest, EncryptionKey, FileId, OrganizationId, Role, UploadId, route};

use super::seal::{Sealed, Sealing};
use super::transfer::{Transfer, TransferError};
use super::watch::{Phase, Watch};
use super::{FileInfo, UploadOptions};
use crate::error::ClientError;
use crate::organization::KnownOrganization;
use crate::platform::{BufferOf, Platform, Request, Source};
use crate::relay::Submission;
use crate::session::Inner;
use crate::verify::dek_scope;

/// How often an upload begins anew, each time with a fresh file id, key and salt.
const ATTEMPTS: u32 = 3;
/// Every file begins with version 1.
const FIRST_VERSION: u32 = 1;

/// One sealing of a source: a fresh DEK, used for nothing else.
struct Attempt {
    organization: OrganizationId,
    file: FileId,
    dek: Dek,
    header: ContentHeader,
}

/// What an attempt led to.
struct Uploaded {
    attempt: Attempt,
    upload: UploadId,
    content_bytes: u64,
    sealed: Sealed,
}

impl<P: Platform> Inner<P> {
    /// Uploads, and takes back what a failure or a stop left behind at the relay.
    pub(super) async fn upload<S: Source<Buffer = BufferOf<P>>>(
        &self,
        organization: OrganizationId,
        mut source: S,
        options: UploadOptions,
        watch: &Watch,
    ) -> Result<FileInfo, ClientError> {
        let begun = Cell::new(None);
        let result =
            watch.abort.race(self.upload_all(organization, &mut source, options, watch, &begun)).await;
        if let (Err(_), Some(upload)) = (&result, begun.get()) {
            self.discard(upload).await;
        }
        result
    }

    async fn upload_all<S: Source<Buffer = BufferOf<P>>>(
        &self,
        organization: OrganizationId,
        source: &mut S,
        options: UploadOptions,
        watch: &Watch,
        begun: &Cell<Option<UploadId>>,
    ) -> Result<FileInfo, ClientError> {
        let known = self.trusted_organization(organization).await?;
        self.my_membership(&known, Role::may_upload)?;
        let vault = known.vault_key()?;
        let uploaded = self.upload_content(organization, source, watch, begun).await?;
        watch.tell(Phase::Finishing, uploaded.sealed.plaintext_bytes, Some(uploaded.sealed.plaintext_bytes));
        self.complete(&known, &vault, &uploaded, options).await?;
        let entry: FileEntry = self.relay.get(&route::file(uploaded.attempt.file)).await?;
        self.file_info(&known, &entry).await
    }

    /// Seals and sends. Where what was sealed is lost on the way, everything begins anew under a fresh key.
    async fn upload_content<S: Source<Buffer = BufferOf<P>>>(
        &self,
        organization: OrganizationId,
        source: &mut S,
        watch: &Watch,
        begun: &Cell<Option<UploadId>>,
    ) -> Result<Uploaded, ClientError> {
        let mut attempts = 1;
        loop {
            match self.seal_and_send(organization, source, watch, begun).await {
                Ok(uploaded) => return Ok(uploaded),
                Err(TransferError::Failed(error)) => return Err(error),
                Err(TransferError::Lost(error)) => {
                    if let Some(upload) = begun.take() {
                        self.discard(upload).await;
                    }
                    if attempts == ATTEMPTS || !source.rewind().await {
                        return Err(error);
                    }
                    attempts += 1;
                }
            }
        }
    }

    async fn seal_and_send<S: Source<Buffer = BufferOf<P>>>(
        &self,
        organization: OrganizationId,
        source: &mut S,
        watch: &Watch,
        begun: &Cell<Option<UploadId>>,
    ) -> Result<Uploaded, TransferError> {
        let total = source.size();
        watch.tell(Phase::Sealing, 0, total);
        let (attempt, sealer) = self.begin_attempt(organization).await?;
        let transfer = Transfer::new(self, watch, organization, total, begun);
        let sealing = Mutex::new(Sealing::begin(self.platform.engine(), source, sealer).await?);
        transfer.send_all(&sealing).await?;
        let sealed = sealing.into_inner().finish().await?;
        Ok(Uploaded { attempt, upload: transfer.id(), content_bytes: transfer.acknowledged(), sealed })
    }

    async fn begin_attempt(
        &self,
        organization: OrganizationId,
    ) -> Result<(Attempt, ContentSealer<P::Engine>), ClientError> {
        let engine = self.platform.engine();
        let mut file = [0; 16];
        engine.fill_random(&mut file)?;
        let file = FileId::from_random(file);
        let dek = Dek::generate(engine)?;
        let context = content_context(organization, file, FIRST_VERSION);
        let sealer = ContentSealer::begin(engine, &dek, &context).await?;
        let header = sealer.header();
        Ok((Attempt { organization, file, dek, header }, sealer))
    }

    /// Signs the file version and the wrap of its DEK, and turns the upload into a file.
    async fn complete(
        &self,
        known: &KnownOrganization,
        vault: &EncryptionKey,
        uploaded: &Uploaded,
        options: UploadOptions,
    ) -> Result<(), ClientError> {
        let engine = self.platform.engine();
        let Attempt { organization, file, dek, .. } = &uploaded.attempt;
        let manifest = Manifest {
            name: options.name,
            media_type: options.media_type,
            plaintext_bytes: uploaded.sealed.plaintext_bytes,
            modified_at_ms: options.modified_at_ms,
            sha256: uploaded.sealed.sha256,
            label: options.label,
        };
        let sealed = seal_manifest(engine, dek, *organization, *file, FIRST_VERSION, &manifest).await?;
        let wrapped = wrap_dek(engine, vault, *organization, *file, FIRST_VERSION, dek).await?;
        self.append(async |pen| {
            let version = self.file_version(known, uploaded, &manifest.label, &sealed)?;
            let wrap = Wrap {
                scope: dek_scope(&version),
                recipient: known.owner_id(),
                recipient_key: vault.id(),
                commitment: version.commitment,
                wrapped: Digest::of(&wrapped),
                grant: None,
            };
            let body = NewVersion {
                organization: *organization,
                upload: uploaded.upload,
                statement: pen.sign(version).await?.bytes,
                manifest: sealed.clone().into(),
                wrapped_dek: wrapped.clone().into(),
                wrap: pen.sign(wrap).await?.bytes,
            };
            Submission::post(route::versions(*file), &body)
        })
        .await
    }

    fn file_version(
        &self,
        known: &KnownOrganization,
        uploaded: &Uploaded,
        label: &str,
        manifest: &[u8],
    ) -> Result<FileVersion, ClientError> {
        let Attempt { organization, file, header, .. } = &uploaded.attempt;
        Ok(FileVersion {
            organization: *organization,
            file: *file,
            version: FIRST_VERSION,
            label: label.into(),
            salt: header.salt,
            commitment: Digest(header.commitment),
            content_bytes: uploaded.content_bytes,
            manifest: Digest::of(manifest),
            membership: self.my_membership(known, Role::may_upload)?,
        })
    }

    /// Takes an upload back. The relay collects what is left behind, so a failure changes nothing.
    async fn discard(&self, upload: UploadId) {
        let path = route::upload(upload);
        let headers = [("tus-resumable", "1.0.0")];
        let request = Request { headers: &headers, ..self.relay.request("DELETE", &path) };
        let _ = self.relay.send(request).await;
    }
}
