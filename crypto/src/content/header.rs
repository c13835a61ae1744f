//! Salt, commitment, and the key derivation they come from.

use hkdf::Hkdf;
use sha2::Sha512;
use subtle::ConstantTimeEq as _;

use crate::Secret;
use crate::secret::Dek;

/// Bytes of a header: salt and commitment.
pub const HEADER_BYTES: usize = SALT_BYTES + COMMITMENT_BYTES;
const SALT_BYTES: usize = 24;
const COMMITMENT_BYTES: usize = 32;
/// The prefix of the HKDF info, and the AEAD's name in the IANA registry with its terminating zero.
const INFO: &[u8] = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0";

/// The first 56 bytes of a ciphertext. A signed file version quotes both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentHeader {
    /// Random, never used twice with one key.
    pub salt: [u8; SALT_BYTES],
    /// Opens under one key only: checked before anything is decrypted.
    pub commitment: [u8; COMMITMENT_BYTES],
}

impl ContentHeader {
    /// Reads a header from the first 56 bytes of a ciphertext; `None` for any other length.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (salt, commitment) = bytes.split_first_chunk()?;
        Some(Self { salt: *salt, commitment: commitment.try_into().ok()? })
    }

    /// The first 56 bytes of the ciphertext.
    #[must_use]
    pub fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..SALT_BYTES].copy_from_slice(&self.salt);
        bytes[SALT_BYTES..].copy_from_slice(&self.commitment);
        bytes
    }

    /// Whether this is the header of content under `dek` in `context`: nothing is decrypted to tell.
    #[must_use]
    pub fn belongs_to(&self, dek: &Dek, context: &[u8]) -> bool {
        MessageKey::derive(dek, self.salt, context).header.matches(self)
    }

    /// Whether both are the same, in constant time.
    pub(super) fn matches(&self, other: &Self) -> bool {
        self.to_bytes().ct_eq(&other.to_bytes()).into()
    }
}

/// What HKDF-Expand gives for one message (C2SP chunked encryption, "key derivation").
pub(super) struct MessageKey {
    pub key: Secret<32>,
    pub base_nonce: [u8; 12],
    pub header: ContentHeader,
}

impl MessageKey {
    pub fn derive(dek: &Dek, salt: [u8; SALT_BYTES], context: &[u8]) -> Self {
        let mut output = Secret::<{ 32 + 12 + COMMITMENT_BYTES }>::zeroed();
        // The DEK goes only into the HMAC state, which wipes itself when dropped. Of the output only the nonce and
        // the commitment leave the secret, and both are public by construction.
        hkdf_sha512(dek.expose(), &[INFO, &salt, context], output.expose_mut());
        let (key, rest) = output.expose().split_at(32);
        let (nonce, commitment) = rest.split_at(12);
        Self {
            key: Secret::from_slice(key).expect("split at 32"),
            base_nonce: nonce.try_into().expect("split at 12"),
            header: ContentHeader {
                salt,
                commitment: commitment.try_into().expect("76 - 32 - 12 bytes are left"),
            },
        }
    }
}

/// HKDF-Expand-SHA-512 (RFC 5869 §2.3).
///
/// The crate refuses a pseudorandom key shorter than the hash, which the C2SP scheme uses on purpose: its key is as
/// long as the AEAD's. HMAC pads keys with zeros up to its block (RFC 2104 §2), so a padded key gives the same bytes.
fn hkdf_sha512(key: &[u8; 32], info: &[&[u8]], output: &mut [u8]) {
    let mut padded = Secret::<64>::zeroed();
    padded.expose_mut()[..32].copy_from_slice(key);
    Hkdf::<Sha512>::from_prk(padded.expose())
        .expect("64 bytes are as long as the hash")
        .expand_multi_info(info, output)
        .expect("76 bytes are within HKDF's limit of 255 blocks");
}
