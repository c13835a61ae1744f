//! Fingerprints of identities, as 12 words to read aloud.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::encoding::{Digest, EncodingError};
use crate::id::OwnerId;
use crate::key::IdentityKey;
use crate::words;

const WORD_COUNT: usize = 12;

/// SHA-256 of domain, owner id and identity key. Routine key rotation does not change it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub Digest);

impl Fingerprint {
    /// The fingerprint of `key` as the identity of `owner`.
    #[must_use]
    pub fn of(owner: OwnerId, key: &IdentityKey) -> Self {
        Fingerprint(Digest::of_parts(
            "keyferry/v1/fingerprint",
            &[owner.kind().as_bytes(), owner.as_bytes(), key.as_bytes()],
        ))
    }

    /// Parses 64 lowercase hex digits.
    ///
    /// # Errors
    /// [`EncodingError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, EncodingError> {
        Digest::parse(text).map(Fingerprint)
    }

    /// The first 132 bits as 12 words, separated by one space.
    #[must_use]
    pub fn words(&self) -> String {
        words::of_bits(&self.0.0, WORD_COUNT)
    }
}

crate::json::json_text!(
    Fingerprint,
    Fingerprint(Digest::ZERO),
    |fingerprint| fingerprint.to_string(),
    |text| Ok(Fingerprint::parse(text)?)
);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_first_132_bits() {
        let mut bytes = [0; 32];
        assert_eq!(Fingerprint(Digest(bytes)).words(), ["abandon"; 12].join(" "));
        bytes = [0xff; 32];
        assert_eq!(Fingerprint(Digest(bytes)).words(), ["zoo"; 12].join(" "));
        // Bit 131 is the last that shows; bit 132 is not.
        let mut shown = [0; 32];
        shown[16] = 0b0001_0000;
        assert!(Fingerprint(Digest(shown)).words().ends_with(" ability"));
        shown[16] = 0b0000_1000;
        assert!(Fingerprint(Digest(shown)).words().ends_with(" abandon"));
    }
}
