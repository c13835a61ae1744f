//! Passkeys: what an authenticator's PRF gives becomes a lock key. It logs in by a signature, which gives no key.

use crate::derive::derive_key;
use crate::passphrase::bound_salt;
use crate::secret::{LockKey, Secret};

const SALT_LABEL: &[u8] = b"keyferry/v1/passkey-salt";
const LOCK_LABEL: &str = "keyferry/v1/passkey";

/// What the PRF is asked for (WebAuthn Level 3 §10.1.4): the same for every account of an RP id, so that nobody has to be
/// known before, and no relay chooses it. The PRF itself differs from credential to credential.
#[must_use]
pub fn prf_salt(rp_id: &str) -> [u8; 32] {
    bound_salt(SALT_LABEL, rp_id, b"")
}

/// The lock key of a PRF output.
#[must_use]
pub fn lock_key(output: &Secret<32>) -> LockKey {
    LockKey(derive_key(output, LOCK_LABEL))
}
