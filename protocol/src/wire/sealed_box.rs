//! A short text sealed to one public key.

use super::wire;
use crate::cbor::{Field, Reader, Writer, to_bytes};
use crate::encoding::{Bytes, Digest, EncodingError};
use crate::key::KeyId;
use crate::suite::Suite;

wire! {
    /// AES-256-GCM under a fresh key, which is wrapped to the recipient; additional data see `context::box_context`.
    pub struct SealedBox {
        /// How the key is wrapped.
        pub suite: Suite,
        /// To which key.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub recipient_key: KeyId,
        /// The wrapped 32-byte key.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub wrapped: Bytes,
        /// The nonce, 12 random bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub nonce: Bytes,
        /// Ciphertext and 16-byte tag.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub ciphertext: Bytes,
    }
}

impl SealedBox {
    /// What statements quote: SHA-256 of the box as a CBOR array of its five fields.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.canonical())
    }

    /// The box as a CBOR array of its five fields.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        to_bytes(self)
    }
}

impl Field for SealedBox {
    fn put(&self, writer: &mut Writer) {
        writer.array(5).field(&self.suite).field(&self.recipient_key).field(&self.wrapped);
        writer.field(&self.nonce).field(&self.ciphertext);
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        reader.array_of(5)?;
        Ok(SealedBox {
            suite: Field::take(reader)?,
            recipient_key: Field::take(reader)?,
            wrapped: Field::take(reader)?,
            nonce: Field::take(reader)?,
            ciphertext: Field::take(reader)?,
        })
    }
}
