//! An incremental SHA-256 (FIPS 180-4), which WebCrypto does not have: in a worker where there are workers.

use js_sys::Uint8Array;
use sha2::Digest as _;
use wasm_bindgen::prelude::*;

use super::host::Rope;

#[wasm_bindgen]
extern "C" {
    /// A digest in progress (`pkg/src/engine/digest.ts`).
    pub type Digest;

    #[wasm_bindgen(method, catch)]
    pub(crate) async fn update(this: &Digest, bytes: &Rope) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn finish(this: &Digest) -> Result<Uint8Array, JsValue>;
}

/// SHA-256 in wasm: what the digest worker runs.
#[wasm_bindgen]
#[derive(Default)]
pub struct Sha256(sha2::Sha256);

#[wasm_bindgen]
impl Sha256 {
    /// An empty digest.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The 32 bytes of the digest; begins anew.
    pub fn finish(&mut self) -> Vec<u8> {
        self.0.finalize_reset().to_vec()
    }
}
