//! Sealing a stream.

use super::geometry::MAX_CHUNKS;
use super::header::{ContentHeader, MessageKey};
use super::segment::{Pending, next_segment};
use crate::engine::{CHUNK_BYTES, Engine, EngineError, SegmentEnd};
use crate::secret::Dek;

/// Why content was not sealed. The sealer is spent; start again with a fresh DEK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealContentError {
    /// More than 4 PiB.
    #[error("content is longer than 4 PiB")]
    TooLong,
    /// An earlier piece failed or was abandoned, so its chunk numbers may be used up.
    #[error("this sealer failed before; seal again with a fresh key")]
    Spent,
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Seals one stream under one DEK, once.
///
/// Chunk numbers are taken before their chunks are sealed and never given back, and the salt is fresh, so no chunk
/// number is ever sealed twice: not after a failure, and not when a caller drops a call half way.
pub struct ContentSealer<E: Engine> {
    key: E::ContentKey,
    base_nonce: [u8; 12],
    header: ContentHeader,
    pending: Pending<E>,
    next_chunk: u64,
    plaintext_bytes: u64,
    header_given: bool,
    busy: bool,
}

impl<E: Engine> ContentSealer<E> {
    /// Begins a stream under a DEK used for nothing else. `context` is
    /// [`keyferry_protocol::context::content_context`].
    ///
    /// # Errors
    /// [`EngineError`] when the platform has no randomness or no AES-GCM.
    pub async fn begin(engine: &E, dek: &Dek, context: &[u8]) -> Result<Self, EngineError> {
        let mut salt = [0; 24];
        engine.fill_random(&mut salt)?;
        Self::begin_with_salt(engine, dek, context, salt).await
    }

    /// Goes on with the stream that `salt` began, after `chunks` whole chunks. The caller vouches that no ciphertext of any chunk
    /// from there on was ever seen by anybody.
    ///
    /// # Errors
    /// As [`ContentSealer::begin`].
    pub async fn resume(
        engine: &E,
        dek: &Dek,
        context: &[u8],
        salt: [u8; 24],
        chunks: u64,
    ) -> Result<Self, EngineError> {
        let mut sealer = Self::begin_with_salt(engine, dek, context, salt).await?;
        sealer.next_chunk = chunks;
        sealer.plaintext_bytes = chunks.saturating_mul(CHUNK_BYTES as u64);
        sealer.header_given = chunks > 0;
        Ok(sealer)
    }

    /// Only for `begin`, `resume` and the vectors: a salt must never be used twice with one DEK.
    pub(crate) async fn begin_with_salt(
        engine: &E,
        dek: &Dek,
        context: &[u8],
        salt: [u8; 24],
    ) -> Result<Self, EngineError> {
        let MessageKey { key, base_nonce, header } = MessageKey::derive(dek, salt, context);
        let key = engine.import_content_key(&key).await?;
        Ok(Self {
            key,
            base_nonce,
            header,
            pending: Pending::new(),
            next_chunk: 0,
            plaintext_bytes: 0,
            header_given: false,
            busy: false,
        })
    }

    /// Salt and commitment, for the signed file version.
    #[must_use]
    pub fn header(&self) -> ContentHeader {
        self.header
    }

    /// Plaintext bytes taken so far.
    #[must_use]
    pub fn plaintext_bytes(&self) -> u64 {
        self.plaintext_bytes
    }

    /// Takes plaintext of any length and appends to `ciphertext` what is ready; the first bytes are the header.
    ///
    /// # Errors
    /// [`SealContentError`]; the sealer is spent.
    pub async fn push(
        &mut self,
        engine: &E,
        plaintext: E::Buffer,
        ciphertext: &mut Vec<E::Buffer>,
    ) -> Result<(), SealContentError> {
        self.plaintext_bytes += engine.buffer_len(&plaintext) as u64;
        self.pending.push(engine, plaintext);
        self.give_header(engine, ciphertext);
        while let Some(bytes) = next_segment(self.pending.bytes(), CHUNK_BYTES) {
            let segment = self.pending.take(engine, bytes);
            ciphertext.push(self.seal(engine, segment, SegmentEnd::More).await?);
        }
        Ok(())
    }

    /// Ends the stream and appends the rest of its ciphertext.
    ///
    /// # Errors
    /// [`SealContentError`].
    pub async fn finish(
        mut self,
        engine: &E,
        ciphertext: &mut Vec<E::Buffer>,
    ) -> Result<(), SealContentError> {
        self.give_header(engine, ciphertext);
        let rest = self.pending.take_all(engine);
        ciphertext.push(self.seal(engine, rest, SegmentEnd::Final).await?);
        Ok(())
    }

    fn give_header(&mut self, engine: &E, ciphertext: &mut Vec<E::Buffer>) {
        if !self.header_given {
            ciphertext.push(engine.buffer_from(&self.header.to_bytes()));
            self.header_given = true;
        }
    }

    async fn seal(
        &mut self,
        engine: &E,
        plaintext: E::Buffer,
        end: SegmentEnd,
    ) -> Result<E::Buffer, SealContentError> {
        if self.busy {
            return Err(SealContentError::Spent);
        }
        let first_chunk = self.next_chunk;
        let whole = (engine.buffer_len(&plaintext) / CHUNK_BYTES) as u64;
        let chunks = whole + u64::from(end == SegmentEnd::Final);
        self.next_chunk = first_chunk + chunks;
        if self.next_chunk > MAX_CHUNKS {
            return Err(SealContentError::TooLong);
        }
        // Still set when the engine fails or this future is dropped: what was sealed till then is not known.
        self.busy = true;
        let sealed = engine.seal_chunks(&self.key, &self.base_nonce, first_chunk, plaintext, end).await?;
        self.busy = false;
        Ok(sealed)
    }
}
