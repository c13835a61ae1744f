//! Vectors over the engines of this platform. Only test builds have this.

use keyferry_conformance::Report;
use keyferry_crypto::{Engine, Software};
use wasm_bindgen::prelude::*;

use crate::engine::{EngineHost, WebCrypto};

/// Runs every vector of a file of `tests/vectors` over WebCrypto and gives their number; rejects with what failed.
#[wasm_bindgen(js_name = runVectors)]
pub async fn run_vectors(host: EngineHost, json: String) -> Result<usize, JsError> {
    run(&WebCrypto::new(host), &json).await
}

/// The same over the Software engine, in wasm.
#[wasm_bindgen(js_name = runVectorsInSoftware)]
pub async fn run_vectors_in_software(json: String) -> Result<usize, JsError> {
    run(&Software, &json).await
}

async fn run<E: Engine>(engine: &E, json: &str) -> Result<usize, JsError> {
    keyferry_crypto::vectors::run(engine, json).await.map_err(|said| JsError::new(&said))
}

/// Runs the field's vectors over WebCrypto and gives the reports of `keyferry_conformance` as JSON.
#[wasm_bindgen(js_name = runConformance)]
pub async fn run_conformance(host: EngineHost) -> Result<String, JsError> {
    reports(keyferry_conformance::run_all(&WebCrypto::new(host)).await)
}

/// The same over the Software engine, in wasm.
#[wasm_bindgen(js_name = runConformanceInSoftware)]
pub async fn run_conformance_in_software() -> Result<String, JsError> {
    reports(keyferry_conformance::run_all(&Software).await)
}

fn reports(outcome: Result<Vec<Report>, String>) -> Result<String, JsError> {
    Ok(serde_json::to_string(&outcome.map_err(|said| JsError::new(&said))?)?)
}
