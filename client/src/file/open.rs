//! Opening a file: everything that proves its key is checked before the key is unwrapped.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::try_join;
use keyferry_crypto::content::{ContentHeader, ContentReader, UnprovenReader, plaintext_bytes};
use keyferry_crypto::manifest::{Manifest, open_manifest};
use keyferry_crypto::wrap::unwrap_dek;
use keyferry_crypto::{DecryptionKey, Dek};
use keyferry_protocol::context::content_context;
use keyferry_protocol::statement::FileVersion;
use keyferry_protocol::wire::file::{FileEntry, WrappedDek};
use keyferry_protocol::{Code, Digest, FileId, GrantId, Role, Verified, route};

use super::stream::ContentStream;
use super::watch::Watch;
use crate::abort::Abort;
use crate::error::ClientError;
use crate::organization::KnownOrganization;
use crate::platform::{BufferOf, Platform};
use crate::session::{Inner, Session};
use crate::verify::{
    Reader, WrapExpectation, Wrapper, check_asked, check_file, check_grant_wrapper, check_own_grant,
    check_vault_wrapper, check_wrap, dek_scope, mismatch,
};

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
    pub(super) content: Rc<Content<P>>,
    reader: RefCell<Option<Rc<ContentReader<P::Engine>>>>,
}

/// What it takes to read a file's content.
pub(super) struct Content<P: Platform> {
    pub session: Session<P>,
    /// Where the relay has the ciphertext.
    pub path: String,
    pub dek: Dek,
    pub version: FileVersion,
    pub size: u64,
    pub sha256: Digest,
}

impl<P: Platform> Content<P> {
    pub fn header(&self) -> ContentHeader {
        header_of(&self.version)
    }

    pub fn context(&self) -> Vec<u8> {
        context_of(&self.version)
    }
}

impl<P: Platform> OpenedFile<P> {
    /// Reads the whole file in pieces, with constant memory.
    #[must_use]
    pub fn stream(&self, watch: &Watch) -> ContentStream<P> {
        ContentStream::begin(self.content.clone(), watch.clone())
    }

    /// Exactly the plaintext bytes from `start` to `end` (excluded), cut to the file's end.
    ///
    /// # Errors
    /// `content_corrupt`, `content_truncated`, `commitment_mismatch`.
    pub async fn slice(&self, start: u64, end: u64, abort: &Abort) -> Result<BufferOf<P>, ClientError> {
        abort.race(self.read(start, end)).await
    }

    pub(super) async fn read(&self, start: u64, end: u64) -> Result<BufferOf<P>, ClientError> {
        let reader = self.reader().await?;
        let plaintext = start..end.max(start);
        let range = reader.ciphertext_range(plaintext.clone());
        let inner = &self.content.session.inner;
        let engine = inner.platform.engine();
        let sealed = if range.is_empty() {
            keyferry_crypto::Engine::buffer_from(engine, &[])
        } else {
            inner.content_range(&self.content, range).await?
        };
        Ok(reader.open_range(engine, plaintext, sealed).await?)
    }

    /// The reader, whose length the final chunk proved.
    async fn reader(&self) -> Result<Rc<ContentReader<P::Engine>>, ClientError> {
        let known = self.reader.borrow().clone();
        if let Some(reader) = known {
            return Ok(reader);
        }
        let Content { session, dek, version, .. } = &*self.content;
        let unproven = session.inner.begin_reader(dek, version).await?;
        let last = session.inner.content_range(&self.content, unproven.final_chunk()).await?;
        let reader = Rc::new(unproven.prove(session.inner.platform.engine(), last).await?);
        *self.reader.borrow_mut() = Some(reader.clone());
        Ok(reader)
    }
}

pub(super) fn header_of(version: &FileVersion) -> ContentHeader {
    ContentHeader { salt: version.salt, commitment: version.commitment.0 }
}

pub(super) fn context_of(version: &FileVersion) -> Vec<u8> {
    content_context(version.organization, version.file, version.version)
}

/// A file version's key and manifest, opened.
pub(crate) struct OpenedKey {
    pub version: Verified<FileVersion>,
    pub dek: Dek,
    pub manifest: Manifest,
    grant: Option<GrantId>,
}

impl<P: Platform> Session<P> {
    pub(super) async fn open_file(&self, file: FileId) -> Result<OpenedFile<P>, ClientError> {
        let inner = &self.inner;
        let entry: FileEntry = inner.relay.get(&route::file(file)).await?;
        check_asked(&entry, file)?;
        let opened = inner.open_key(&entry).await?;
        let OpenedKey { version, dek, manifest, .. } = opened;
        let content = Content {
            session: self.clone(),
            path: route::content(entry.file, entry.version),
            dek,
            version: version.statement.body,
            size: manifest.plaintext_bytes,
            sha256: manifest.sha256,
        };
        Ok(OpenedFile {
            name: manifest.name,
            media_type: manifest.media_type,
            size: manifest.plaintext_bytes,
            modified_at_ms: manifest.modified_at_ms,
            sha256: manifest.sha256,
            label: manifest.label,
            content: Rc::new(content),
            reader: RefCell::new(None),
        })
    }
}

