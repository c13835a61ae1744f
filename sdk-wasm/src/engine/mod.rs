//! The WebCrypto engine: `keyferry_crypto::Engine` over `crypto.subtle`, in browsers and in Node.
//!
//! The JavaScript half is `pkg/src/engine`. Private keys are `CryptoKey` handles that cannot be exported: even while a
//! pair is generated, its bytes exist only inside WebCrypto. File content stays in JavaScript buffers.

mod digest;
mod error;
mod host;

use core::ops::Range;

use js_sys::Uint8Array;
use keyferry_crypto::Secret;
use keyferry_crypto::engine::{
    Engine, EngineError, NewKeyPair, OpenChunksError, PrivateKeySeal, SealedPrivateKey, SegmentEnd,
};
use keyferry_protocol::Suite;
use zeroize::Zeroizing;

pub use digest::Digest;
pub use host::{CryptoKey, EngineHost, Rope};

use error::{engine_error, fixed, secret, wiped};

/// The engine of browsers and Node.
pub struct WebCrypto {
    host: EngineHost,
}

impl WebCrypto {
    /// An engine whose JavaScript half is `host`.
    #[must_use]
    pub fn new(host: EngineHost) -> Self {
        WebCrypto { host }
    }

    async fn seal_pair(
        &self,
        pair: host::KeyPair,
        seal: &PrivateKeySeal<'_>,
    ) -> Result<NewKeyPair<CryptoKey>, EngineError> {
        let public_key = pair.public_key().to_vec();
        let aad = (seal.aad)(&public_key);
        // The bundle key goes only into `importKey`; what comes back is a sealed key and a handle.
        let sealed = self
            .host
            .seal_private_key(&pair.private_key(), seal.key.expose(), &seal.nonce, &aad)
            .await
            .map_err(engine_error)?;
        Ok(NewKeyPair {
            public_key,
            sealed: SealedPrivateKey { nonce: seal.nonce, ciphertext: sealed.ciphertext().to_vec() },
            handle: sealed.handle(),
        })
    }
}

impl Engine for WebCrypto {
    type SigningKey = CryptoKey;
    type DecryptionKey = CryptoKey;
    type ContentKey = CryptoKey;
    type Buffer = Rope;
    type Digest = Digest;

    fn buffer_from(&self, bytes: &[u8]) -> Rope {
        self.host.rope(Uint8Array::from(bytes))
    }

    fn buffer_len(&self, buffer: &Rope) -> usize {
        buffer.length()
    }

    fn buffer_slice(&self, buffer: &Rope, range: Range<usize>) -> Rope {
        buffer.slice(range.start, range.end)
    }

    fn buffer_concat(&self, parts: &[Rope]) -> Rope {
        self.host.concat(parts.to_vec())
    }

    fn buffer_to_vec(&self, buffer: &Rope) -> Vec<u8> {
        buffer.bytes().to_vec()
    }

    fn fill_random(&self, out: &mut [u8]) -> Result<(), EngineError> {
        self.host.fill_random(out).map_err(engine_error)
    }

    fn normalize_nfkc(&self, text: &str) -> Zeroizing<String> {
        Zeroizing::new(self.host.normalize(text))
    }

    fn lowercase(&self, text: &str) -> String {
        self.host.lowercase(text)
    }

    async fn pbkdf2_sha256(
        &self,
        passphrase: &[u8],
        salt: &[u8],
        iterations: u32,
    ) -> Result<Secret<32>, EngineError> {
        secret(self.host.pbkdf2(passphrase, salt, iterations).await)
    }

    async fn aes_gcm_seal(
        &self,
        key: &Secret<32>,
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        // The key goes only into `importKey`.
        let sealed = self.host.aes_seal(key.expose(), nonce, aad, plaintext).await.map_err(engine_error)?;
        Ok(sealed.to_vec())
    }

