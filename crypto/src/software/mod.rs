//! The native engine, on RustCrypto and dalek crates: for tests, the command line and as the oracle of the browser's.
//!
//! The `rsa` crate is not constant-time (RUSTSEC-2023-0071). It is blinded here, and this engine is never used where a
//! remote party can time it; browsers use WebCrypto.

mod content;
mod key;

use core::ops::Range;

use bytes::{Bytes, BytesMut};
use keyferry_protocol::Suite;
use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::engine::{
    Engine, EngineError, NewKeyPair, OpenChunksError, PrivateKeySeal, SealedPrivateKey, SegmentEnd,
};
use crate::{Secret, record};

pub use content::SoftwareContentKey;
pub use key::{SoftwareDecryptionKey, SoftwareSigningKey};

/// The native engine. It has no state; every clone is the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct Software;

impl Engine for Software {
    type SigningKey = SoftwareSigningKey;
    type DecryptionKey = SoftwareDecryptionKey;
    type ContentKey = SoftwareContentKey;
    type Buffer = Bytes;
    type Digest = Sha256;

    fn buffer_from(&self, bytes: &[u8]) -> Bytes {
        Bytes::copy_from_slice(bytes)
    }

    fn buffer_len(&self, buffer: &Bytes) -> usize {
        buffer.len()
    }

    fn buffer_slice(&self, buffer: &Bytes, range: Range<usize>) -> Bytes {
        buffer.slice(range)
    }

    fn buffer_concat(&self, parts: &[Bytes]) -> Bytes {
        let mut whole = BytesMut::with_capacity(parts.iter().map(Bytes::len).sum());
        parts.iter().for_each(|part| whole.extend_from_slice(part));
        whole.freeze()
    }

    fn buffer_to_vec(&self, buffer: &Bytes) -> Vec<u8> {
        buffer.to_vec()
    }

    fn fill_random(&self, out: &mut [u8]) -> Result<(), EngineError> {
        getrandom::fill(out).map_err(|_| EngineError::Unavailable)
    }

    fn normalize_nfkc(&self, text: &str) -> Zeroizing<String> {
        // NFKC maps one character to at most 18; enough room means no growth, so no unwiped copy of a passphrase.
        let mut normalized = Zeroizing::new(String::with_capacity(text.len() * 18));
        normalized.extend(text.nfkc());
        normalized
    }

    fn lowercase(&self, text: &str) -> String {
        text.to_lowercase()
    }

    async fn pbkdf2_sha256(
        &self,
        passphrase: &[u8],
        salt: &[u8],
        iterations: u32,
    ) -> Result<Secret<32>, EngineError> {
        let mut output = Secret::zeroed();
        pbkdf2::pbkdf2_hmac::<Sha256>(passphrase, salt, iterations, output.expose_mut());
        Ok(output)
    }

    async fn aes_gcm_seal(
        &self,
        key: &Secret<32>,
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        record::seal(key, nonce, aad, plaintext)
    }

    async fn aes_gcm_open(
        &self,
        key: &Secret<32>,
        nonce: &[u8; 12],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EngineError> {
        record::open(key, nonce, aad, sealed)
    }

    async fn generate_signing_key(
        &self,
        seal: &PrivateKeySeal<'_>,
    ) -> Result<NewKeyPair<SoftwareSigningKey>, EngineError> {
        SoftwareSigningKey::generate(seal)
    }

    async fn open_signing_key(
        &self,
        key: &Secret<32>,
        aad: &[u8],
        sealed: &SealedPrivateKey,
    ) -> Result<SoftwareSigningKey, EngineError> {
        SoftwareSigningKey::from_pkcs8(&record::open(key, &sealed.nonce, aad, &sealed.ciphertext)?)
    }

    async fn sign(&self, key: &SoftwareSigningKey, message: &[u8]) -> Result<[u8; 64], EngineError> {
        Ok(key.sign(message))
    }

    async fn generate_decryption_key(
        &self,
        suite: Suite,
        seal: &PrivateKeySeal<'_>,
    ) -> Result<NewKeyPair<SoftwareDecryptionKey>, EngineError> {
        SoftwareDecryptionKey::generate(suite, seal)
    }

    async fn open_decryption_key(
        &self,
        suite: Suite,
        key: &Secret<32>,
        aad: &[u8],
        sealed: &SealedPrivateKey,
    ) -> Result<SoftwareDecryptionKey, EngineError> {
        SoftwareDecryptionKey::from_pkcs8(suite, &record::open(key, &sealed.nonce, aad, &sealed.ciphertext)?)
    }

    async fn reseal_private_key(
        &self,
        key: &Secret<32>,
        aad: &[u8],
        sealed: &SealedPrivateKey,
        public_key: &[u8],
        seal: &PrivateKeySeal<'_>,
    ) -> Result<SealedPrivateKey, EngineError> {
        key::seal_pkcs8(&record::open(key, &sealed.nonce, aad, &sealed.ciphertext)?, public_key, seal)
    }

    async fn rsa_oaep_wrap(
        &self,
        public_key_spki: &[u8],
        label: &[u8],
        secret: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        key::rsa_oaep_wrap(public_key_spki, label, secret)
    }

    async fn rsa_oaep_unwrap(
        &self,
        key: &SoftwareDecryptionKey,
        label: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EngineError> {
        key.rsa_oaep_unwrap(label, wrapped)
    }

    async fn generate_ephemeral_x25519(&self) -> Result<(SoftwareDecryptionKey, [u8; 32]), EngineError> {
        SoftwareDecryptionKey::generate_ephemeral()
    }

    async fn x25519(
        &self,
        key: &SoftwareDecryptionKey,
        public_key: &[u8; 32],
    ) -> Result<Secret<32>, EngineError> {
        key.x25519(public_key)
    }

    async fn import_content_key(&self, key: &Secret<32>) -> Result<SoftwareContentKey, EngineError> {
        Ok(SoftwareContentKey::new(key))
    }

    async fn seal_chunks(
        &self,
        key: &SoftwareContentKey,
        base_nonce: &[u8; 12],
        first_chunk: u64,
        plaintext: Bytes,
        end: SegmentEnd,
    ) -> Result<Bytes, EngineError> {
        key.seal_chunks(base_nonce, first_chunk, &plaintext, end)
    }

    async fn open_chunks(
        &self,
        key: &SoftwareContentKey,
        base_nonce: &[u8; 12],
        first_chunk: u64,
        sealed: Bytes,
        end: SegmentEnd,
    ) -> Result<Bytes, OpenChunksError<Bytes>> {
        key.open_chunks(base_nonce, first_chunk, &sealed, end)
    }

    async fn digest_start(&self) -> Result<Sha256, EngineError> {
        Ok(Sha256::new())
    }

    async fn digest_update(&self, digest: &mut Sha256, bytes: &Bytes) -> Result<(), EngineError> {
        digest.update(bytes);
        Ok(())
    }

    async fn digest_finish(&self, digest: Sha256) -> Result<[u8; 32], EngineError> {
        Ok(digest.finalize().into())
    }
}
