//! What is sealed: content that is given, or a version that is sealed again.

use std::pin::Pin;
use std::rc::Rc;

use keyferry_crypto::Engine as _;

use super::open::Content;
use super::stream::ContentStream;
use super::watch::Watch;
use crate::error::ClientError;
use crate::platform::{BufferOf, Platform, Source};

pub(super) type Promised<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Content to seal, whatever gives it: a browser downloads sealing and sending once. As [`Source`].
pub(super) trait Plaintext<Buffer> {
    fn size(&self) -> Option<u64>;
    fn read(&mut self, max_bytes: usize) -> Promised<'_, Result<Option<Buffer>, ClientError>>;
    fn rewind(&mut self) -> Promised<'_, bool>;
}

/// Content that a caller gives.
pub(super) struct Given<S>(pub S);

impl<S: Source> Plaintext<S::Buffer> for Given<S> {
    fn size(&self) -> Option<u64> {
        self.0.size()
    }

    fn read(&mut self, max_bytes: usize) -> Promised<'_, Result<Option<S::Buffer>, ClientError>> {
        Box::pin(async move { Ok(self.0.read(max_bytes).await?) })
    }

    fn rewind(&mut self) -> Promised<'_, bool> {
        Box::pin(self.0.rewind())
    }
}

/// The content of a version that is there already, opened piece by piece.
pub(super) struct Reopened<P: Platform> {
    content: Rc<Content<P>>,
    stream: ContentStream<P>,
    rest: Option<BufferOf<P>>,
}

impl<P: Platform> Reopened<P> {
    pub fn new(content: Rc<Content<P>>) -> Self {
        // Whoever seals it is watched, and stops it.
        let stream = ContentStream::begin(content.clone(), Watch::default());
        Reopened { content, stream, rest: None }
    }

    async fn take(&mut self, max_bytes: usize) -> Result<Option<BufferOf<P>>, ClientError> {
        let piece = match self.rest.take() {
            Some(rest) => rest,
            None => match self.stream.next_piece().await? {
                Some(piece) => piece,
                None => return Ok(None),
            },
        };
        let engine = self.content.session.inner.platform.engine();
        let length = engine.buffer_len(&piece);
        if length <= max_bytes {
            return Ok(Some(piece));
        }
        self.rest = Some(engine.buffer_slice(&piece, max_bytes..length));
        Ok(Some(engine.buffer_slice(&piece, 0..max_bytes)))
    }
}

impl<P: Platform> Plaintext<BufferOf<P>> for Reopened<P> {
    fn size(&self) -> Option<u64> {
        Some(self.content.size)
    }

    fn read(&mut self, max_bytes: usize) -> Promised<'_, Result<Option<BufferOf<P>>, ClientError>> {
        Box::pin(self.take(max_bytes))
    }

    fn rewind(&mut self) -> Promised<'_, bool> {
        *self = Reopened::new(self.content.clone());
        Box::pin(std::future::ready(true))
    }
}
