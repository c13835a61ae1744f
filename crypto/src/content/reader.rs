//! Opening ranges: random access to content whose length is proven first.

use core::ops::Range;

use super::geometry::{chunks_of, plaintext_bytes, sealed_range};
use super::header::ContentHeader;
use super::opener::{OpenContentError, OpenedKey};
use crate::engine::{CHUNK_BYTES, Engine, SegmentEnd};
use crate::secret::Dek;

/// A reader that took the relay's word for the length. It opens nothing but the final chunk, which proves it.
pub struct UnprovenReader<E: Engine> {
    key: OpenedKey<E>,
    ciphertext_bytes: u64,
    plaintext_bytes: u64,
}

impl<E: Engine> UnprovenReader<E> {
    /// Begins with the header that the signed file version quotes (or the first 56 bytes of the ciphertext) and the
    /// length the ciphertext is said to have.
    ///
    /// # Errors
    /// [`OpenContentError::Truncated`] for a length no plaintext gives, or [`OpenContentError::CommitmentMismatch`].
    pub async fn begin(
        engine: &E,
        dek: &Dek,
        context: &[u8],
        header: &ContentHeader,
        ciphertext_bytes: u64,
    ) -> Result<Self, OpenContentError> {
        let plaintext_bytes = plaintext_bytes(ciphertext_bytes).ok_or(OpenContentError::Truncated)?;
        let key = OpenedKey::derive(engine, dek, context, header).await?;
        Ok(Self { key, ciphertext_bytes, plaintext_bytes })
    }

    /// The ciphertext bytes of the final chunk: fetch these first.
    #[must_use]
    pub fn final_chunk(&self) -> Range<u64> {
        sealed_range(&(self.last()..self.last() + 1), self.ciphertext_bytes)
    }

    /// Opens the final chunk. Only there, and only with that length, does it open: so the length is proven.
    ///
    /// # Errors
    /// [`OpenContentError::Corrupt`]; [`OpenContentError::Truncated`] when `sealed` is not as long as asked for.
    pub async fn prove(self, engine: &E, sealed: E::Buffer) -> Result<ContentReader<E>, OpenContentError> {
        expect_length(engine, &sealed, &self.final_chunk())?;
        self.key.open(engine, self.last(), sealed, SegmentEnd::Final, &mut Vec::new()).await?;
        Ok(ContentReader { unproven: self })
    }

    fn last(&self) -> u64 {
        self.plaintext_bytes / CHUNK_BYTES as u64
    }
}

/// Opens ranges of content whose length is authenticated.
pub struct ContentReader<E: Engine> {
    unproven: UnprovenReader<E>,
}

impl<E: Engine> ContentReader<E> {
    /// Length of the plaintext, proven.
    #[must_use]
    pub fn plaintext_bytes(&self) -> u64 {
        self.unproven.plaintext_bytes
    }

    /// The ciphertext bytes to fetch for a plaintext range: whole chunks. A range beyond the end is cut to it.
    #[must_use]
    pub fn ciphertext_range(&self, plaintext: Range<u64>) -> Range<u64> {
        let chunks = chunks_of(&self.within(plaintext));
        sealed_range(&chunks, self.unproven.ciphertext_bytes)
    }

    /// Opens `sealed`, the ciphertext of [`ContentReader::ciphertext_range`], and gives exactly the plaintext range.
    ///
    /// # Errors
    /// [`OpenContentError`]: nothing is given unless every chunk of the range is authentic.
    pub async fn open_range(
        &self,
        engine: &E,
        plaintext: Range<u64>,
        sealed: E::Buffer,
    ) -> Result<E::Buffer, OpenContentError> {
        let range = self.within(plaintext);
        let chunks = chunks_of(&range);
        expect_length(engine, &sealed, &sealed_range(&chunks, self.unproven.ciphertext_bytes))?;
        let end = if chunks.contains(&self.unproven.last()) { SegmentEnd::Final } else { SegmentEnd::More };
        let mut opened = Vec::new();
        self.unproven.key.open(engine, chunks.start, sealed, end, &mut opened).await?;
        let opened = engine.buffer_concat(&opened);
        let skipped = range.start.saturating_sub(chunks.start * CHUNK_BYTES as u64);
        let kept = (range.end - range.start) as usize;
        Ok(if kept == 0 { engine.buffer_from(&[]) } else { slice(engine, &opened, skipped, kept) })
    }

    fn within(&self, plaintext: Range<u64>) -> Range<u64> {
        let end = plaintext.end.min(self.plaintext_bytes());
        plaintext.start.min(end)..end
    }
}

fn slice<E: Engine>(engine: &E, opened: &E::Buffer, skipped: u64, kept: usize) -> E::Buffer {
    let start = skipped as usize;
    engine.buffer_slice(opened, start..start + kept)
}

fn expect_length<E: Engine>(
    engine: &E,
    sealed: &E::Buffer,
    range: &Range<u64>,
) -> Result<(), OpenContentError> {
    if engine.buffer_len(sealed) as u64 == range.end - range.start {
        Ok(())
    } else {
        Err(OpenContentError::Truncated)
    }
}
