//! Opening a stream.

use keyferry_protocol::Code;

use super::geometry::MAX_CHUNKS;
use super::header::{ContentHeader, HEADER_BYTES, MessageKey};
use super::segment::{Pending, next_segment};
use crate::engine::{Engine, EngineError, OpenChunksError, SEALED_CHUNK_BYTES, SegmentEnd, TAG_BYTES};
use crate::secret::Dek;

/// Why content does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenContentError {
    /// A chunk was changed, moved, or belongs to something else. Nothing of it was released.
    #[error("content chunk {chunk} is corrupt")]
    Corrupt {
        /// The chunk's number, from 0.
        chunk: u64,
    },
    /// The end is missing.
    #[error("content ends too early")]
    Truncated,
    /// Sealed under another key, or not the content that was signed. Nothing was decrypted.
    #[error("content does not belong to this key")]
    CommitmentMismatch,
    /// The opener failed before.
    #[error("this opener failed before; open again from the start")]
    Spent,
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl OpenContentError {
    /// The stable code; `None` where the platform, not the content, is at fault.
    #[must_use]
    pub const fn code(self) -> Option<Code> {
        match self {
            Self::Corrupt { .. } => Some(Code::ContentCorrupt),
            Self::Truncated => Some(Code::ContentTruncated),
            Self::CommitmentMismatch => Some(Code::CommitmentMismatch),
            Self::Spent | Self::Engine(_) => None,
        }
    }
}

/// The key of one message, its commitment checked.
pub(super) struct OpenedKey<E: Engine> {
    key: E::ContentKey,
    base_nonce: [u8; 12],
}

impl<E: Engine> OpenedKey<E> {
    /// Derives the key for `header` and checks the commitment in constant time, before any decryption.
    pub async fn derive(
        engine: &E,
        dek: &Dek,
        context: &[u8],
        header: &ContentHeader,
    ) -> Result<Self, OpenContentError> {
        let message = MessageKey::derive(dek, header.salt, context);
        if !message.header.matches(header) {
            return Err(OpenContentError::CommitmentMismatch);
        }
        Ok(Self { key: engine.import_content_key(&message.key).await?, base_nonce: message.base_nonce })
    }

    /// Opens consecutive chunks; those before a corrupt one are appended all the same.
    pub async fn open(
        &self,
        engine: &E,
        first_chunk: u64,
        sealed: E::Buffer,
        end: SegmentEnd,
        plaintext: &mut Vec<E::Buffer>,
    ) -> Result<(), OpenContentError> {
        let (opened, result) =
            match engine.open_chunks(&self.key, &self.base_nonce, first_chunk, sealed, end).await {
                Ok(opened) => (opened, Ok(())),
                Err(OpenChunksError::Corrupt { chunk, opened }) => {
                    (opened, Err(OpenContentError::Corrupt { chunk }))
                }
                Err(OpenChunksError::Engine(error)) => return Err(error.into()),
            };
        if engine.buffer_len(&opened) > 0 {
            plaintext.push(opened);
        }
        result
    }
}

/// Opens one stream from its first byte. Every byte it gives is authenticated; only [`ContentOpener::finish`] says
/// that it was all.
pub struct ContentOpener<E: Engine> {
    dek: Dek,
    context: Vec<u8>,
    signed: Option<ContentHeader>,
    key: Option<OpenedKey<E>>,
    pending: Pending<E>,
    next_chunk: u64,
    busy: bool,
}

impl<E: Engine> ContentOpener<E> {
    /// Begins. `context` is [`keyferry_protocol::context::content_context`]; `signed` is the header that the signed
    /// file version quotes, and the stream must begin with it.
    #[must_use]
    pub fn begin(dek: Dek, context: Vec<u8>, signed: Option<ContentHeader>) -> Self {
        Self { dek, context, signed, key: None, pending: Pending::new(), next_chunk: 0, busy: false }
    }

