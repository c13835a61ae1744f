//! HKDF (RFC 5869), the same in every engine.

use hkdf::Hkdf;
use sha2::Sha256;

use crate::Secret;

/// HKDF-SHA-256 without salt of a 32-byte key, for one `label`: 32 bytes.
#[inline(never)]
pub(crate) fn derive_key(key: &Secret<32>, label: &str) -> Secret<32> {
    let mut derived = Secret::zeroed();
    // The key goes only into the HMAC state, which wipes itself when dropped.
    Hkdf::<Sha256>::new(None, key.expose())
        .expand(label.as_bytes(), derived.expose_mut())
        .expect("32 bytes are within HKDF's limit of 255 blocks");
    derived
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_labels_give_unrelated_keys() {
        let key = Secret::take(&mut [9; 32]);
        assert!(!derive_key(&key, "keyferry/v1/login").matches(&derive_key(&key, "keyferry/v1/lock")));
    }
}
