//! Uploading: sealing one part while another is in flight, then signing what was uploaded.

use std::cell::Cell;

use futures_util::lock::Mutex;
use keyferry_crypto::content::{ContentHeader, ContentSealer};
use keyferry_crypto::engine::CHUNK_BYTES;
use keyferry_crypto::manifest::{Manifest, seal_manifest};
use keyferry_crypto::wrap::wrap_dek;
use keyferry_crypto::{Dek, Engine as _};
use keyferry_protocol::context::content_context;
use keyferry_protocol::statement::{FileVersion, Wrap};
use keyferry_protocol::wire::file::{FileEntry, NewVersion};
use keyferry_protocol::{Code, Digest, FileId, OrganizationId, Role, UploadId, route};

use super::kept::Kept;
use super::plaintext::{Plaintext, Promised};
use super::seal::{Sealed, Sealing};
use super::transfer::{Transfer, TransferError, ciphertext_bytes, plaintext_about};
use super::watch::{Phase, Watch};
use super::{FileInfo, UploadOptions};
use crate::chain::Pen;
use crate::error::ClientError;
use crate::organization::KnownOrganization;
use crate::platform::{BufferOf, Platform, Request};
use crate::relay::{Patience, Submission};
use crate::session::Inner;
use crate::verify::dek_scope;

/// How often sealing begins anew, each time with a fresh key and salt.
const ATTEMPTS: u32 = 3;
/// Every file begins with version 1.
const FIRST_VERSION: u32 = 1;

/// Which version content is sealed as.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub organization: OrganizationId,
    pub file: FileId,
    pub version: u32,
}

/// One sealing of content: a fresh DEK, used for nothing else.
struct Attempt {
    dek: Dek,
    header: ContentHeader,
}

/// What an attempt led to.
pub(super) struct Uploaded {
    place: Place,
    attempt: Attempt,
    pub upload: UploadId,
    content_bytes: u64,
    pub sealed: Sealed,
    /// Whether a part of it was sealed by a page before: then the digest is of the rest only.
    pub resumed: bool,
}

/// An uploaded version's label and sealed manifest.
pub(super) struct Described {
    label: String,
    manifest: Vec<u8>,
}

impl Uploaded {
    pub fn dek(&self) -> &Dek {
        &self.attempt.dek
    }

    /// The version after another, with all that its content is opened by.
    pub fn version_after(&self, before: &FileVersion) -> FileVersion {
        let ContentHeader { salt, commitment } = self.attempt.header;
        let (version, content_bytes) = (self.place.version, self.content_bytes);
        FileVersion { version, salt, commitment: Digest(commitment), content_bytes, ..before.clone() }
    }
}

impl<P: Platform> Inner<P> {
    /// Uploads content as the first version of a new file.
    pub(super) async fn upload(
        &self,
        organization: OrganizationId,
        source: &mut dyn Plaintext<BufferOf<P>>,
        options: UploadOptions,
        watch: &Watch,
    ) -> Result<FileInfo, ClientError> {
        let begun = Cell::new(None);
        let uploading = self.upload_all(organization, source, options, watch, &begun);
        self.watched(Box::pin(uploading), watch, &begun, None).await
    }

    async fn upload_all(
        &self,
        organization: OrganizationId,
        source: &mut dyn Plaintext<BufferOf<P>>,
        options: UploadOptions,
        watch: &Watch,
        begun: &Cell<Option<UploadId>>,
    ) -> Result<FileInfo, ClientError> {
        let known = self.trusted_organization(organization).await?;
        self.my_membership(&known, Role::may_upload)?;
        known.vault_key()?;
        let mut file = [0; 16];
        self.platform.engine().fill_random(&mut file)?;
        let file = FileId::from_random(file);
        let place = Place { organization, file, version: FIRST_VERSION };
        let uploaded = self.upload_content(place, source, watch, begun, None).await?;
        let described = self.describe(&uploaded, options).await?;
        self.append(async |pen| {
            let (body, _) = self.sign_version(pen, &known, &uploaded, &described).await?;
            Submission::post(route::versions(file), &body)
        })
        .await?;
        let entry: FileEntry = self.relay.get(&route::file(file)).await?;
        self.file_info(&known, &entry).await
    }