    /// Takes ciphertext of any length and appends to `plaintext` what is authenticated. Chunks before a corrupt one
    /// are appended too; nothing of the corrupt one or beyond is.
    ///
    /// # Errors
    /// [`OpenContentError`]; the opener is spent.
    pub async fn push(
        &mut self,
        engine: &E,
        ciphertext: E::Buffer,
        plaintext: &mut Vec<E::Buffer>,
    ) -> Result<(), OpenContentError> {
        self.pending.push(engine, ciphertext);
        self.guarded(engine, false, plaintext).await
    }

    /// Ends the stream: appends the rest of the plaintext, or says what is missing.
    ///
    /// # Errors
    /// [`OpenContentError`].
    pub async fn finish(
        mut self,
        engine: &E,
        plaintext: &mut Vec<E::Buffer>,
    ) -> Result<(), OpenContentError> {
        self.guarded(engine, true, plaintext).await
    }

    async fn guarded(
        &mut self,
        engine: &E,
        ended: bool,
        plaintext: &mut Vec<E::Buffer>,
    ) -> Result<(), OpenContentError> {
        if self.busy {
            return Err(OpenContentError::Spent);
        }
        // Still set after a failure or a dropped future: the stream's place is not known any more.
        self.busy = true;
        self.advance(engine, ended, plaintext).await?;
        self.busy = false;
        Ok(())
    }

    async fn advance(
        &mut self,
        engine: &E,
        ended: bool,
        plaintext: &mut Vec<E::Buffer>,
    ) -> Result<(), OpenContentError> {
        let key = match self.key.take() {
            Some(key) => key,
            None if self.pending.bytes() >= HEADER_BYTES => self.open_header(engine).await?,
            None if ended => return Err(OpenContentError::Truncated),
            None => return Ok(()),
        };
        while let Some(bytes) = next_segment(self.pending.bytes(), SEALED_CHUNK_BYTES) {
            let sealed = self.pending.take(engine, bytes);
            self.open(engine, &key, sealed, SegmentEnd::More, plaintext).await?;
        }
        if ended {
            self.open_end(engine, &key, plaintext).await?;
        }
        self.key = Some(key);
        Ok(())
    }

    async fn open_header(&mut self, engine: &E) -> Result<OpenedKey<E>, OpenContentError> {
        let bytes = self.pending.take(engine, HEADER_BYTES);
        let header =
            ContentHeader::from_bytes(&engine.buffer_to_vec(&bytes)).ok_or(OpenContentError::Truncated)?;
        if self.signed.is_some_and(|signed| !signed.matches(&header)) {
            return Err(OpenContentError::CommitmentMismatch);
        }
        OpenedKey::derive(engine, &self.dek, &self.context, &header).await
    }

    async fn open(
        &mut self,
        engine: &E,
        key: &OpenedKey<E>,
        sealed: E::Buffer,
        end: SegmentEnd,
        plaintext: &mut Vec<E::Buffer>,
    ) -> Result<(), OpenContentError> {
        let first_chunk = self.next_chunk;
        self.next_chunk += (engine.buffer_len(&sealed) / SEALED_CHUNK_BYTES) as u64;
        if self.next_chunk >= MAX_CHUNKS {
            return Err(OpenContentError::Corrupt { chunk: MAX_CHUNKS });
        }
        key.open(engine, first_chunk, sealed, end, plaintext).await
    }

    /// The final chunk has 16 to 16,399 bytes; anything less means that the end is missing.
    async fn open_end(
        &mut self,
        engine: &E,
        key: &OpenedKey<E>,
        plaintext: &mut Vec<E::Buffer>,
    ) -> Result<(), OpenContentError> {
        let last = self.pending.bytes() % SEALED_CHUNK_BYTES;
        if last >= TAG_BYTES {
            let sealed = self.pending.take_all(engine);
            return self.open(engine, key, sealed, SegmentEnd::Final, plaintext).await;
        }
        let whole = self.pending.bytes() - last;
        let sealed = self.pending.take(engine, whole);
        self.open(engine, key, sealed, SegmentEnd::More, plaintext).await?;
        Err(OpenContentError::Truncated)
    }
}