    async fn aes_gcm_open(
        &self,
        key: &Secret<32>,
        nonce: &[u8; 12],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EngineError> {
        // The key goes only into `importKey`.
        wiped(self.host.aes_open(key.expose(), nonce, aad, sealed).await)
    }

    async fn generate_signing_key(
        &self,
        seal: &PrivateKeySeal<'_>,
    ) -> Result<NewKeyPair<CryptoKey>, EngineError> {
        let pair = self.host.generate_pair("Ed25519", 0).await.map_err(engine_error)?;
        self.seal_pair(pair, seal).await
    }

    async fn open_signing_key(
        &self,
        key: &Secret<32>,
        aad: &[u8],
        sealed: &SealedPrivateKey,
    ) -> Result<CryptoKey, EngineError> {
        self.open_private_key("Ed25519", 0, key, aad, sealed).await
    }

    async fn sign(&self, key: &CryptoKey, message: &[u8]) -> Result<[u8; 64], EngineError> {
        fixed(&self.host.sign(key, message).await.map_err(engine_error)?)
    }

    async fn generate_decryption_key(
        &self,
        suite: Suite,
        seal: &PrivateKeySeal<'_>,
    ) -> Result<NewKeyPair<CryptoKey>, EngineError> {
        let (name, modulus_bits) = algorithm(suite);
        let pair = self.host.generate_pair(name, modulus_bits).await.map_err(engine_error)?;
        self.seal_pair(pair, seal).await
    }

    async fn open_decryption_key(
        &self,
        suite: Suite,
        key: &Secret<32>,
        aad: &[u8],
        sealed: &SealedPrivateKey,
    ) -> Result<CryptoKey, EngineError> {
        let (name, modulus_bits) = algorithm(suite);
        self.open_private_key(name, modulus_bits, key, aad, sealed).await
    }

    async fn reseal_private_key(
        &self,
        key: &Secret<32>,
        aad: &[u8],
        sealed: &SealedPrivateKey,
        public_key: &[u8],
        seal: &PrivateKeySeal<'_>,
    ) -> Result<SealedPrivateKey, EngineError> {
        let new_aad = (seal.aad)(public_key);
        // Both keys go only into `importKey`; the private key between them stays in one JavaScript buffer, wiped there.
        let ciphertext = self
            .host
            .reseal(
                key.expose(),
                &sealed.nonce,
                aad,
                &sealed.ciphertext,
                seal.key.expose(),
                &seal.nonce,
                &new_aad,
            )
            .await
            .map_err(engine_error)?;
        Ok(SealedPrivateKey { nonce: seal.nonce, ciphertext: ciphertext.to_vec() })
    }

    async fn rsa_oaep_wrap(
        &self,
        public_key_spki: &[u8],
        label: &[u8],
        secret: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        let wrapped = self.host.rsa_wrap(public_key_spki, label, secret).await.map_err(engine_error)?;
        Ok(wrapped.to_vec())
    }

    async fn rsa_oaep_unwrap(
        &self,
        key: &CryptoKey,
        label: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EngineError> {
        wiped(self.host.rsa_unwrap(key, label, wrapped).await)
    }

    async fn generate_ephemeral_x25519(&self) -> Result<(CryptoKey, [u8; 32]), EngineError> {
        let pair = self.host.generate_ephemeral().await.map_err(engine_error)?;
        Ok((pair.private_key(), fixed(&pair.public_key())?))
    }

    async fn x25519(&self, key: &CryptoKey, public_key: &[u8; 32]) -> Result<Secret<32>, EngineError> {
        secret(self.host.x25519(key, public_key).await)
    }

    async fn import_content_key(&self, key: &Secret<32>) -> Result<CryptoKey, EngineError> {
        // The key goes only into `importKey`.
        self.host.import_content_key(key.expose()).await.map_err(engine_error)
    }

    async fn seal_chunks(
        &self,
        key: &CryptoKey,
        base_nonce: &[u8; 12],
        first_chunk: u64,
        plaintext: Rope,
        end: SegmentEnd,
    ) -> Result<Rope, EngineError> {
        let last = end == SegmentEnd::Final;
        self.host
            .seal_chunks(key, base_nonce, chunk_number(first_chunk), plaintext, last)
            .await
            .map_err(engine_error)
    }

    async fn open_chunks(
        &self,
        key: &CryptoKey,
        base_nonce: &[u8; 12],
        first_chunk: u64,
        sealed: Rope,
        end: SegmentEnd,
    ) -> Result<Rope, OpenChunksError<Rope>> {
        let last = end == SegmentEnd::Final;
        let first = chunk_number(first_chunk);
        let result =
            self.host.open_chunks(key, base_nonce, first, sealed, last).await.map_err(engine_error)?;
        match result.corrupt() {
            None => Ok(result.opened()),
            Some(index) => {
                let chunk = first_chunk + u64::from(index);
                Err(OpenChunksError::Corrupt { chunk, opened: result.opened() })
            }
        }
    }

    async fn digest_start(&self) -> Result<Digest, EngineError> {
        self.host.digest().map_err(engine_error)
    }

    async fn digest_update(&self, digest: &mut Digest, bytes: &Rope) -> Result<(), EngineError> {
        digest.update(bytes).await.map_err(engine_error)
    }

    async fn digest_finish(&self, digest: Digest) -> Result<[u8; 32], EngineError> {
        fixed(&digest.finish().await.map_err(engine_error)?)
    }
}

impl WebCrypto {
    async fn open_private_key(
        &self,
        name: &str,
        modulus_bits: u32,
        key: &Secret<32>,
        aad: &[u8],
        sealed: &SealedPrivateKey,
    ) -> Result<CryptoKey, EngineError> {
        // The bundle key goes only into `importKey`.
        self.host
            .open_private_key(name, modulus_bits, key.expose(), &sealed.nonce, aad, &sealed.ciphertext)
            .await
            .map_err(engine_error)
    }
}

/// WebCrypto's name for a suite's key, and the modulus length, 0 where there is none.
fn algorithm(suite: Suite) -> (&'static str, u32) {
    match suite.modulus_bits() {
        Some(bits) => ("RSA-OAEP", bits as u32),
        None => ("X25519", 0),
    }
}

/// Chunk numbers end at 2^38, which a JavaScript number holds exactly.
fn chunk_number(chunk: u64) -> f64 {
    chunk as f64
}
