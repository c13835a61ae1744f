//! Vectors over the engines of this platform. Only test builds have this.

use std::cell::Cell;

use keyferry_client::lanes;
use keyferry_conformance::Report;
use keyferry_crypto::bundle::generate_vault;
use keyferry_crypto::wrap::{unwrap_dek, wrap_dek};
use keyferry_crypto::{DecryptionKey, Dek, Engine, Software};
use keyferry_protocol::{FileId, OrganizationId, Suite};
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

/// As many wrapped DEKs, and the key they are wrapped to, for a benchmark.
#[wasm_bindgen]
pub struct Unwraps {
    engine: WebCrypto,
    key: DecryptionKey<WebCrypto>,
    wrapped: Vec<(FileId, Vec<u8>)>,
}

const ORGANIZATION: OrganizationId = OrganizationId::from_random([7; 16]);

#[wasm_bindgen]
impl Unwraps {
    /// Makes a key of a suite and wraps `count` DEKs to it.
    pub async fn prepare(host: EngineHost, suite: String, count: u32) -> Result<Unwraps, JsError> {
        let engine = WebCrypto::new(host);
        let made = generate_vault(&engine, ORGANIZATION, Suite::parse(&suite)?, 1).await?;
        let key = made.keys.encryption.ok_or_else(|| JsError::new("a vault has a key"))?;
        let mut wrapped = Vec::new();
        for place in 0..u128::from(count) {
            let (file, dek) = (FileId::from_random(place.to_le_bytes()), Dek::generate(&engine)?);
            wrapped.push((file, wrap_dek(&engine, &key.public, ORGANIZATION, file, 1, &dek).await?));
        }
        Ok(Unwraps { engine, key, wrapped })
    }

    /// Unwraps all of them, as many beside each other as a rotation does.
    pub async fn run(&self) -> Result<(), JsError> {
        let next = Cell::new(0);
        let lane = async || {
            while let Some((file, wrapped)) = self.wrapped.get(next.get()) {
                next.set(next.get() + 1);
                unwrap_dek(&self.engine, &self.key, ORGANIZATION, *file, 1, wrapped).await?;
            }
            Ok::<(), JsError>(())
        };
        lanes::run(lane).await
    }
}