    /// Seals and sends. Where what was sealed is lost on the way, everything begins anew under a fresh key.
    pub(super) async fn upload_content(
        &self,
        place: Place,
        source: &mut dyn Plaintext<BufferOf<P>>,
        watch: &Watch,
        begun: &Cell<Option<UploadId>>,
        kept: Option<&Kept<'_, P>>,
    ) -> Result<Uploaded, ClientError> {
        let mut attempts = 1;
        loop {
            match self.seal_and_send(place, source, watch, begun, kept).await {
                Ok(uploaded) => {
                    let bytes = uploaded.sealed.plaintext_bytes;
                    watch.tell(Phase::Finishing, bytes, Some(bytes));
                    return Ok(uploaded);
                }
                Err(TransferError::Failed(error)) => return Err(error),
                Err(TransferError::Lost(error)) => {
                    self.take_back(begun, kept).await?;
                    if attempts == ATTEMPTS || !source.rewind().await {
                        return Err(error);
                    }
                    attempts += 1;
                }
            }
        }
    }

    async fn seal_and_send(
        &self,
        place: Place,
        source: &mut dyn Plaintext<BufferOf<P>>,
        watch: &Watch,
        begun: &Cell<Option<UploadId>>,
        kept: Option<&Kept<'_, P>>,
    ) -> Result<Uploaded, TransferError> {
        let total = source.size();
        let resumed = kept.and_then(Kept::resumed);
        let (resumes, at) = (resumed.is_some(), resumed.as_ref().map_or(0, |(_, _, at)| *at));
        if !resumes {
            watch.tell(Phase::Sealing, 0, total);
        }
        let (attempt, sealer) = self.begin_attempt(place, resumed).await?;
        if let Some(kept) = kept.filter(|_| !resumes) {
            let Place { organization, file, version } = place;
            let mine = self.me.encryption_key();
            let wrapped = wrap_dek(self.platform.engine(), &mine, organization, file, version, &attempt.dek);
            kept.begin(wrapped.await.map_err(ClientError::from)?, &attempt.header);
        }
        let transfer = Transfer::new(self, watch, place.organization, total, kept, begun);
        let mut sealing = Sealing::begin(self.platform.engine(), source, sealer, at).await?;
        if let Some(total) = total.filter(|total| ciphertext_bytes(*total).is_ok_and(|end| at == end)) {
            sealing = sealing.ended(total);
        }
        let sealing = Mutex::new(sealing);
        transfer.send_all(&sealing).await?;
        let sealed = sealing.into_inner().finish().await?;
        let (upload, content_bytes) = (transfer.id(), transfer.acknowledged());
        Ok(Uploaded { place, attempt, upload, content_bytes, sealed, resumed: resumes })
    }

    async fn begin_attempt(
        &self,
        place: Place,
        resumed: Option<(Dek, [u8; 24], u64)>,
    ) -> Result<(Attempt, ContentSealer<P::Engine>), ClientError> {
        let engine = self.platform.engine();
        let context = content_context(place.organization, place.file, place.version);
        let (dek, salt, at) = match resumed {
            Some(resumed) => resumed,
            None => {
                let mut salt = [0; 24];
                engine.fill_random(&mut salt)?;
                (Dek::generate(engine)?, salt, 0)
            }
        };
        let chunks = plaintext_about(at) / CHUNK_BYTES as u64;
        let sealer = ContentSealer::resume(engine, &dek, &context, salt, chunks).await?;
        let header = sealer.header();
        Ok((Attempt { dek, header }, sealer))
    }

    /// Seals what is said of an uploaded version.
    pub(super) async fn describe(
        &self,
        uploaded: &Uploaded,
        options: UploadOptions,
    ) -> Result<Described, ClientError> {
        let Place { organization, file, version } = uploaded.place;
        let manifest = Manifest {
            name: options.name,
            media_type: options.media_type,
            plaintext_bytes: uploaded.sealed.plaintext_bytes,
            modified_at_ms: options.modified_at_ms,
            sha256: uploaded.sealed.sha256,
            label: options.label,
        };
        let engine = self.platform.engine();
        let sealed = seal_manifest(engine, uploaded.dek(), organization, file, version, &manifest).await?;
        Ok(Described { label: manifest.label, manifest: sealed })
    }

