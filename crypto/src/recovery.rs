//! Recovery codes: 160 random bits on paper that log in and open a lock, when a passphrase is lost.
//!
//! As words they are a BIP-39 mnemonic of 15 words: 160 bits and the first five of their SHA-256. They cannot be guessed, so
//! nothing has to be made slow: HKDF-SHA-256 (RFC 5869), salted with the e-mail address, and then the labels of a passphrase.

use hkdf::Hkdf;
use keyferry_protocol::words::{WORD_BITS, index_of, of_bits};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::Secret;
use crate::engine::{Engine, EngineError};
use crate::passphrase::{PassphraseKeys, bound_salt, normalize_email, split};

/// Bytes of a code.
const CODE_BYTES: usize = 20;
const WORD_COUNT: usize = 15;
const SALT_LABEL: &[u8] = b"keyferry/v1/recovery-salt";
const OUTPUT_LABEL: &[u8] = b"keyferry/v1/recovery";

/// A recovery code.
pub struct RecoveryCode(Secret<CODE_BYTES>);

impl RecoveryCode {
    /// A new one.
    ///
    /// # Errors
    /// [`EngineError`] when the platform has no randomness.
    #[inline(never)]
    pub fn generate<E: Engine>(engine: &E) -> Result<Self, EngineError> {
        let mut code = Secret::zeroed();
        // Filled in place.
        engine.fill_random(code.expose_mut())?;
        Ok(RecoveryCode(code))
    }

    /// Reads 15 words, however they are spaced and in whatever case. `None` for an unknown word, another number of them, or
    /// a checksum that is not theirs.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bits = Zeroizing::new([0; CODE_BYTES + 1]);
        let mut count = 0;
        for word in text.split_ascii_whitespace() {
            let index =
                index_of(&Zeroizing::new(word.to_ascii_lowercase())).filter(|_| count < WORD_COUNT)?;
            for bit in 0..WORD_BITS {
                let at = count * WORD_BITS + bit;
                bits[at / 8] |= u8::from(index >> (WORD_BITS - 1 - bit) & 1 == 1) << (7 - at % 8);
            }
            count += 1;
        }
        let code = RecoveryCode(Secret::from_slice(&bits[..CODE_BYTES])?);
        (count == WORD_COUNT && *code.with_checksum() == *bits).then_some(code)
    }

    /// The 15 words, separated by one space.
    #[must_use]
    #[inline(never)]
    pub fn words(&self) -> Zeroizing<String> {
        Zeroizing::new(of_bits(&*self.with_checksum(), WORD_COUNT))
    }

    /// The code, and the first five bits of its SHA-256 (BIP-39, "Generating the mnemonic").
    fn with_checksum(&self) -> Zeroizing<[u8; CODE_BYTES + 1]> {
        let mut bits = Zeroizing::new([0; CODE_BYTES + 1]);
        // To be written down is what a code is for.
        bits[..CODE_BYTES].copy_from_slice(self.0.expose());
        bits[CODE_BYTES] = Sha256::digest(self.0.expose())[0] & 0b1111_1000;
        bits
    }

    /// The keys it logs in and locks with. `email` is normalized here.
    #[must_use]
    #[inline(never)]
    pub fn keys<E: Engine>(&self, engine: &E, email: &str) -> PassphraseKeys {
        let salt = bound_salt(SALT_LABEL, &normalize_email(engine, email), b"");
        let mut output = Secret::zeroed();
        // The code goes only into the HMAC state, which wipes itself when dropped.
        Hkdf::<Sha256>::new(Some(&salt), self.0.expose())
            .expand(OUTPUT_LABEL, output.expose_mut())
            .expect("32 bytes are within HKDF's limit of 255 blocks");
        split(&output)
    }
}

#[cfg(test)]
#[cfg(feature = "software")]
mod tests {
    use super::*;
    use crate::Software;

    /// BIP-39's own vectors have no 160 bits; this one is from the reference implementation (python-mnemonic).
    #[test]
    fn words_are_a_bip_39_mnemonic() {
        let zero = RecoveryCode(Secret::zeroed());
        assert_eq!(zero.words().as_str(), format!("{}address", "abandon ".repeat(14)));
        let ones = RecoveryCode(Secret::take(&mut [0xff; CODE_BYTES]));
        assert!(ones.words().starts_with(&"zoo ".repeat(14)));
        assert_eq!(RecoveryCode::parse(&ones.words()).unwrap().words(), ones.words());
    }

    #[test]
    fn a_code_is_read_however_it_was_written_down() {
        let code = RecoveryCode::generate(&Software).unwrap();
        let shouted = code.words().to_uppercase().replace(' ', "\n  ");
        assert_eq!(RecoveryCode::parse(&shouted).unwrap().words(), code.words());
    }

    #[test]
    fn a_wrong_word_is_noticed_before_anything_is_sent() {
        let words = RecoveryCode(Secret::zeroed()).words();
        for wrong in [
            words.replace("address", "abandon"),
            words.replace("address", "keyferry"),
            words.replacen("abandon ", "", 1),
            format!("abandon {}", words.as_str()),
            String::new(),
        ] {
            assert!(RecoveryCode::parse(&wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_code_gives_each_account_its_own_keys() {
        let code = RecoveryCode(Secret::zeroed());
        let keys = code.keys(&Software, "Ada@example.org ");
        assert!(keys.login.matches(&code.keys(&Software, "ada@example.org").login));
        assert!(!keys.login.matches(&code.keys(&Software, "bob@example.org").login));
        assert_ne!(keys.login.expose(), keys.lock.expose());
    }
}
