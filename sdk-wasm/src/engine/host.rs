//! The JavaScript half of the engine, `pkg/src/engine`, as Rust sees it.
//!
//! Byte slices arrive there as views of wasm memory that hold only until the call returns its promise: every function
//! of the other half copies them first.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::digest::Digest;

#[wasm_bindgen]
extern "C" {
    /// A WebCrypto key handle.
    #[derive(Clone)]
    pub type CryptoKey;

    /// Bytes in pieces (`pkg/src/engine/rope.ts`), immutable by agreement.
    #[derive(Clone)]
    pub type Rope;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn length(this: &Rope) -> usize;
    #[wasm_bindgen(method)]
    pub(crate) fn slice(this: &Rope, start: usize, end: usize) -> Rope;
    /// This, and `other` after it.
    #[wasm_bindgen(method)]
    pub(crate) fn with(this: &Rope, other: &Rope) -> Rope;
    /// All of it in one array, which is not to be changed.
    #[wasm_bindgen(method)]
    pub(crate) fn bytes(this: &Rope) -> Uint8Array;

    /// A pair just generated. Its private key is extractable unless it is ephemeral.
    pub type KeyPair;

    #[wasm_bindgen(method, getter, js_name = publicKey)]
    pub(crate) fn public_key(this: &KeyPair) -> Uint8Array;
    #[wasm_bindgen(method, getter, js_name = privateKey)]
    pub(crate) fn private_key(this: &KeyPair) -> CryptoKey;

    /// A private key sealed, and its handle that cannot be exported.
    pub type SealedKey;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn ciphertext(this: &SealedKey) -> Uint8Array;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn handle(this: &SealedKey) -> CryptoKey;

    /// What opening chunks gave: the plaintext up to the first corrupt chunk, and which that was.
    pub type OpenedChunks;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn opened(this: &OpenedChunks) -> Rope;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn corrupt(this: &OpenedChunks) -> Option<u32>;

    /// Every operation of the engine (`pkg/src/engine/host.ts`).
    #[wasm_bindgen(typescript_type = "EngineHost")]
    pub type EngineHost;

    #[wasm_bindgen(method)]
    pub(crate) fn rope(this: &EngineHost, bytes: Uint8Array) -> Rope;
    #[wasm_bindgen(method)]
    pub(crate) fn concat(this: &EngineHost, parts: Vec<Rope>) -> Rope;
    #[wasm_bindgen(method, catch, js_name = fillRandom)]
    pub(crate) fn fill_random(this: &EngineHost, out: &mut [u8]) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    pub(crate) fn normalize(this: &EngineHost, text: &str) -> String;
    #[wasm_bindgen(method)]
    pub(crate) fn lowercase(this: &EngineHost, text: &str) -> String;

    #[wasm_bindgen(method, catch)]
    pub(crate) async fn pbkdf2(
        this: &EngineHost,
        passphrase: &[u8],
        salt: &[u8],
        iterations: u32,
    ) -> Result<Uint8Array, JsValue>;
    #[wasm_bindgen(method, catch, js_name = aesSeal)]
    pub(crate) async fn aes_seal(
        this: &EngineHost,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Uint8Array, JsValue>;
    #[wasm_bindgen(method, catch, js_name = aesOpen)]
    pub(crate) async fn aes_open(
        this: &EngineHost,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Uint8Array, JsValue>;

    #[wasm_bindgen(method, catch, js_name = generatePair)]
    pub(crate) async fn generate_pair(
        this: &EngineHost,
        algorithm: &str,
        modulus_bits: u32,
    ) -> Result<KeyPair, JsValue>;
    #[wasm_bindgen(method, catch, js_name = sealPrivateKey)]
    pub(crate) async fn seal_private_key(
        this: &EngineHost,
        private_key: &CryptoKey,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<SealedKey, JsValue>;
    #[wasm_bindgen(method, catch, js_name = openPrivateKey)]
    pub(crate) async fn open_private_key(
        this: &EngineHost,
        algorithm: &str,
        modulus_bits: u32,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<CryptoKey, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn reseal(
        this: &EngineHost,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        sealed: &[u8],
        new_key: &[u8],
        new_nonce: &[u8],
        new_aad: &[u8],
    ) -> Result<Uint8Array, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn sign(
        this: &EngineHost,
        key: &CryptoKey,
        message: &[u8],
    ) -> Result<Uint8Array, JsValue>;

    #[wasm_bindgen(method, catch, js_name = rsaWrap)]
    pub(crate) async fn rsa_wrap(
        this: &EngineHost,
        public_key: &[u8],
        label: &[u8],
        secret: &[u8],
    ) -> Result<Uint8Array, JsValue>;
    #[wasm_bindgen(method, catch, js_name = rsaUnwrap)]
    pub(crate) async fn rsa_unwrap(
        this: &EngineHost,
        key: &CryptoKey,
        label: &[u8],
        wrapped: &[u8],
    ) -> Result<Uint8Array, JsValue>;
    #[wasm_bindgen(method, catch, js_name = generateEphemeral)]
    pub(crate) async fn generate_ephemeral(this: &EngineHost) -> Result<KeyPair, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn x25519(
        this: &EngineHost,
        key: &CryptoKey,
        public_key: &[u8],
    ) -> Result<Uint8Array, JsValue>;

    #[wasm_bindgen(method, catch, js_name = importContentKey)]
    pub(crate) async fn import_content_key(this: &EngineHost, key: &[u8]) -> Result<CryptoKey, JsValue>;
    #[wasm_bindgen(method, catch, js_name = sealChunks)]
    pub(crate) async fn seal_chunks(
        this: &EngineHost,
        key: &CryptoKey,
        base_nonce: &[u8],
        first_chunk: f64,
        plaintext: Rope,
        last: bool,
    ) -> Result<Rope, JsValue>;
    #[wasm_bindgen(method, catch, js_name = openChunks)]
    pub(crate) async fn open_chunks(
        this: &EngineHost,
        key: &CryptoKey,
        base_nonce: &[u8],
        first_chunk: f64,
        sealed: Rope,
        last: bool,
    ) -> Result<OpenedChunks, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn digest(this: &EngineHost) -> Result<Digest, JsValue>;
}
