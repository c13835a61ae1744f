//! Content to upload: a Blob, bytes or a stream, behind one face (`pkg/src/source.ts`).

use keyferry_client::platform::{Source, SourceError};
use wasm_bindgen::prelude::*;

use super::in_flight::said;
use crate::engine::Rope;

#[wasm_bindgen]
extern "C" {
    /// Content to upload.
    #[wasm_bindgen(typescript_type = "Source")]
    pub type SourceHost;

    #[wasm_bindgen(method, getter)]
    fn size(this: &SourceHost) -> Option<f64>;
    #[wasm_bindgen(method, catch)]
    async fn read(this: &SourceHost, max_bytes: usize) -> Result<Option<Rope>, JsValue>;
    #[wasm_bindgen(method)]
    fn rewind(this: &SourceHost) -> bool;
}

/// Content that JavaScript reads.
pub(crate) struct JsSource(pub SourceHost);

impl Source for JsSource {
    type Buffer = Rope;

    fn size(&self) -> Option<u64> {
        self.0.size().map(|size| size as u64)
    }

    async fn read(&mut self, max_bytes: usize) -> Result<Option<Rope>, SourceError> {
        self.0.read(max_bytes).await.map_err(|thrown| SourceError(said(&thrown)))
    }

    async fn rewind(&mut self) -> bool {
        self.0.rewind()
    }
}
