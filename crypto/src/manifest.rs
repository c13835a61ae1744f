//! What is said about a file: sealed under a key expanded from its DEK.

use keyferry_protocol::cbor::{Field, Reader, Writer, from_bytes, to_bytes};
use keyferry_protocol::context::manifest_context;
use keyferry_protocol::{Code, Digest, EncodingError, FileId, OrganizationId};
use zeroize::Zeroizing;

use crate::derive::derive_key;
use crate::engine::{Engine, EngineError};
use crate::secret::Dek;

const LABEL: &str = "keyferry/v1/manifest";
const NONCE_BYTES: usize = 12;

/// What only readers of a file may know of it. Encoding: the deterministic CBOR array of its fields in order.
#[derive(Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The file's name.
    pub name: String,
    /// Its media type, as `text/plain`; empty when not known.
    pub media_type: String,
    /// Its length, in bytes.
    pub plaintext_bytes: u64,
    /// When it was last modified, in milliseconds since 1970, if known.
    pub modified_at_ms: Option<u64>,
    /// SHA-256 of its plaintext.
    pub sha256: Digest,
    /// The label that was published with it.
    pub label: String,
}

impl Field for Manifest {
    fn put(&self, writer: &mut Writer) {
        writer.array(6).field(&self.name).field(&self.media_type).field(&self.plaintext_bytes);
        writer.field(&self.modified_at_ms).field(&self.sha256).field(&self.label);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        reader.array_of(6)?;
        Ok(Self {
            name: Field::take(reader)?,
            media_type: Field::take(reader)?,
            plaintext_bytes: Field::take(reader)?,
            modified_at_ms: Field::take(reader)?,
            sha256: Field::take(reader)?,
            label: Field::take(reader)?,
        })
    }
}

/// Why a manifest does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenManifestError {
    /// It belongs to another file, version or key, or was changed.
    #[error("the manifest does not belong to this file")]
    Mismatch,
    /// The engine failed.
    #[error(transparent)]
    Engine(EngineError),
}

impl OpenManifestError {
    /// The stable code; `None` where the platform is at fault.
    #[must_use]
    pub const fn code(self) -> Option<Code> {
        match self {
            Self::Mismatch => Some(Code::ContextMismatch),
            Self::Engine(_) => None,
        }
    }
}

impl From<EngineError> for OpenManifestError {
    fn from(error: EngineError) -> Self {
        if error == EngineError::Refused { Self::Mismatch } else { Self::Engine(error) }
    }
}

/// Seals a manifest: 12-byte nonce, ciphertext, 16-byte tag.
///
/// # Errors
/// [`EngineError`].
pub async fn seal_manifest<E: Engine>(
    engine: &E,
    dek: &Dek,
    organization: OrganizationId,
    file: FileId,
    version: u32,
    manifest: &Manifest,
) -> Result<Vec<u8>, EngineError> {
    let mut nonce = [0; NONCE_BYTES];
    engine.fill_random(&mut nonce)?;
    let aad = manifest_context(organization, file, version);
    let plaintext = Zeroizing::new(to_bytes(manifest));
    let ciphertext = engine.aes_gcm_seal(&derive_key(&dek.0, LABEL), &nonce, &aad, &plaintext).await?;
    Ok([nonce.as_slice(), &ciphertext].concat())
}

/// Opens the manifest of a file version. That it is the signed one is the caller's to check: its SHA-256 stands in the
/// file version statement.
///
/// # Errors
/// [`OpenManifestError::Mismatch`], whatever is wrong.
pub async fn open_manifest<E: Engine>(
    engine: &E,
    dek: &Dek,
    organization: OrganizationId,
    file: FileId,
    version: u32,
    sealed: &[u8],
) -> Result<Manifest, OpenManifestError> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(OpenManifestError::Mismatch)?;
    let aad = manifest_context(organization, file, version);
    let plaintext = engine.aes_gcm_open(&derive_key(&dek.0, LABEL), nonce, &aad, ciphertext).await?;
    from_bytes(&plaintext).map_err(|_| OpenManifestError::Mismatch)
}