impl<P: Platform> Inner<P> {
    /// Opens the key of a file's current version and reports that it did.
    pub(crate) async fn open_key(&self, entry: &FileEntry) -> Result<OpenedKey, ClientError> {
        self.guard.check(self.platform.now_ms())?;
        let result = self.prove_and_unwrap(entry).await;
        let opened = self.guard.count(self.platform.now_ms(), result)?;
        self.report_unwrapped(entry.organization, entry.file, opened.grant).await;
        Ok(opened)
    }

    async fn prove_and_unwrap(&self, entry: &FileEntry) -> Result<OpenedKey, ClientError> {
        let path = route::key(entry.file, entry.version);
        let served = self.relay.get::<WrappedDek>(&path);
        let (known, served) = try_join(self.trusted_organization(entry.organization), served).await?;
        check_asked(&served.entry, entry.file)?;
        if served.entry.version != entry.version {
            return Err(mismatch("version"));
        }
        let version = check_file(&known, &served.entry)?;
        self.memory.update(|memory| memory.see_version(entry.file, entry.version)).await?;
        let (key, grant) = self.prove_wrap(&known, &served, version.body()).await?;
        check_manifest_bytes(&served, version.body())?;
        let dek = self.unwrap(&key, version.body(), &served.wrapped_dek.0).await?;
        let manifest = self.manifest(&dek, version.body(), &served.manifest.0).await?;
        Ok(OpenedKey { version, dek, manifest, grant })
    }

    /// The key the DEK is wrapped to, once wrap and grant are proven. Holders of the vault need no grant.
    async fn prove_wrap(
        &self,
        known: &KnownOrganization,
        served: &WrappedDek,
        version: &FileVersion,
    ) -> Result<(DecryptionKey<P::Engine>, Option<GrantId>), ClientError> {
        let WrappedDek { wrapped_dek, wrap, wrapper, grant, .. } = served;
        let wrapper = Wrapper::of(wrapper, wrap);
        let mut expected = WrapExpectation {
            scope: dek_scope(version),
            recipient: known.owner_id(),
            recipient_key: known.vault_key()?.id(),
            commitment: version.commitment,
            grant: None,
            unsigned: Code::GrantUnsigned,
        };
        let Some(proof) = grant else {
            self.my_membership(known, Role::holds_vault).map_err(|_| {
                ClientError::new(
                    Code::GrantUnsigned,
                    "the relay served a key without the grant that lets you use it",
                )
            })?;
            check_vault_wrapper(known, &wrapper, &served.entry.author)?;
            check_wrap(&wrap.0, &wrapper, &wrapped_dek.0, &expected)?;
            return Ok((self.vault(known).await?, None));
        };
        let reader = self.reader();
        let grant = check_own_grant(known, proof, version, &reader, self.platform.now_ms())?;
        expected.recipient = self.me.user.into();
        expected.recipient_key = self.me.encryption_key().id();
        expected.grant = Some(grant.hash);
        check_grant_wrapper(proof, &wrapper, &reader)?;
        check_wrap(&wrap.0, &wrapper, &wrapped_dek.0, &expected)?;
        Ok((self.me.decryption_key(), Some(proof.grant)))
    }

    fn reader(&self) -> Reader {
        Reader { user: self.me.user, keys: self.me.keys.clone() }
    }

    /// Unwraps the DEK and checks that it is the one the signed commitment names.
    async fn unwrap(
        &self,
        key: &DecryptionKey<P::Engine>,
        version: &FileVersion,
        wrapped: &[u8],
    ) -> Result<Dek, ClientError> {
        let FileVersion { organization, file, version: number, .. } = version;
        let dek = unwrap_dek(self.platform.engine(), key, *organization, *file, *number, wrapped).await?;
        self.begin_reader(&dek, version).await?;
        Ok(dek)
    }

    pub(super) async fn begin_reader(
        &self,
        dek: &Dek,
        version: &FileVersion,
    ) -> Result<UnprovenReader<P::Engine>, ClientError> {
        let (context, header) = (context_of(version), header_of(version));
        let engine = self.platform.engine();
        Ok(UnprovenReader::begin(engine, dek, &context, &header, version.content_bytes).await?)
    }

    async fn manifest(
        &self,
        dek: &Dek,
        version: &FileVersion,
        sealed: &[u8],
    ) -> Result<Manifest, ClientError> {
        let FileVersion { organization, file, version: number, .. } = version;
        let manifest =
            open_manifest(self.platform.engine(), dek, *organization, *file, *number, sealed).await?;
        let length = plaintext_bytes(version.content_bytes);
        if manifest.label != version.label || Some(manifest.plaintext_bytes) != length {
            return Err(manifest_unsigned());
        }
        Ok(manifest)
    }
}

fn check_manifest_bytes(served: &WrappedDek, version: &FileVersion) -> Result<(), ClientError> {
    if Digest::of(&served.manifest.0) == version.manifest { Ok(()) } else { Err(manifest_unsigned()) }
}

fn manifest_unsigned() -> ClientError {
    ClientError::new(Code::ManifestUnsigned, "the manifest is not the one the author signed")
}
