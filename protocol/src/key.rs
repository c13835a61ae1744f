//! Public keys and their ids.

use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

use crate::encoding::{Bytes, Digest, EncodingError};
use crate::fingerprint::Fingerprint;
use crate::id::OwnerId;
use crate::suite::Suite;

/// An Ed25519 public key (RFC 8032), 32 bytes: a person's identity or an organization's root.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct IdentityKey([u8; 32]);

impl IdentityKey {
    /// Parses a point (RFC 8032 §5.1.3): refuses bytes that are no point, a second encoding of one (`y` not below
    /// 2^255 − 19: a key has one fingerprint), and points of small order.
    ///
    /// # Errors
    /// [`EncodingError`] (code `key_invalid`).
    pub fn parse(bytes: &[u8]) -> Result<Self, EncodingError> {
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| EncodingError("Ed25519 key length"))?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| EncodingError("Ed25519 point"))?;
        if key.to_edwards().compress().as_bytes() != &bytes {
            return Err(EncodingError("Ed25519 point not in its one encoding"));
        }
        if key.is_weak() {
            return Err(EncodingError("Ed25519 point of small order"));
        }
        Ok(IdentityKey(bytes))
    }

    /// The 32 bytes of the encoded point.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Verifies strictly: canonical `R`, no small-order components (RFC 8032 §5.1.7, "taming the many EdDSAs").
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        // `parse` proved the point; a failure here could only deny, never accept.
        VerifyingKey::from_bytes(&self.0).is_ok_and(|key| {
            key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
        })
    }

    /// The fingerprint of this key as the identity of `owner`.
    #[must_use]
    pub fn fingerprint(&self, owner: OwnerId) -> Fingerprint {
        Fingerprint::of(owner, self)
    }
}

impl Serialize for IdentityKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Bytes(self.0.to_vec()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for IdentityKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Bytes::deserialize(deserializer)?;
        IdentityKey::parse(&bytes.0).map_err(serde::de::Error::custom)
    }
}

crate::json::json_text!(IdentityKey, IdentityKey([0; 32]), |key| Bytes(key.0.to_vec()).to_string(), |text| {
    Ok(IdentityKey::parse(&Bytes::parse(text)?.0)?)
});

/// The id of an encryption key: SHA-256 of label, suite and public key.
pub type KeyId = Digest;

/// A public encryption key. RSA: SubjectPublicKeyInfo DER (RFC 5280 §4.1.2.7); X25519: the 32 raw bytes of RFC 7748.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EncryptionKey {
    /// What wraps to this key.
    pub suite: Suite,
    /// The key itself; at most [`EncryptionKey::MAX_BYTES`].
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub public_key: Bytes,
}

crate::json_object!(EncryptionKey { suite, public_key });

impl EncryptionKey {
    /// Longest accepted public key, in bytes: an RSA-4096 SubjectPublicKeyInfo is 550.
    pub const MAX_BYTES: usize = 600;

    /// The key's id.
    #[must_use]
    pub fn id(&self) -> KeyId {
        Digest::of_parts("keyferry/v1/key-id", &[self.suite.id().as_bytes(), &self.public_key.0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_order_points_are_no_identity() {
        // The identity element and a point of order 2 (RFC 8032 encodings).
        let mut identity = [0u8; 32];
        identity[0] = 1;
        let mut order_two = [0xff; 32];
        order_two[0] = 0xec;
        order_two[31] = 0x7f;
        for bytes in [identity, order_two, [0; 32]] {
            assert!(IdentityKey::parse(&bytes).is_err());
        }
    }

    #[test]
    fn a_point_has_one_encoding() {
        // y = 3 is on the curve; 2^255 - 19 + 3 is the same point written a second way (RFC 8032 §5.1.3 refuses it).
        let mut once = [0u8; 32];
        once[0] = 3;
        let mut again = [0xff; 32];
        (again[0], again[31]) = (0xf0, 0x7f);
        assert!(IdentityKey::parse(&once).is_ok());
        assert!(IdentityKey::parse(&again).is_err());
    }

    #[test]
    fn the_suite_is_part_of_the_key_id() {
        let key = |suite| EncryptionKey { suite, public_key: Bytes(vec![7; 32]) }.id();
        assert_ne!(key(Suite::X25519Hpke), key(Suite::RsaOaep3072));
    }
}
