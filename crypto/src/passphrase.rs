//! From a passphrase to a login key and a lock key.
//!
//! NFKC, PBKDF2-HMAC-SHA-256 over a salt that binds the e-mail address, then HKDF-SHA-256 with a label for each key.

use keyferry_protocol::Code;
use keyferry_protocol::wire::bundle::KdfParameters;
use sha2::{Digest as _, Sha256};

use crate::derive::derive_key;
use crate::engine::{Engine, EngineError};
use crate::secret::{LockKey, LoginKey, Secret};

/// Iterations of new locks unless more are asked for, and the fewest a client derives with, whatever the relay says.
pub const MIN_ITERATIONS: u32 = 600_000;
/// The most a client derives with: seconds, not a relay's idea of hours.
pub const MAX_ITERATIONS: u32 = 10_000_000;
/// Bytes of a served salt.
pub const SALT_BYTES: usize = 16;

const SALT_LABEL: &[u8] = b"keyferry/v1/passphrase-salt";
const LOGIN_LABEL: &str = "keyferry/v1/login";
const LOCK_LABEL: &str = "keyferry/v1/lock";

/// What a passphrase gives. The lock key cannot be computed from the login key.
pub struct PassphraseKeys {
    /// Goes to the relay.
    pub login: LoginKey,
    /// Never leaves the client.
    pub lock: LockKey,
}

/// Why no key was derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    /// Parameters outside the compiled bounds; nothing was derived.
    #[error("these key derivation parameters are refused")]
    KdfPolicy,
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl PassphraseError {
    /// The stable code; `None` where the platform is at fault.
    #[must_use]
    pub const fn code(self) -> Option<Code> {
        match self {
            Self::KdfPolicy => Some(Code::KdfPolicy),
            Self::Engine(_) => None,
        }
    }
}

/// Parameters for a new passphrase lock: so many iterations, and a fresh salt.
///
/// # Errors
/// [`EngineError`] when the platform has no randomness.
pub fn generate_parameters<E: Engine>(engine: &E, iterations: u32) -> Result<KdfParameters, EngineError> {
    let mut salt = [0; SALT_BYTES];
    engine.fill_random(&mut salt)?;
    Ok(KdfParameters { iterations, salt: salt.to_vec().into() })
}

/// The form of an e-mail address that the relay and the salt know: NFKC, lower case, outer white space removed.
#[must_use]
pub fn normalize_email<E: Engine>(engine: &E, email: &str) -> String {
    let lower = engine.lowercase(&engine.normalize_nfkc(email.trim()));
    // Lower-casing can leave NFKC: once more, as in NFKC_Casefold (UAX #31).
    String::clone(&engine.normalize_nfkc(&lower))
}

/// Derives both keys. `email` is normalized here. Takes about as long as `kdf.iterations` HMACs.
///
/// # Errors
/// [`PassphraseError::KdfPolicy`] before anything is derived, for iterations out of bounds or a salt of another length
/// than 16 bytes.
pub async fn derive_keys<E: Engine>(
    engine: &E,
    email: &str,
    passphrase: &str,
    kdf: &KdfParameters,
) -> Result<PassphraseKeys, PassphraseError> {
    if !(MIN_ITERATIONS..=MAX_ITERATIONS).contains(&kdf.iterations) || kdf.salt.0.len() != SALT_BYTES {
        return Err(PassphraseError::KdfPolicy);
    }
    let salt = bound_salt(SALT_LABEL, &normalize_email(engine, email), &kdf.salt.0);
    let passphrase = engine.normalize_nfkc(passphrase);
    let output = engine.pbkdf2_sha256(passphrase.as_bytes(), &salt, kdf.iterations).await?;
    Ok(split(&output))
}

/// A login and a lock key, of which neither gives the other.
pub(crate) fn split(output: &Secret<32>) -> PassphraseKeys {
    PassphraseKeys {
        login: LoginKey(derive_key(output, LOGIN_LABEL)),
        lock: LockKey(derive_key(output, LOCK_LABEL)),
    }
}

/// SHA-256 of label, e-mail length (8 bytes, big endian), e-mail, served salt: a relay that serves everyone one salt
/// still leaves everyone their own.
pub(crate) fn bound_salt(label: &[u8], email: &str, served: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(label);
    hash.update((email.len() as u64).to_be_bytes());
    hash.update(email);
    hash.update(served);
    hash.finalize().into()
}
