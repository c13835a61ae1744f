//! What a platform does for us: everything that only WebCrypto does natively, or with handles that cannot be exported.
//!
//! Two engines implement [`Engine`]: WebCrypto (browsers and Node, in `sdk-wasm`) and `Software` (RustCrypto, native).
//! They must open each other's output byte for byte; `tests/vectors/*.json` holds both to it. HKDF, HMAC and SHA-256 of
//! small inputs are no business of an engine: they are pure Rust here, the same everywhere.

use core::ops::Range;

use keyferry_protocol::Suite;
use zeroize::Zeroizing;

use crate::Secret;

/// Plaintext bytes of every chunk but the final one, which is always shorter (C2SP chunked encryption).
pub const CHUNK_BYTES: usize = 16 * 1024;
/// Bytes that AES-256-GCM adds to every plaintext.
pub const TAG_BYTES: usize = 16;
/// Ciphertext bytes of every chunk but the final one.
pub const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;

/// The platform's cryptography. Futures need not be `Send`: in a browser they are promises.
///
/// Nonces, salts and contexts come from the caller, so an engine keeps no state and makes no choice. Where bytes are
/// secret, an engine wipes every copy it made, on failure too.
#[allow(async_fn_in_trait, reason = "no caller needs Send futures, and browsers cannot give them")]
pub trait Engine {
    /// An Ed25519 private key that signs and cannot be exported.
    type SigningKey: Clone;
    /// An RSA-OAEP or X25519 private key that decrypts or derives and cannot be exported.
    type DecryptionKey: Clone;
    /// An AES-256-GCM key for bulk content that cannot be exported.
    type ContentKey: Clone;
    /// Bulk bytes where the platform likes them: `bytes::Bytes` natively, a `Uint8Array` in JavaScript, so that file
    /// content never passes through wasm memory. Immutable by agreement; a clone shares the bytes.
    type Buffer: Clone;
    /// An incremental SHA-256 in progress (a worker in browsers, as WebCrypto digests only whole inputs).
    type Digest;

    /// Copies `bytes` into a buffer. For small things: headers, tests, short messages.
    fn buffer_from(&self, bytes: &[u8]) -> Self::Buffer;
    /// How many bytes `buffer` holds.
    fn buffer_len(&self, buffer: &Self::Buffer) -> usize;
    /// The bytes of `range` (which lies within the buffer), sharing memory where the platform can.
    fn buffer_slice(&self, buffer: &Self::Buffer, range: Range<usize>) -> Self::Buffer;
    /// All `parts` one after the other as one buffer.
    fn buffer_concat(&self, parts: &[Self::Buffer]) -> Self::Buffer;
    /// Copies a buffer into memory of ours. For small things only, never for file content.
    fn buffer_to_vec(&self, buffer: &Self::Buffer) -> Vec<u8>;

    /// Fills `out` with bytes from the platform's cryptographic random generator.
    fn fill_random(&self, out: &mut [u8]) -> Result<(), EngineError>;

    /// Unicode normalization form KC (UAX #15): `String.prototype.normalize("NFKC")`.
    fn normalize_nfkc(&self, text: &str) -> Zeroizing<String>;
    /// Unicode default lower-casing, independent of locale: `String.prototype.toLowerCase()`.
    fn lowercase(&self, text: &str) -> String;

    /// PBKDF2-HMAC-SHA-256 (RFC 8018 §5.2), 32 bytes out. The caller has checked `iterations` against its policy.
    async fn pbkdf2_sha256(
        &self,
        passphrase: &[u8],
        salt: &[u8],
        iterations: u32,
    ) -> Result<Secret<32>, EngineError>;

