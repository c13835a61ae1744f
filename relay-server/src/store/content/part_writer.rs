//! Writing one object, in pieces, without ever holding it whole.

use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path as Location;
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart};

use crate::store::error::StoreError;

/// Chunks on their way to the back end at one time, per object.
const CHUNKS_IN_FLIGHT: usize = 2;

/// An object being written. Dropped unfinished, it leaves nothing that can be read.
pub struct PartWriter {
    name: String,
    bytes: u64,
    writer: WriteMultipart,
}

impl PartWriter {
    pub(super) async fn begin(
        objects: Arc<dyn ObjectStore>,
        name: String,
        chunk_bytes: usize,
    ) -> Result<Self, StoreError> {
        let upload = objects.put_multipart(&Location::from(name.as_str())).await?;
        Ok(PartWriter { name, bytes: 0, writer: WriteMultipart::new_with_chunk_size(upload, chunk_bytes) })
    }

    /// How many bytes it took so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes the next bytes; waits while too many are under way.
    ///
    /// # Errors
    /// [`StoreError`]: the object cannot be finished any more.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.bytes += bytes.len() as u64;
        self.writer.wait_for_capacity(CHUNKS_IN_FLIGHT).await?;
        self.writer.put(bytes);
        Ok(())
    }

    /// Makes the object readable; it is durable when this returns. Gives its name.
    ///
    /// # Errors
    /// [`StoreError`]: there is no such object then.
    pub async fn finish(self) -> Result<String, StoreError> {
        self.writer.finish().await?;
        Ok(self.name)
    }

    /// Gives it up.
    pub async fn abort(self) {
        if let Err(cause) = self.writer.abort().await {
            tracing::warn!(%cause, "an unfinished object could not be removed");
        }
    }
}
