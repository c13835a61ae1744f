//! Small AES-256-GCM records.

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use zeroize::Zeroizing;

use crate::Secret;
use crate::engine::EngineError;

pub(crate) fn seal(
    key: &Secret<32>,
    nonce: &[u8; 12],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, EngineError> {
    cipher(key).encrypt(nonce.into(), Payload { msg: plaintext, aad }).map_err(|_| EngineError::Refused)
}

pub(crate) fn open(
    key: &Secret<32>,
    nonce: &[u8; 12],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, EngineError> {
    cipher(key)
        .decrypt(nonce.into(), Payload { msg: sealed, aad })
        .map(Zeroizing::new)
        .map_err(|_| EngineError::Refused)
}

/// The key goes nowhere but into the cipher, which wipes its schedule when dropped.
pub(crate) fn cipher(key: &Secret<32>) -> Aes256Gcm {
    Aes256Gcm::new(key.expose().into())
}
