//! Wrap suites. There is no decoder for anything weaker, so nothing can be downgraded.

use serde::{Deserialize, Serialize};

use crate::encoding::EncodingError;

/// How a key is wrapped to a public key. Ids leave room for a post-quantum hybrid.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Suite {
    /// RSA-OAEP (RFC 8017 §7.1), 2048-bit modulus, SHA-256; the label is SHA-256 of the wrap context.
    #[serde(rename = "rsa-oaep-2048")]
    RsaOaep2048,
    /// RSA-OAEP, 3072-bit modulus: the default.
    #[default]
    #[serde(rename = "rsa-oaep-3072")]
    RsaOaep3072,
    /// RSA-OAEP, 4096-bit modulus.
    #[serde(rename = "rsa-oaep-4096")]
    RsaOaep4096,
    /// HPKE (RFC 9180) base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; `info` is the wrap context.
    #[serde(rename = "x25519-hpke")]
    X25519Hpke,
}

impl Suite {
    /// Every suite, strongest default first.
    pub const ALL: [Suite; 4] =
        [Suite::RsaOaep3072, Suite::RsaOaep2048, Suite::RsaOaep4096, Suite::X25519Hpke];

    /// The id as it stands in contexts, statements and JSON.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Suite::RsaOaep2048 => "rsa-oaep-2048",
            Suite::RsaOaep3072 => "rsa-oaep-3072",
            Suite::RsaOaep4096 => "rsa-oaep-4096",
            Suite::X25519Hpke => "x25519-hpke",
        }
    }

    /// Parses a suite id.
    ///
    /// # Errors
    /// [`EncodingError`] for an unknown suite (code `suite_unsupported`).
    pub fn parse(text: &str) -> Result<Self, EncodingError> {
        Suite::ALL.into_iter().find(|suite| suite.id() == text).ok_or(EncodingError("suite"))
    }

    /// The modulus length in bits, for the RSA suites.
    #[must_use]
    pub const fn modulus_bits(self) -> Option<usize> {
        match self {
            Suite::RsaOaep2048 => Some(2048),
            Suite::RsaOaep3072 => Some(3072),
            Suite::RsaOaep4096 => Some(4096),
            Suite::X25519Hpke => None,
        }
    }

    /// Length in bytes of a wrapped 32-byte key: the modulus, or HPKE's 32-byte `enc` with 32 + 16 bytes of ciphertext.
    #[must_use]
    pub const fn wrapped_bytes(self) -> usize {
        match self.modulus_bits() {
            Some(bits) => bits / 8,
            None => 32 + 32 + 16,
        }
    }
}

crate::json::json_text!(Suite, Suite::RsaOaep3072, |suite| suite.id().to_owned(), |text| Ok(Suite::parse(
    text
)?));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_contexts_use_the_same_id() {
        for suite in Suite::ALL {
            assert_eq!(serde_json::to_value(suite).unwrap(), suite.id());
            assert_eq!(Suite::parse(suite.id()).unwrap(), suite);
        }
        assert!(Suite::parse("rsa-oaep-1024").is_err());
    }
}
