//! Private keys of vectors, as an engine takes them: sealed.

use keyferry_crypto::Secret;
use keyferry_crypto::engine::{Engine, EngineError, SealedPrivateKey};
use keyferry_protocol::Suite;

const NONCE: [u8; 12] = [7; 12];

/// A handle for a PKCS#8 private key.
pub(crate) async fn decryption_key<E: Engine>(
    engine: &E,
    suite: Suite,
    pkcs8: &[u8],
) -> Result<E::DecryptionKey, EngineError> {
    let seal = Secret::zeroed();
    let sealed =
        SealedPrivateKey { nonce: NONCE, ciphertext: engine.aes_gcm_seal(&seal, &NONCE, b"", pkcs8).await? };
    engine.open_decryption_key(suite, &seal, b"", &sealed).await
}

/// A handle for 32 raw bytes of an X25519 private key (PKCS#8 of RFC 8410 §7).
pub(crate) async fn x25519_key<E: Engine>(engine: &E, raw: &[u8]) -> Result<E::DecryptionKey, EngineError> {
    const PREFIX: [u8; 16] = *b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x6e\x04\x22\x04\x20";
    decryption_key(engine, Suite::X25519Hpke, &[PREFIX.as_slice(), raw].concat()).await
}
