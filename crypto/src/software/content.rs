//! Chunks of content under AES-256-GCM (C2SP chunked encryption, "AEAD usage").

use std::sync::Arc;

use aes_gcm::aead::{AeadInOut as _, inout::InOutBuf};
use aes_gcm::{Aes256Gcm, Tag};
use bytes::Bytes;

use crate::Secret;
use crate::engine::{CHUNK_BYTES, EngineError, OpenChunksError, SEALED_CHUNK_BYTES, SegmentEnd, TAG_BYTES};

/// A content key of the native engine.
#[derive(Clone)]
pub struct SoftwareContentKey(Arc<Aes256Gcm>);

impl SoftwareContentKey {
    pub(super) fn new(key: &Secret<32>) -> Self {
        Self(Arc::new(crate::record::cipher(key)))
    }

    pub(super) fn seal_chunks(
        &self,
        base_nonce: &[u8; 12],
        first_chunk: u64,
        plaintext: &[u8],
        end: SegmentEnd,
    ) -> Result<Bytes, EngineError> {
        let mut sealed =
            Vec::with_capacity(plaintext.len() + (plaintext.len() / CHUNK_BYTES + 1) * TAG_BYTES);
        for (chunk, piece) in (first_chunk..).zip(pieces(plaintext, CHUNK_BYTES, end)) {
            let start = sealed.len();
            sealed.extend_from_slice(piece);
            let tag = self
                .0
                .encrypt_inout_detached(
                    &nonce(base_nonce, chunk).into(),
                    b"",
                    InOutBuf::from(&mut sealed[start..]),
                )
                .map_err(|_| EngineError::Refused)?;
            sealed.extend_from_slice(&tag);
        }
        Ok(sealed.into())
    }

    pub(super) fn open_chunks(
        &self,
        base_nonce: &[u8; 12],
        first_chunk: u64,
        sealed: &[u8],
        end: SegmentEnd,
    ) -> Result<Bytes, OpenChunksError<Bytes>> {
        let mut opened = Vec::with_capacity(sealed.len());
        for (chunk, piece) in (first_chunk..).zip(pieces(sealed, SEALED_CHUNK_BYTES, end)) {
            let start = opened.len();
            if self.open_chunk(&nonce(base_nonce, chunk), piece, &mut opened).is_none() {
                opened.truncate(start);
                return Err(OpenChunksError::Corrupt { chunk, opened: opened.into() });
            }
        }
        Ok(opened.into())
    }

    fn open_chunk(&self, nonce: &[u8; 12], sealed: &[u8], opened: &mut Vec<u8>) -> Option<()> {
        let (ciphertext, tag) = sealed.split_at_checked(sealed.len().checked_sub(TAG_BYTES)?)?;
        let tag = Tag::try_from(tag).ok()?;
        let start = opened.len();
        opened.extend_from_slice(ciphertext);
        self.0.decrypt_inout_detached(nonce.into(), b"", InOutBuf::from(&mut opened[start..]), &tag).ok()
    }
}

/// Whole pieces of `size` and, at the end of a stream, the remainder: shorter, and there even when it is empty.
fn pieces(bytes: &[u8], size: usize, end: SegmentEnd) -> impl Iterator<Item = &[u8]> {
    let whole = bytes.chunks_exact(size);
    let last = (end == SegmentEnd::Final).then_some(whole.remainder());
    whole.chain(last)
}

/// The base nonce XOR the chunk number, big-endian, as wide as the nonce.
fn nonce(base: &[u8; 12], chunk: u64) -> [u8; 12] {
    let mut nonce = *base;
    nonce[4..].iter_mut().zip(chunk.to_be_bytes()).for_each(|(byte, counter)| *byte ^= counter);
    nonce
}
