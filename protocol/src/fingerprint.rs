//! Fingerprints of identities, as 12 words to read aloud.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::encoding::{Digest, EncodingError};
use crate::id::OwnerId;
use crate::key::IdentityKey;

/// The 2,048 English words of BIP-39, one a line, ascending.
const WORDS: &[u8] = include_bytes!("words.txt");
/// The words as a browser downloads them, a quarter smaller: see [`front_coded`].
static CODED_WORDS: [u8; CODED_BYTES] = front_coded().0;
const CODED_BYTES: usize = front_coded::<{ WORDS.len() }>().1;
const WORD_BITS: usize = 11;
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
        let words: Vec<String> = (0..WORD_COUNT).map(|place| word(self.word_index(place))).collect();
        words.join(" ")
    }

    fn word_index(&self, place: usize) -> usize {
        (0..WORD_BITS).fold(0, |index, bit| {
            let at = place * WORD_BITS + bit;
            index << 1 | usize::from(self.0.0[at / 8] >> (7 - at % 8) & 1)
        })
    }
}

/// Each word as how many letters it shares with the one before, in one byte, and its other letters; and how many bytes
/// that makes.
const fn front_coded<const N: usize>() -> ([u8; N], usize) {
    let (mut coded, mut length) = ([0; N], 0);
    let (mut previous, mut at) = (0, 0);
    while at < WORDS.len() {
        let mut shared = 0;
        while at > 0 && WORDS[previous + shared] == WORDS[at + shared] {
            shared += 1;
        }
        coded[length] = shared as u8;
        length += 1;
        previous = at;
        at += shared;
        while WORDS[at] != b'\n' {
            coded[length] = WORDS[at];
            length += 1;
            at += 1;
        }
        at += 1;
    }
    (coded, length)
}

fn word(index: usize) -> String {
    let mut word = String::new();
    let mut begun = 0;
    for &byte in &CODED_WORDS {
        if byte.is_ascii_lowercase() {
            word.push(byte.into());
        } else if begun > index {
            break;
        } else {
            begun += 1;
            word.truncate(byte.into());
        }
    }
    word
}

crate::json::json_text!(Fingerprint, |fingerprint| fingerprint.to_string(), |text| Ok(Fingerprint::parse(
    text
)?));

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
    fn every_word_is_that_of_its_line() {
        let words: Vec<String> = (0..1 << WORD_BITS).map(word).collect();
        assert_eq!(words.join("\n") + "\n", include_str!("words.txt"));
    }

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
