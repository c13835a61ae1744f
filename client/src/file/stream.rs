//! Reading a whole file: the next range is fetched while the present one is opened.

use std::collections::VecDeque;
use std::ops::Range;
use std::rc::Rc;

use futures_util::future::join;
use keyferry_crypto::Engine;
use keyferry_crypto::content::{ContentOpener, HEADER_BYTES, SEGMENT_CHUNKS};
use keyferry_crypto::engine::SEALED_CHUNK_BYTES;
use keyferry_protocol::Code;

use super::open::Content;
use super::watch::{Phase, Watch};
use crate::error::ClientError;
use crate::platform::{BufferOf, Platform, RangeAnswer, Transport as _};
use crate::relay::{Patience, refusal};
use crate::session::Inner;

/// Ciphertext bytes of the first range, so that the first bytes are there soon: the header and 1 MiB of chunks.
const FIRST_RANGE_BYTES: u64 = HEADER_BYTES as u64 + RANGE_BYTES / 8;
/// Ciphertext bytes of every other range: 8 MiB of chunks.
const RANGE_BYTES: u64 = (8 * SEGMENT_CHUNKS * SEALED_CHUNK_BYTES) as u64;

/// A file being read. Every piece is authenticated; only the end says that it was all.
pub struct ContentStream<P: Platform> {
    content: Rc<Content<P>>,
    watch: Watch,
    /// `None` before the first read, and after the end or a failure.
    opener: Option<ContentOpener<P::Engine>>,
    digest: Option<<P::Engine as Engine>::Digest>,
    fetched: Option<BufferOf<P>>,
    /// Where the next range begins.
    offset: u64,
    opened: VecDeque<BufferOf<P>>,
    plaintext_bytes: u64,
    end: End,
}

/// How a stream goes on once the pieces that are open were given.
#[derive(Clone)]
enum End {
    Open,
    Failed(ClientError),
    Reached,
    Told,
}

impl<P: Platform> ContentStream<P> {
    pub(super) fn begin(content: Rc<Content<P>>, watch: Watch) -> Self {
        let opener = ContentOpener::begin(content.dek.clone(), content.context(), Some(content.header()));
        ContentStream {
            content,
            watch,
            opener: Some(opener),
            digest: None,
            fetched: None,
            offset: 0,
            opened: VecDeque::new(),
            plaintext_bytes: 0,
            end: End::Open,
        }
    }

    /// The next piece; `None` at the end, after length and SHA-256 were checked against the manifest. Pieces before a
    /// corrupt chunk are given, nothing of it or beyond it.
    ///
    /// # Errors
    /// `content_corrupt`, `content_truncated`, `commitment_mismatch`, `network`, `aborted`.
    pub async fn next(&mut self) -> Result<Option<BufferOf<P>>, ClientError> {
        let abort = self.watch.abort.clone();
        let result = abort.race(self.advance()).await;
        if let Err(error) = &result {
            self.end = End::Failed(error.clone());
            self.opened.clear();
        }
        result
    }

    async fn advance(&mut self) -> Result<Option<BufferOf<P>>, ClientError> {
        loop {
            if let Some(piece) = self.opened.pop_front() {
                return self.give(piece).await.map(Some);
            }
            match &self.end {
                End::Open => self.open_more().await,
                End::Failed(error) => return Err(error.clone()),
                End::Reached => self.check_whole().await?,
                End::Told => return Ok(None),
            }
        }
    }

    async fn give(&mut self, piece: BufferOf<P>) -> Result<BufferOf<P>, ClientError> {
        let engine = self.content.session.inner.platform.engine();
        let digest = match &mut self.digest {
            Some(digest) => digest,
            None => self.digest.insert(engine.digest_start().await?),
        };
        engine.digest_update(digest, &piece).await?;
        self.plaintext_bytes += engine.buffer_len(&piece) as u64;
        self.watch.tell(Phase::Downloading, self.plaintext_bytes, Some(self.content.size));
        Ok(piece)
    }

