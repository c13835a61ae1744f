//! Content to upload from memory.

use bytes::Bytes;

use crate::platform::{Source, SourceError};

/// Bytes as a source.
#[derive(Clone, Debug)]
pub struct BytesSource {
    bytes: Bytes,
    offset: usize,
    is_stream: bool,
}

impl BytesSource {
    /// A file: its size is known, and it can be read again.
    #[must_use]
    pub fn file(bytes: impl Into<Bytes>) -> Self {
        BytesSource { bytes: bytes.into(), offset: 0, is_stream: false }
    }

    /// A stream: its size is not known before, and it is read once.
    #[must_use]
    pub fn stream(bytes: impl Into<Bytes>) -> Self {
        BytesSource { bytes: bytes.into(), offset: 0, is_stream: true }
    }
}

impl Source for BytesSource {
    type Buffer = Bytes;

    fn size(&self) -> Option<u64> {
        (!self.is_stream).then_some(self.bytes.len() as u64)
    }

    async fn read(&mut self, max_bytes: usize) -> Result<Option<Bytes>, SourceError> {
        let end = self.bytes.len().min(self.offset + max_bytes);
        let piece = self.bytes.slice(self.offset..end);
        self.offset = end;
        Ok((!piece.is_empty()).then_some(piece))
    }

    async fn rewind(&mut self) -> bool {
        if !self.is_stream {
            self.offset = 0;
        }
        !self.is_stream
    }
}
