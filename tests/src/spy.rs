//! An engine that knows everything the native one is trusted with: what a leak test has to look for.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use keyferry_crypto::engine::{
    CHUNK_BYTES, Engine, EngineError, NewKeyPair, OpenChunksError, PrivateKeySeal, SealedPrivateKey,
    SegmentEnd,
};
use keyferry_crypto::{Secret, Software, SoftwareContentKey, SoftwareDecryptionKey, SoftwareSigningKey};
use keyferry_protocol::Suite;
use zeroize::Zeroizing;

/// What a secret is, and its bytes.
pub type Named = (String, Vec<u8>);

/// Secrets that passed through an engine, and what was sealed under them. Clones share them.
#[derive(Clone, Default)]
pub struct Known {
    secrets: Rc<RefCell<Vec<Named>>>,
    sealed: Rc<RefCell<BTreeSet<Chunk>>>,
    sealed_twice: Rc<RefCell<Vec<Chunk>>>,
    last_content: Rc<RefCell<Option<ContentSecret>>>,
}

/// What opens one content, and forges it: its key and base nonce.
pub type ContentSecret = (SoftwareContentKey, [u8; 12]);

/// A base nonce, which no two pairs of salt and DEK have in common, and a chunk's number.
pub type Chunk = ([u8; 12], u64);

impl Known {
    /// How many chunks were sealed.
    #[must_use]
    pub fn chunks_sealed(&self) -> usize {
        self.sealed.borrow().len()
    }

    /// Chunks that were sealed more than once under one salt. There must be none.
    #[must_use]
    pub fn chunks_sealed_twice(&self) -> Vec<Chunk> {
        self.sealed_twice.borrow().clone()
    }

    /// What the content was sealed under that was sealed last.
    #[must_use]
    pub fn last_content(&self) -> Option<ContentSecret> {
        self.last_content.borrow().clone()
    }

    fn seal(&self, key: &SoftwareContentKey, base_nonce: [u8; 12], chunks: Range<u64>) {
        *self.last_content.borrow_mut() = Some((key.clone(), base_nonce));
        for chunk in chunks.map(|number| (base_nonce, number)) {
            if !self.sealed.borrow_mut().insert(chunk) {
                self.sealed_twice.borrow_mut().push(chunk);
            }
        }
    }

    fn add(&self, what: &str, secret: &[u8]) {
        let mut all = self.secrets.borrow_mut();
        if !all.iter().any(|(_, known)| known == secret) {
            let number = all.len();
            all.push((format!("{what} #{number}"), secret.to_vec()));
        }
    }

    /// All of them, by what they are.
    #[must_use]
    pub fn all(&self) -> Vec<Named> {
        self.secrets.borrow().clone()
    }
}

/// The native engine, watched.
#[derive(Clone, Default)]
pub struct Spy {
    known: Known,
}

impl Spy {
    /// An engine that tells `known`.
    #[must_use]
    pub fn new(known: Known) -> Self {
        Self { known }
    }

    /// The private key of a fresh pair, read back from its seal.
    async fn note_private_key<H>(
        &self,
        what: &str,
        seal: &PrivateKeySeal<'_>,
        pair: &NewKeyPair<H>,
    ) -> Result<(), EngineError> {
        let aad = (seal.aad)(&pair.public_key);
        let pkcs8 =
            Software.aes_gcm_open(seal.key, &pair.sealed.nonce, &aad, &pair.sealed.ciphertext).await?;
        self.known.add("bundle key", seal.key.expose());
        for part in private_parts(&pkcs8, &pair.public_key) {
            self.known.add(what, part);
        }
        Ok(())
    }
}