    /// Opens the range that is there and fetches the next meanwhile. What was opened before a failure is kept.
    async fn open_more(&mut self) {
        let mut pieces = Vec::new();
        let result = self.open_range(&mut pieces).await;
        self.opened.extend(pieces);
        if let Err(error) = result {
            self.end = End::Failed(error);
        }
    }

    async fn open_range(&mut self, pieces: &mut Vec<BufferOf<P>>) -> Result<(), ClientError> {
        let content = self.content.clone();
        let inner = &content.session.inner;
        let engine = inner.platform.engine();
        let present = match self.fetched.take() {
            Some(present) => present,
            None => inner.content_range(&content, self.take_range()).await?,
        };
        let mut opener = self.opener.take().ok_or_else(spent)?;
        if self.offset == content.version.content_bytes {
            opener.push(engine, present, pieces).await?;
            opener.finish(engine, pieces).await?;
            self.end = End::Reached;
            return Ok(());
        }
        let ahead = inner.content_range(&content, self.take_range());
        let (next, opened) = join(ahead, opener.push(engine, present, pieces)).await;
        opened?;
        self.fetched = Some(next?);
        self.opener = Some(opener);
        Ok(())
    }

    fn take_range(&mut self) -> Range<u64> {
        let bytes = if self.offset == 0 { FIRST_RANGE_BYTES } else { RANGE_BYTES };
        let start = self.offset;
        self.offset = (start + bytes).min(self.content.version.content_bytes);
        start..self.offset
    }

    async fn check_whole(&mut self) -> Result<(), ClientError> {
        let engine = self.content.session.inner.platform.engine();
        let digest = match self.digest.take() {
            Some(digest) => digest,
            None => engine.digest_start().await?,
        };
        let sha256 = engine.digest_finish(digest).await?;
        if sha256 != self.content.sha256.0 || self.plaintext_bytes != self.content.size {
            return Err(ClientError::new(Code::ContentCorrupt, "the content is not what its manifest says"));
        }
        self.end = End::Told;
        Ok(())
    }
}

fn spent() -> ClientError {
    ClientError::new(Code::Aborted, "this stream was stopped before; open it again")
}

impl<P: Platform> Inner<P> {
    /// Exactly these bytes of a ciphertext. Reading changes nothing, so a lost answer is asked for again.
    ///
    /// # Errors
    /// `content_truncated` for fewer bytes, `content_corrupt` for more, here or in the whole.
    pub(super) async fn content_range(
        &self,
        content: &Content<P>,
        range: Range<u64>,
    ) -> Result<BufferOf<P>, ClientError> {
        let content_bytes = content.version.content_bytes;
        let mut patience = Patience::long();
        loop {
            let request = self.relay.request("GET", &content.path);
            let error = match self.platform.transport().get_range(request, range.clone(), &|_| {}).await {
                Ok(RangeAnswer::Content { bytes, total }) => {
                    let length = self.platform.engine().buffer_len(&bytes) as u64;
                    check_length(total.unwrap_or(content_bytes), content_bytes)?;
                    check_length(length, range.end - range.start)?;
                    return Ok(bytes);
                }
                Ok(RangeAnswer::Refused(response)) => lost_range(refusal(&response)),
                Err(error) => error.into(),
            };
            patience.after(&*self.platform, error).await?;
        }
    }
}

/// A range within the signed length that the relay does not have.
fn lost_range(error: ClientError) -> ClientError {
    match error.code {
        Code::RangeInvalid => error.with_code(Code::ContentTruncated),
        _ => error,
    }
}

fn check_length(found: u64, signed: u64) -> Result<(), ClientError> {
    match found.cmp(&signed) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Less => Err(ClientError::new(Code::ContentTruncated, "content ends too early")),
        std::cmp::Ordering::Greater => {
            Err(ClientError::new(Code::ContentCorrupt, "there is more content than was signed"))
        }
    }
}
