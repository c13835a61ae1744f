//! What is sealed: content that is given, or a version that is sealed again.

use std::pin::Pin;

use super::open::OpenedFile;
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

/// The content of a version that is there already, opened range by range.
pub(super) struct Reopened<'a, P: Platform> {
    file: &'a OpenedFile<P>,
    /// Plaintext bytes that were read, or need not be.
    at: u64,
}

impl<'a, P: Platform> Reopened<'a, P> {
    /// From a plaintext byte on.
    pub fn from(file: &'a OpenedFile<P>, at: u64) -> Self {
        Reopened { file, at }
    }

    async fn take(&mut self, max_bytes: usize) -> Result<Option<BufferOf<P>>, ClientError> {
        let start = self.at;
        self.at = start.saturating_add(max_bytes as u64).min(self.file.size);
        if self.at == start { Ok(None) } else { self.file.read(start, self.at).await.map(Some) }
    }
}

impl<P: Platform> Plaintext<BufferOf<P>> for Reopened<'_, P> {
    fn size(&self) -> Option<u64> {
        Some(self.file.size)
    }

    fn read(&mut self, max_bytes: usize) -> Promised<'_, Result<Option<BufferOf<P>>, ClientError>> {
        Box::pin(self.take(max_bytes))
    }

    fn rewind(&mut self) -> Promised<'_, bool> {
        self.at = 0;
        Box::pin(std::future::ready(true))
    }
}
