//! An engine that watches what it is asked and fails on demand.

use core::cell::{Cell, RefCell};
use core::ops::Range;

use bytes::Bytes;
use keyferry_crypto::engine::{
    CHUNK_BYTES, Engine, EngineError, NewKeyPair, OpenChunksError, PrivateKeySeal, SealedPrivateKey,
    SegmentEnd,
};
use keyferry_crypto::{Secret, Software, SoftwareContentKey, SoftwareDecryptionKey, SoftwareSigningKey};
use keyferry_protocol::Suite;
use zeroize::Zeroizing;

/// [`Software`], watched.
#[derive(Default)]
pub struct Watched {
    /// Every chunk number that was sealed, in order.
    pub sealed_chunks: RefCell<Vec<u64>>,
    /// How many times a passphrase was derived from.
    pub derivations: Cell<u32>,
    /// The call of `seal_chunks`, counted from 1, that fails; 0 for none.
    pub failing_seal: Cell<u32>,
    /// X25519 gives zeros instead of refusing low-order points, as some platforms do.
    pub lax_x25519: bool,
}

impl Engine for Watched {
    type SigningKey = SoftwareSigningKey;
    type DecryptionKey = SoftwareDecryptionKey;
    type ContentKey = SoftwareContentKey;
    type Buffer = Bytes;
    type Digest = <Software as Engine>::Digest;

    fn buffer_from(&self, bytes: &[u8]) -> Bytes {
        Software.buffer_from(bytes)
    }
    fn buffer_len(&self, buffer: &Bytes) -> usize {
        Software.buffer_len(buffer)
    }
    fn buffer_slice(&self, buffer: &Bytes, range: Range<usize>) -> Bytes {
        Software.buffer_slice(buffer, range)
    }
    fn buffer_concat(&self, parts: &[Bytes]) -> Bytes {
        Software.buffer_concat(parts)
    }
    fn buffer_to_vec(&self, buffer: &Bytes) -> Vec<u8> {
        Software.buffer_to_vec(buffer)
    }
    fn fill_random(&self, out: &mut [u8]) -> Result<(), EngineError> {
        Software.fill_random(out)
    }
    fn normalize_nfkc(&self, text: &str) -> Zeroizing<String> {
        Software.normalize_nfkc(text)
    }
    fn lowercase(&self, text: &str) -> String {
        Software.lowercase(text)
    }
    async fn pbkdf2_sha256(
        &self,
        phrase: &[u8],
        salt: &[u8],
        iterations: u32,
    ) -> Result<Secret<32>, EngineError> {
        self.derivations.set(self.derivations.get() + 1);
        Software.pbkdf2_sha256(phrase, salt, iterations).await
    }
    async fn aes_gcm_seal(
        &self,
        key: &Secret<32>,
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        Software.aes_gcm_seal(key, nonce, aad, plaintext).await
    }
    async fn aes_gcm_open(
        &self,
        key: &Secret<32>,
        nonce: &[u8; 12],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EngineError> {
        Software.aes_gcm_open(key, nonce, aad, sealed).await
    }
    async fn generate_signing_key(
        &self,
        seal: &PrivateKeySeal<'_>,
    ) -> Result<NewKeyPair<SoftwareSigningKey>, EngineError> {
        Software.generate_signing_key(seal).await
    }
    async fn open_signing_key(
        &self,
        key: &Secret<32>,
        aad: &[u8],
        sealed: &SealedPrivateKey,
    ) -> Result<SoftwareSigningKey, EngineError> {
        Software.open_signing_key(key, aad, sealed).await
    }
    async fn sign(&self, key: &SoftwareSigningKey, message: &[u8]) -> Result<[u8; 64], EngineError> {
        Software.sign(key, message).await
    }
    async fn generate_decryption_key(
        &self,
        suite: Suite,
        seal: &PrivateKeySeal<'_>,
    ) -> Result<NewKeyPair<SoftwareDecryptionKey>, EngineError> {
        Software.generate_decryption_key(suite, seal).await
    }
    async fn open_decryption_key(
        &self,
        suite: Suite,
        key: &Secret<32>,
        aad: &[u8],
        sealed: &SealedPrivateKey,
    ) -> Result<SoftwareDecryptionKey, EngineError> {
        Software.open_decryption_key(suite, key, aad, sealed).await
    }
    async fn reseal_private_key(
        &self,
        key: &Secret<32>,
        aad: &[u8],
        sealed: &SealedPrivateKey,
        public_key: &[u8],
        seal: &PrivateKeySeal<'_>,
    ) -> Result<SealedPrivateKey, EngineError> {
        Software.reseal_private_key(key, aad, sealed, public_key, seal).await
    }
    async fn rsa_oaep_wrap(&self, spki: &[u8], label: &[u8], secret: &[u8]) -> Result<Vec<u8>, EngineError> {
        Software.rsa_oaep_wrap(spki, label, secret).await
    }
    async fn rsa_oaep_unwrap(
        &self,
        key: &SoftwareDecryptionKey,
        label: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EngineError> {
        Software.rsa_oaep_unwrap(key, label, wrapped).await
    }
    async fn generate_ephemeral_x25519(&self) -> Result<(SoftwareDecryptionKey, [u8; 32]), EngineError> {
        Software.generate_ephemeral_x25519().await
    }
    async fn x25519(
        &self,
        key: &SoftwareDecryptionKey,
        public_key: &[u8; 32],
    ) -> Result<Secret<32>, EngineError> {
        match Software.x25519(key, public_key).await {
            Err(EngineError::Refused) if self.lax_x25519 => Ok(Secret::zeroed()),
            outcome => outcome,
        }
    }
    async fn import_content_key(&self, key: &Secret<32>) -> Result<SoftwareContentKey, EngineError> {
        Software.import_content_key(key).await
    }
    async fn seal_chunks(
        &self,
        key: &SoftwareContentKey,
        base_nonce: &[u8; 12],
        first_chunk: u64,
        plaintext: Bytes,
        end: SegmentEnd,
    ) -> Result<Bytes, EngineError> {
        let chunks = (plaintext.len() / CHUNK_BYTES) as u64 + u64::from(end == SegmentEnd::Final);
        self.sealed_chunks.borrow_mut().extend(first_chunk..first_chunk + chunks);
        let left = self.failing_seal.get();
        self.failing_seal.set(left.saturating_sub(1));
        if left == 1 {
            return Err(EngineError::Unavailable);
        }
        Software.seal_chunks(key, base_nonce, first_chunk, plaintext, end).await
    }
    async fn open_chunks(
        &self,
        key: &SoftwareContentKey,
        base_nonce: &[u8; 12],
        first_chunk: u64,
        sealed: Bytes,
        end: SegmentEnd,
    ) -> Result<Bytes, OpenChunksError<Bytes>> {
        Software.open_chunks(key, base_nonce, first_chunk, sealed, end).await
    }
    async fn digest_start(&self) -> Result<Self::Digest, EngineError> {
        Software.digest_start().await
    }
    async fn digest_update(&self, digest: &mut Self::Digest, bytes: &Bytes) -> Result<(), EngineError> {
        Software.digest_update(digest, bytes).await
    }
    async fn digest_finish(&self, digest: Self::Digest) -> Result<[u8; 32], EngineError> {
        Software.digest_finish(digest).await
    }
}
