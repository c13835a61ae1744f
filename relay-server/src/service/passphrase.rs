//! The passphrase of an account: how it is proved, and how another takes its place.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::wire::account::NewLock;
use keyferry_protocol::wire::bundle::{BundleKind, KdfParameters, Lock};
use keyferry_protocol::{Bytes, Code, Digest};
use subtle::ConstantTimeEq as _;

use super::{Caller, ServiceError, bundle};
use crate::state::State;
use crate::store::record::AccountRecord;
use crate::store::{Change, Commit};

/// The floor every client refuses to go below.
const MIN_ITERATIONS: u32 = 600_000;
const SALT_BYTES: usize = 16;
pub const LOGIN_KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
/// A bundle key and its tag.
const LOCKED_BYTES: usize = 48;

/// What is visible of KDF parameters, a login key and the passphrase lock that belongs to them.
///
/// # Errors
/// `value_invalid`.
pub fn check(kdf: &KdfParameters, login_key: &Bytes, lock: &Lock) -> Result<(), ServiceError> {
    if kdf.iterations < MIN_ITERATIONS || kdf.salt.0.len() != SALT_BYTES {
        return Err(ServiceError::value(
            "KDF parameters: at least 600,000 iterations and a salt of 16 bytes.",
        ));
    }
    if login_key.0.len() != LOGIN_KEY_BYTES {
        return Err(ServiceError::value("A login key has 32 bytes."));
    }
    match lock {
        Lock::Passphrase { kdf: of_lock, nonce, ciphertext }
            if of_lock == kdf && is_sealed_key(nonce, ciphertext) =>
        {
            Ok(())
        }
        _ => Err(ServiceError::value("A passphrase lock has the account's KDF parameters.")),
    }
}

/// Whether these lengths are those of a bundle key under AES-256-GCM.
pub const fn is_sealed_key(nonce: &Bytes, ciphertext: &Bytes) -> bool {
    nonce.0.len() == NONCE_BYTES && ciphertext.0.len() == LOCKED_BYTES
}

/// Whether a login key is the one a verifier was made of, in constant time.
pub fn proves(login_key: &Bytes, verifier: Digest) -> bool {
    Digest::of(&login_key.0).0.ct_eq(&verifier.0).into()
}

/// Rewrites the passphrase lock and what logs in with it, in one transaction. Asking twice is harmless: the answer to the
/// first may have been lost.
pub async fn change(state: &State, caller: &Caller, new: NewLock) -> Result<(), ServiceError> {
    let account = state.registry.account(caller.user).await?.ok_or_else(ServiceError::not_found)?;
    state.login_limit.take(&Digest::of(account.email.as_bytes()))?;
    let Lock::Passphrase { kdf, .. } = &new.lock else {
        return Err(ServiceError::value("A passphrase lock is of kind `passphrase`."));
    };
    check(kdf, &new.login_key, &new.lock)?;
    if *kdf == account.kdf && proves(&new.login_key, account.login_verifier) {
        return Ok(());
    }
    if !proves(&new.current_login_key, account.login_verifier) {
        return Err(refuse(state, caller, Operation::PassphraseChanged).await);
    }
    let strengthened = kdf.salt == account.kdf.salt;
    if strengthened && kdf.iterations <= account.kdf.iterations {
        return Err(ServiceError::value(
            "The same salt takes more iterations; another passphrase takes a fresh salt.",
        ));
    }
    commit(state, caller, &account, kdf.clone(), new, strengthened).await?;
    if !strengthened {
        state.notices.end_sessions(caller.user, Some(caller.session));
    }
    Ok(())
}

async fn commit(
    state: &State,
    caller: &Caller,
    account: &AccountRecord,
    kdf: KdfParameters,
    new: NewLock,
    strengthened: bool,
) -> Result<(), ServiceError> {
    let owner = caller.user.into();
    let (document, mut bundle) = bundle::load(state, owner, BundleKind::Identity).await?;
    bundle::check_version(&bundle, new.bundle_version)?;
    bundle::replace_lock(&mut bundle, new.lock);
    let stored = bundle::store(state, owner, bundle, Some(document), caller.now_ms).await?;
    let login_verifier = Digest::of(&new.login_key.0);
    let changed = Change::Passphrase { user: caller.user, from: account.login_verifier, kdf, login_verifier };
    let mut changes = vec![stored, changed];
    let mut operation = Operation::PassphraseStrengthened;
    if !strengthened {
        changes.push(Change::EndSessions { user: caller.user, but: Some(caller.session) });
        operation = Operation::PassphraseChanged;
    }
    let events = vec![caller.event(operation)];
    bundle::commit(state, Commit { changes, events, ..caller.commit() }).await
}

/// The caller's account, if `login_key` is that of its passphrase. A refusal stands in the trail as a failed `operation`.
///
/// # Errors
/// `login_failed`, `rate_limited`.
pub async fn prove(
    state: &State,
    caller: &Caller,
    login_key: &Bytes,
    operation: Operation,
) -> Result<AccountRecord, ServiceError> {
    let account = state.registry.account(caller.user).await?.ok_or_else(ServiceError::not_found)?;
    state.login_limit.take(&Digest::of(account.email.as_bytes()))?;
    if proves(login_key, account.login_verifier) {
        return Ok(account);
    }
    Err(refuse(state, caller, operation).await)
}

/// A session whose holder does not know the passphrase is worth a line in the trail.
pub async fn refuse(state: &State, caller: &Caller, operation: Operation) -> ServiceError {
    let mut event = caller.event(operation);
    event.success = false;
    match state.registry.commit(Commit { events: vec![event], ..caller.commit() }).await {
        Ok(()) => ServiceError::refused(Code::LoginFailed, "This is not the passphrase until now."),
        Err(error) => error.into(),
    }
}