    /// Signs the file version and the wrap of its DEK for the vault.
    pub(super) async fn sign_version(
        &self,
        pen: &mut Pen<'_, P>,
        known: &KnownOrganization,
        uploaded: &Uploaded,
        described: &Described,
    ) -> Result<(NewVersion, FileVersion), ClientError> {
        let Place { organization, file, version } = uploaded.place;
        let vault = known.vault_key()?;
        let engine = self.platform.engine();
        let wrapped = wrap_dek(engine, &vault, organization, file, version, uploaded.dek()).await?;
        let version = self.file_version(known, uploaded, described)?;
        let wrap = Wrap {
            scope: dek_scope(&version),
            recipient: known.owner_id(),
            recipient_key: vault.id(),
            commitment: version.commitment,
            wrapped: Digest::of(&wrapped),
            grant: None,
        };
        let body = NewVersion {
            organization,
            upload: uploaded.upload,
            statement: pen.sign(version.clone()).await?.bytes,
            manifest: described.manifest.clone().into(),
            wrapped_dek: wrapped.into(),
            wrap: pen.sign(wrap).await?.bytes,
        };
        Ok((body, version))
    }

    fn file_version(
        &self,
        known: &KnownOrganization,
        uploaded: &Uploaded,
        described: &Described,
    ) -> Result<FileVersion, ClientError> {
        let Place { organization, file, version } = uploaded.place;
        let ContentHeader { salt, commitment } = uploaded.attempt.header;
        Ok(FileVersion {
            organization,
            file,
            version,
            label: described.label.clone(),
            salt,
            commitment: Digest(commitment),
            content_bytes: uploaded.content_bytes,
            manifest: Digest::of(&described.manifest),
            membership: self.my_membership(known, Role::may_upload)?,
        })
    }

    /// Runs a flow that begins an upload, and takes back what a failure or a stop left behind at the relay. What is kept stays kept
    /// where the relay was out of reach: the flow can go on later.
    pub(super) async fn watched(
        &self,
        flow: Promised<'_, Result<FileInfo, ClientError>>,
        watch: &Watch,
        begun: &Cell<Option<UploadId>>,
        kept: Option<&Kept<'_, P>>,
    ) -> Result<FileInfo, ClientError> {
        let result = watch.abort.race(flow).await;
        if let Err(error) = &result {
            let ended = [Code::SessionInvalid, Code::SessionExpired].contains(&error.code);
            let later = error.is_transient() || ended;
            if begun.get().is_some() && !(later && kept.is_some_and(Kept::holds)) {
                self.take_back(begun, kept).await?;
            }
        }
        result
    }

    /// Ends the upload that was begun, and drops what is kept of it; unless it is another page's meanwhile.
    async fn take_back(
        &self,
        begun: &Cell<Option<UploadId>>,
        kept: Option<&Kept<'_, P>>,
    ) -> Result<(), ClientError> {
        let upload = begun.take();
        if let Some(kept) = kept {
            kept.forget().await?;
        }
        if let Some(upload) = upload {
            self.discard(upload).await;
        }
        Ok(())
    }

    /// Takes an upload back. The relay collects what is left behind, so a failure changes nothing.
    async fn discard(&self, upload: UploadId) {
        let path = route::upload(upload);
        let headers = [("tus-resumable", "1.0.0")];
        let request = Request { headers: &headers, ..self.relay.request("DELETE", &path) };
        let mut patience = Patience::short();
        while let Err(error) = self.relay.send(request).await {
            // What was on its way may still be written down.
            let error = if error.code == Code::UploadOffset { error.with_code(Code::Network) } else { error };
            if patience.after(&*self.platform, error).await.is_err() {
                break;
            }
        }
    }
}