/// Pieces of a PKCS#8 key that the public key does not hold: of a curve key its 32 bytes, of an RSA key 32 bytes here
/// and there in everything after the modulus.
fn private_parts<'a>(pkcs8: &'a [u8], public_key: &[u8]) -> Vec<&'a [u8]> {
    if public_key.len() == 32 {
        return vec![&pkcs8[pkcs8.len() - 32..]];
    }
    // The modulus is in both; the private exponent follows it, after the short public one.
    pkcs8[public_key.len() + 32..].chunks_exact(32).step_by(4).collect()
}

impl Engine for Spy {
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
        passphrase: &[u8],
        salt: &[u8],
        iterations: u32,
    ) -> Result<Secret<32>, EngineError> {
        let output = Software.pbkdf2_sha256(passphrase, salt, iterations).await?;
        self.known.add("passphrase", passphrase);
        self.known.add("PBKDF2 output", output.expose());
        Ok(output)
    }

    async fn aes_gcm_seal(
        &self,
        key: &Secret<32>,
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        self.known.add("record key", key.expose());
        self.known.add("record", plaintext);
        Software.aes_gcm_seal(key, nonce, aad, plaintext).await
    }

    async fn aes_gcm_open(
        &self,
        key: &Secret<32>,
        nonce: &[u8; 12],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EngineError> {
        let plaintext = Software.aes_gcm_open(key, nonce, aad, sealed).await?;
        self.known.add("record key", key.expose());
        self.known.add("record", &plaintext);
        Ok(plaintext)
    }

    async fn generate_signing_key(
        &self,
        seal: &PrivateKeySeal<'_>,
    ) -> Result<NewKeyPair<SoftwareSigningKey>, EngineError> {
        let pair = Software.generate_signing_key(seal).await?;
        self.note_private_key("signing key", seal, &pair).await?;
        Ok(pair)
    }

    async fn open_signing_key(
        &self,
        key: &Secret<32>,
        aad: &[u8],
        sealed: &SealedPrivateKey,
    ) -> Result<SoftwareSigningKey, EngineError> {
        self.known.add("bundle key", key.expose());
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
        let pair = Software.generate_decryption_key(suite, seal).await?;
        self.note_private_key("decryption key", seal, &pair).await?;
        Ok(pair)
    }

    async fn open_decryption_key(
        &self,
        suite: Suite,
        key: &Secret<32>,
        aad: &[u8],
        sealed: &SealedPrivateKey,
    ) -> Result<SoftwareDecryptionKey, EngineError> {
        self.known.add("bundle key", key.expose());
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
        self.known.add("bundle key", key.expose());
        self.known.add("bundle key", seal.key.expose());
        Software.reseal_private_key(key, aad, sealed, public_key, seal).await
    }

    async fn rsa_oaep_wrap(
        &self,
        public_key_spki: &[u8],
        label: &[u8],
        secret: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        self.known.add("wrapped key", secret);
        Software.rsa_oaep_wrap(public_key_spki, label, secret).await
    }

    async fn rsa_oaep_unwrap(
        &self,
        key: &SoftwareDecryptionKey,
        label: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EngineError> {
        let secret = Software.rsa_oaep_unwrap(key, label, wrapped).await?;
        self.known.add("wrapped key", &secret);
        Ok(secret)
    }

    async fn generate_ephemeral_x25519(&self) -> Result<(SoftwareDecryptionKey, [u8; 32]), EngineError> {
        Software.generate_ephemeral_x25519().await
    }

    async fn x25519(
        &self,
        key: &SoftwareDecryptionKey,
        public_key: &[u8; 32],
    ) -> Result<Secret<32>, EngineError> {
        let shared = Software.x25519(key, public_key).await?;
        self.known.add("shared secret", shared.expose());
        Ok(shared)
    }

    async fn import_content_key(&self, key: &Secret<32>) -> Result<SoftwareContentKey, EngineError> {
        self.known.add("content key", key.expose());
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
        let whole = (plaintext.len() / CHUNK_BYTES) as u64;
        let chunks = whole + u64::from(end == SegmentEnd::Final);
        self.known.seal(key, *base_nonce, first_chunk..first_chunk + chunks);
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
