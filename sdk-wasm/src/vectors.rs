//! The shared test vectors over the WebCrypto engine. Only test builds have this.

use wasm_bindgen::prelude::*;

use crate::engine::{EngineHost, WebCrypto};

/// Runs every vector of a file of `tests/vectors` and gives their number; rejects with what failed.
#[wasm_bindgen(js_name = runVectors)]
pub async fn run_vectors(host: EngineHost, json: String) -> Result<usize, JsError> {
    keyferry_crypto::vectors::run(&WebCrypto::new(host), &json).await.map_err(|said| JsError::new(&said))
}
