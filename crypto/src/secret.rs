//! Bytes that must not be seen, printed, compared carelessly or left behind in memory.

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::engine::{Engine, EngineError};

/// `N` secret bytes on the heap, wiped when dropped.
///
/// Moving it moves a pointer, so no copy of the bytes stays behind. There is no `Debug`, `Display`, serialization or
/// derived `PartialEq`; [`Secret::matches`] compares in constant time.
///
/// ```compile_fail,E0277
/// format!("{:?}", keyferry_crypto::Secret::<32>::zeroed());
/// ```
/// ```compile_fail,E0277
/// format!("{}", keyferry_crypto::Secret::<32>::zeroed());
/// ```
/// ```compile_fail,E0369
/// let _ = keyferry_crypto::Secret::<32>::zeroed() == keyferry_crypto::Secret::<32>::zeroed();
/// ```
pub struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    /// `N` zero bytes, to be filled in place by [`Secret::expose_mut`].
    #[must_use]
    pub fn zeroed() -> Self {
        Self(Box::new([0; N]))
    }

    /// Moves `bytes` into a secret and wipes the caller's array.
    #[must_use]
    pub fn take(bytes: &mut [u8; N]) -> Self {
        let mut secret = Self::zeroed();
        secret.0.copy_from_slice(bytes);
        bytes.zeroize();
        secret
    }

    /// Copies a slice of exactly `N` bytes; `None` for any other length. The caller wipes its own copy.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != N {
            return None;
        }
        let mut secret = Self::zeroed();
        secret.0.copy_from_slice(bytes);
        Some(secret)
    }

    /// The bytes. The one door out: every use says beside it why it is safe.
    #[must_use]
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// The bytes, to be filled in place by a generator or a key derivation.
    #[must_use]
    pub fn expose_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }

    /// Whether both hold the same bytes, in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

impl<const N: usize> Clone for Secret<N> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<const N: usize> Drop for Secret<N> {
    #[inline(never)]
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

macro_rules! secret {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(pub(crate) Secret<32>);

        impl $name {
            /// The 32 bytes. Every use says beside it why it is safe.
            #[must_use]
            pub fn expose(&self) -> &[u8; 32] {
                self.0.expose()
            }

            /// Whether both hold the same bytes, in constant time.
            #[must_use]
            pub fn matches(&self, other: &Self) -> bool {
                self.0.matches(&other.0)
            }
        }
    )*};
}

secret!(
    /// Data encryption key: 256 random bits for one version of one file, never used for another.
    Dek,
    /// The random key that private keys of a bundle are sealed under.
    BundleKey,
    /// What a passphrase locks a bundle with. It never leaves the client.
    LockKey,
    /// What a passphrase logs in with. It goes to the relay, which keeps only its SHA-256, and opens nothing.
    LoginKey,
);

impl Dek {
    /// Generates a DEK for a new file version.
    ///
    /// # Errors
    /// [`EngineError`] when the platform has no randomness.
    pub fn generate<E: Engine>(engine: &E) -> Result<Self, EngineError> {
        random(engine).map(Self)
    }

    /// A DEK that travelled outside a wrap, for content sealed without a relay. The caller's array is wiped.
    #[must_use]
    pub fn take(bytes: &mut [u8; 32]) -> Self {
        Self(Secret::take(bytes))
    }
}

/// 32 random bytes.
pub(crate) fn random<E: Engine>(engine: &E) -> Result<Secret<32>, EngineError> {
    let mut secret = Secret::zeroed();
    engine.fill_random(secret.expose_mut())?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_taken_array_is_wiped_at_its_source() {
        let mut bytes = [7; 32];
        let secret = Secret::take(&mut bytes);
        assert_eq!(bytes, [0; 32]);
        assert_eq!(secret.expose(), &[7; 32]);
    }

    #[test]
    fn a_slice_of_another_length_is_no_secret() {
        assert!(Secret::<32>::from_slice(&[0; 31]).is_none());
        assert!(Secret::<32>::from_slice(&[0; 33]).is_none());
    }

    #[test]
    fn secrets_match_only_when_every_byte_does() {
        let secret = Secret::<4>::from_slice(&[1, 2, 3, 4]).unwrap();
        assert!(secret.matches(&secret.clone()));
        assert!(!secret.matches(&Secret::take(&mut [1, 2, 3, 5])));
    }
}