    /// AES-256-GCM of a small record: ciphertext followed by the 16-byte tag.
    async fn aes_gcm_seal(
        &self,
        key: &Secret<32>,
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, EngineError>;
    /// Opens what [`Engine::aes_gcm_seal`] made. Whatever is wrong, the error is [`EngineError::Refused`].
    async fn aes_gcm_open(
        &self,
        key: &Secret<32>,
        nonce: &[u8; 12],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EngineError>;

    /// Generates an Ed25519 key pair. Public key: 32 raw bytes (RFC 8032). Private key: PKCS#8 v1 (RFC 8410 §7, 48
    /// bytes, no public key inside), sealed as `seal` says.
    async fn generate_signing_key(
        &self,
        seal: &PrivateKeySeal<'_>,
    ) -> Result<NewKeyPair<Self::SigningKey>, EngineError>;
    /// Opens a sealed PKCS#8 Ed25519 key into a handle; in browsers `unwrapKey`, so the bytes never enter wasm memory.
    /// A seal that does not open and bytes that are no such key are both [`EngineError::Refused`].
    async fn open_signing_key(
        &self,
        key: &Secret<32>,
        aad: &[u8],
        sealed: &SealedPrivateKey,
    ) -> Result<Self::SigningKey, EngineError>;
    /// Ed25519 signature (RFC 8032, pure, no context) over `message`.
    async fn sign(&self, key: &Self::SigningKey, message: &[u8]) -> Result<[u8; 64], EngineError>;

    /// Generates an encryption key pair for `suite`. Public key: SubjectPublicKeyInfo DER for RSA (rsaEncryption, e =
    /// 65537), 32 raw bytes for X25519. Private key: PKCS#8 v1 (RFC 8017 A.1.2 or RFC 8410 §7), sealed as `seal` says.
    async fn generate_decryption_key(
        &self,
        suite: Suite,
        seal: &PrivateKeySeal<'_>,
    ) -> Result<NewKeyPair<Self::DecryptionKey>, EngineError>;
    /// Opens a sealed PKCS#8 key of `suite` into a handle, as [`Engine::open_signing_key`] does.
    async fn open_decryption_key(
        &self,
        suite: Suite,
        key: &Secret<32>,
        aad: &[u8],
        sealed: &SealedPrivateKey,
    ) -> Result<Self::DecryptionKey, EngineError>;
    /// Opens a sealed private key of any kind and seals it again under another key, nonce or AAD, without a handle
    /// and without the bytes leaving this operation. `aad` is the old one; the new one is made from `public_key`.
    async fn reseal_private_key(
        &self,
        key: &Secret<32>,
        aad: &[u8],
        sealed: &SealedPrivateKey,
        public_key: &[u8],
        seal: &PrivateKeySeal<'_>,
    ) -> Result<SealedPrivateKey, EngineError>;

    /// RSA-OAEP (RFC 8017 §7.1) with SHA-256 for both hash and MGF1, and `label`, to a SubjectPublicKeyInfo DER key.
    /// The caller has checked the key's modulus and exponent.
    async fn rsa_oaep_wrap(
        &self,
        public_key_spki: &[u8],
        label: &[u8],
        secret: &[u8],
    ) -> Result<Vec<u8>, EngineError>;
    /// Opens what [`Engine::rsa_oaep_wrap`] made; every failure is [`EngineError::Refused`]. A handle of another kind too.
    async fn rsa_oaep_unwrap(
        &self,
        key: &Self::DecryptionKey,
        label: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EngineError>;

    /// A fresh X25519 key pair for one Diffie-Hellman: handle and raw public key. It is never stored.
    async fn generate_ephemeral_x25519(&self) -> Result<(Self::DecryptionKey, [u8; 32]), EngineError>;
    /// X25519 (RFC 7748 §5). An all-zero result (low-order `public_key`) is [`EngineError::Refused`]; the caller checks
    /// again, so an engine whose platform does not refuse it is safe all the same.
    async fn x25519(
        &self,
        key: &Self::DecryptionKey,
        public_key: &[u8; 32],
    ) -> Result<Secret<32>, EngineError>;

    /// Imports a content key as a handle that cannot be exported.
    async fn import_content_key(&self, key: &Secret<32>) -> Result<Self::ContentKey, EngineError>;
    /// Seals consecutive chunks: `plaintext` is cut into [`CHUNK_BYTES`], chunk `i` of them is AES-256-GCM with no AAD
    /// under the nonce `base_nonce XOR (first_chunk + i)` (big-endian, as wide as the nonce), and the results are
    /// concatenated. With [`SegmentEnd::More`] `plaintext` is whole chunks; with [`SegmentEnd::Final`] the last piece,
    /// after zero or more whole chunks, is shorter than [`CHUNK_BYTES`] and may be empty, and is sealed too.
    async fn seal_chunks(
        &self,
        key: &Self::ContentKey,
        base_nonce: &[u8; 12],
        first_chunk: u64,
        plaintext: Self::Buffer,
        end: SegmentEnd,
    ) -> Result<Self::Buffer, EngineError>;
    /// Opens consecutive chunks that [`Engine::seal_chunks`] made. `sealed` is whole [`SEALED_CHUNK_BYTES`]; with
    /// [`SegmentEnd::Final`] its last piece is [`TAG_BYTES`] to `SEALED_CHUNK_BYTES - 1` long (the caller has checked).
    async fn open_chunks(
        &self,
        key: &Self::ContentKey,
        base_nonce: &[u8; 12],
        first_chunk: u64,
        sealed: Self::Buffer,
        end: SegmentEnd,
    ) -> Result<Self::Buffer, OpenChunksError<Self::Buffer>>;

    /// Starts a SHA-256 over content that comes in pieces.
    async fn digest_start(&self) -> Result<Self::Digest, EngineError>;
    /// Adds `bytes`. Resolves when the digest is ready for more, so that awaiting it bounds memory.
    async fn digest_update(&self, digest: &mut Self::Digest, bytes: &Self::Buffer)
    -> Result<(), EngineError>;
    /// The SHA-256 of everything added.
    async fn digest_finish(&self, digest: Self::Digest) -> Result<[u8; 32], EngineError>;
}

/// Whether the stream goes on after a segment of chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentEnd {
    /// Whole chunks only; more follow.
    More,
    /// The segment ends with the final, shorter, perhaps empty chunk of the stream.
    Final,
}

/// How a private key is to be sealed: AES-256-GCM under `key` and `nonce`, with an AAD that covers the public key.
pub struct PrivateKeySeal<'a> {
    /// The bundle key.
    pub key: &'a Secret<32>,
    /// Fresh random nonce, used for this one private key.
    pub nonce: [u8; 12],
    /// Makes the AAD from the public key bytes, which exist only once the pair is generated.
    pub aad: &'a dyn Fn(&[u8]) -> Vec<u8>,
}

/// A PKCS#8 private key under AES-256-GCM. Public: it opens only with the bundle key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedPrivateKey {
    /// The nonce it was sealed under.
    pub nonce: [u8; 12],
    /// Ciphertext followed by the 16-byte tag.
    pub ciphertext: Vec<u8>,
}

/// A pair just generated: what to publish, what to store, and the handle to use. No extractable key is left.
pub struct NewKeyPair<Handle> {
    /// The public key, encoded as the generating operation says.
    pub public_key: Vec<u8>,
    /// The private key, sealed.
    pub sealed: SealedPrivateKey,
    /// The private key as a handle that cannot be exported.
    pub handle: Handle,
}

/// Why an engine did not do as asked. A refused input is one error, whatever was wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// A seal did not open, or a key or an input was not acceptable.
    #[error("the input was refused")]
    Refused,
    /// The platform has no such operation or no randomness: not a secure context, or too old.
    #[error("this platform lacks a cryptographic operation; use a current browser and https")]
    Unavailable,
}

/// Why chunks did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenChunksError<Buffer> {
    /// A chunk failed authentication.
    #[error("content chunk {chunk} is corrupt")]
    Corrupt {
        /// Index in the stream of the first chunk that failed.
        chunk: u64,
        /// The plaintext of all chunks of the call before that one, and nothing of it or beyond it.
        opened: Buffer,
    },
    /// The engine itself failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
