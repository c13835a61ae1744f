//! Bytes as text: canonical base64url without padding, and 32-byte digests.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// Outside bytes that are not the one canonical encoding of anything (code `encoding`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not canonically encoded: {0}")]
pub struct EncodingError(pub &'static str);

/// Bytes that travel in JSON as base64url without padding (RFC 4648 §5). Non-canonical text is refused.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// Decodes base64url; refuses padding, foreign characters and non-zero trailing bits.
    ///
    /// # Errors
    /// [`EncodingError`] when `text` is not what [`fmt::Display`] would print.
    pub fn parse(text: &str) -> Result<Self, EncodingError> {
        Base64UrlUnpadded::decode_vec(text).map(Bytes).map_err(|_| EncodingError("base64url"))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl std::str::FromStr for Bytes {
    type Err = EncodingError;
    fn from_str(text: &str) -> Result<Self, EncodingError> {
        Bytes::parse(text)
    }
}

impl fmt::Debug for Bytes {
    // Only the length: logs must not carry wrapped keys or tokens by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({})", self.0.len())
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes(bytes)
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Bytes::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Thirty-two public bytes: a SHA-256 digest, a commitment or a tree root. Lowercase hex as text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// All zero: "nothing before this", the `previous` of a chain's first statement.
    pub const ZERO: Digest = Digest([0; 32]);

    /// SHA-256 (FIPS 180-4) of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Digest(Sha256::digest(bytes).into())
    }

    /// SHA-256 over a domain label and parts, each preceded by its length (8 bytes, big endian), so no two
    /// lists of parts share an input.
    #[must_use]
    pub fn of_parts(label: &str, parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in std::iter::once(label.as_bytes()).chain(parts.iter().copied()) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Digest(hash.finalize().into())
    }

    /// Parses 64 lowercase hex digits.
    ///
    /// # Errors
    /// [`EncodingError`] for anything else, upper case included.
    pub fn parse(text: &str) -> Result<Self, EncodingError> {
        let mut bytes = [0; 32];
        decode_hex(text, &mut bytes)?;
        Ok(Digest(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Digest::parse(&text).map_err(serde::de::Error::custom)
    }
}

crate::json::json_text!(Bytes, Bytes(Vec::new()), |bytes| bytes.to_string(), |text| Ok(Bytes::parse(text)?));
crate::json::json_text!(Digest, Digest::ZERO, |digest| digest.to_string(), |text| Ok(Digest::parse(text)?));

pub(crate) fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Decodes exactly `out.len()` bytes of lowercase hex.
pub(crate) fn decode_hex(text: &str, out: &mut [u8]) -> Result<(), EncodingError> {
    let digits = text.as_bytes();
    if digits.len() != out.len() * 2 {
        return Err(EncodingError("hex length"));
    }
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
    }
    Ok(())
}

fn hex_digit(digit: u8) -> Result<u8, EncodingError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(EncodingError("lowercase hex")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_byte_string_has_exactly_one_text(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let text = Bytes(bytes.clone()).to_string();
            prop_assert_eq!(Bytes::parse(&text).unwrap().0, bytes);
        }

        #[test]
        fn text_that_parses_prints_back_as_itself(text in "[A-Za-z0-9_-]{0,24}") {
            if let Ok(bytes) = Bytes::parse(&text) {
                prop_assert_eq!(bytes.to_string(), text);
            }
        }
    }

    /// FIPS 180-4's example "abc"; parts as docs/formats.md §1.2 has them.
    #[test]
    fn a_digest_is_sha_256_and_of_parts_that_of_lengths_and_parts() {
        let abc = Digest::of(b"abc");
        assert_eq!(abc.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let input =
            [&[0, 0, 0, 0, 0, 0, 0, 1, b'l', 0, 0, 0, 0, 0, 0, 0, 2, b'a', b'b'][..], &[0; 8]].concat();
        assert_eq!(Digest::of_parts("l", &[b"ab", b""]), Digest::of(&input));
    }

    #[test]
    fn bytes_are_those_they_were_made_of() {
        assert_eq!(Bytes::from(vec![1, 2]), Bytes(vec![1, 2]));
        assert_eq!(Bytes(vec![3]).as_ref(), [3]);
    }

    #[test]
    fn padding_and_loose_trailing_bits_are_refused() {
        for text in ["AA==", "AB", "A", "A+", "A/A", " AA"] {
            assert!(Bytes::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn parts_cannot_slide_into_each_other() {
        assert_ne!(Digest::of_parts("l", &[b"ab", b"c"]), Digest::of_parts("l", &[b"a", b"bc"]));
    }

    #[test]
    fn upper_case_hex_is_refused() {
        assert!(Digest::parse(&"A".repeat(64)).is_err());
        assert!(Digest::parse(&"a".repeat(64)).is_ok());
    }
}
