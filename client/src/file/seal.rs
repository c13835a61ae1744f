//! Sealing a source in parts that are ready to send.

use futures_util::future::try_join;
use keyferry_crypto::Engine;
use keyferry_crypto::content::{ContentSealer, SEGMENT_CHUNKS};
use keyferry_crypto::engine::CHUNK_BYTES;
use keyferry_protocol::{Code, Digest};

use super::plaintext::Plaintext;
use crate::error::ClientError;

/// Bytes read from a source at once: enough for every core to seal some. Whole segments: so the sealer keeps nothing of
/// a piece, which its source may take back.
const READ_BYTES: usize = 4 * SEGMENT_CHUNKS * CHUNK_BYTES;
/// Ciphertext bytes after which a part is sent: what one read gives.
pub(super) const PART_BYTES: u64 = READ_BYTES as u64;

/// A part of the ciphertext.
pub(super) struct Part<Buffer> {
    /// Ciphertext bytes before it.
    pub start: u64,
    pub bytes: Buffer,
    /// Whether the ciphertext ends with it.
    pub last: bool,
}

/// A source being sealed.
pub(super) struct Sealing<'a, E: Engine> {
    engine: &'a E,
    source: &'a mut dyn Plaintext<E::Buffer>,
    sealer: Option<ContentSealer<E>>,
    digest: Option<E::Digest>,
    plaintext_bytes: u64,
    ciphertext_bytes: u64,
}

/// What the source turned out to be.
pub(super) struct Sealed {
    pub plaintext_bytes: u64,
    pub sha256: Digest,
}

impl<'a, E: Engine> Sealing<'a, E> {
    /// `source` stands where `sealer` does; that is after `ciphertext_bytes`.
    pub async fn begin(
        engine: &'a E,
        source: &'a mut dyn Plaintext<E::Buffer>,
        sealer: ContentSealer<E>,
        ciphertext_bytes: u64,
    ) -> Result<Self, ClientError> {
        let digest = Some(engine.digest_start().await?);
        let plaintext_bytes = sealer.plaintext_bytes();
        Ok(Sealing { engine, source, sealer: Some(sealer), digest, plaintext_bytes, ciphertext_bytes })
    }

    /// Leaves nothing to seal, where the end was sealed before.
    pub fn ended(mut self, plaintext_bytes: u64) -> Self {
        self.sealer = None;
        self.plaintext_bytes = plaintext_bytes;
        self
    }

    /// The next part; `None` after the last.
    pub async fn next_part(&mut self) -> Result<Option<Part<E::Buffer>>, ClientError> {
        if self.sealer.is_none() {
            return Ok(None);
        }
        let start = self.ciphertext_bytes;
        let mut pieces = Vec::new();
        while self.ciphertext_bytes - start < PART_BYTES && self.sealer.is_some() {
            let before = pieces.len();
            self.seal_more(&mut pieces).await?;
            let sealed = pieces[before..].iter().map(|piece| self.engine.buffer_len(piece) as u64);
            self.ciphertext_bytes += sealed.sum::<u64>();
        }
        Ok(Some(Part { start, bytes: self.engine.buffer_concat(&pieces), last: self.sealer.is_none() }))
    }

    /// Reads once and seals what was read, or the end.
    async fn seal_more(&mut self, pieces: &mut Vec<E::Buffer>) -> Result<(), ClientError> {
        let Some(plaintext) = self.source.read(READ_BYTES).await? else {
            return self.seal_end(pieces).await;
        };
        self.plaintext_bytes += self.engine.buffer_len(&plaintext) as u64;
        if self.source.size().is_some_and(|size| self.plaintext_bytes > size) {
            return Err(changed());
        }
        let (Some(sealer), Some(digest)) = (&mut self.sealer, &mut self.digest) else {
            return Err(changed());
        };
        let digested =
            async { self.engine.digest_update(digest, &plaintext).await.map_err(ClientError::from) };
        let sealed =
            async { sealer.push(self.engine, plaintext.clone(), pieces).await.map_err(ClientError::from) };
        try_join(digested, sealed).await.map(|_| ())
    }

    async fn seal_end(&mut self, pieces: &mut Vec<E::Buffer>) -> Result<(), ClientError> {
        if self.source.size().is_some_and(|size| self.plaintext_bytes != size) {
            return Err(changed());
        }
        match self.sealer.take() {
            Some(sealer) => Ok(sealer.finish(self.engine, pieces).await?),
            None => Ok(()),
        }
    }

    /// Length of everything, and SHA-256 of what was sealed here.
    pub async fn finish(mut self) -> Result<Sealed, ClientError> {
        let digest = self.digest.take().ok_or_else(changed)?;
        let sha256 = Digest(self.engine.digest_finish(digest).await?);
        Ok(Sealed { plaintext_bytes: self.plaintext_bytes, sha256 })
    }
}

fn changed() -> ClientError {
    ClientError::new(Code::SourceChanged, "the content changed while it was read")
}
