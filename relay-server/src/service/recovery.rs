//! Recovery codes: set by who knows the passphrase, used by who lost it.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::wire::account::{Login, NewLock, Proof, Recoverable, Recovery};
use keyferry_protocol::wire::bundle::{BundleKind, Lock};
use keyferry_protocol::{Bytes, Code, Digest};

use super::passphrase::{self, LOGIN_KEY_BYTES, proves};
use super::{Caller, ServiceError, Visitor, account, bundle, passkey};
use crate::state::State;
use crate::store::record::AccountRecord;
use crate::store::{Change, Commit};

/// Sets a recovery code in the place of the one there was. Asking twice is harmless.
pub async fn set(state: &State, caller: &Caller, new: NewLock) -> Result<(), ServiceError> {
    check(&new.login_key, &new.lock)?;
    let account =
        passphrase::prove(state, caller, &new.current_login_key, Operation::RecoveryCodeSet).await?;
    let (document, mut identity) = bundle::load(state, caller.user.into(), BundleKind::Identity).await?;
    bundle::check_version(&identity, new.bundle_version)?;
    bundle::replace_lock(&mut identity, new.lock);
    let stored = bundle::store(state, caller.user.into(), identity, Some(document), caller.now_ms).await?;
    let changes = vec![stored, code(&account, &new.login_key)];
    let events = vec![caller.event(Operation::RecoveryCodeSet)];
    bundle::commit(state, Commit { changes, events, ..caller.commit() }).await
}

/// Writes down that the caller has the code that is set now. It stays good.
pub async fn test(state: &State, caller: &Caller, proof: Proof) -> Result<(), ServiceError> {
    let account = state.registry.account(caller.user).await?.ok_or_else(ServiceError::not_found)?;
    state.login_limit.take(&Digest::of(account.email.as_bytes()))?;
    let code = account.recovery_verifier.filter(|verifier| proves(&proof.login_key, *verifier));
    let mut event = caller.event(Operation::RecoveryTested);
    event.success = code.is_some();
    let user = caller.user;
    let tested = code.map(|verifier| Change::RecoveryTested { user, verifier, tested_at_ms: caller.now_ms });
    let changes = tested.into_iter().collect();
    state.registry.commit(Commit { changes, events: vec![event], ..caller.commit() }).await?;
    match code {
        Some(_) => Ok(()),
        None => Err(ServiceError::refused(Code::LoginFailed, "This is not your recovery code.")),
    }
}

/// What a code opens: the account's bundle with the code's lock alone. Nothing changes yet.
pub async fn begin(state: &State, visitor: &Visitor, asked: Login) -> Result<Recoverable, ServiceError> {
    state.login_limit.take(&Digest::of(asked.email.as_bytes()))?;
    let account = recovered(state, visitor, asked.email, &asked.login_key).await?;
    let owner = account.user.into();
    let (document, mut identity) = bundle::load(state, owner, BundleKind::Identity).await?;
    identity.locks.retain(|lock| matches!(lock, Lock::Recovery { .. }));
    let described = account::describe(state, &account).await?;
    let events = [Operation::RecoveryBegun, Operation::BundleServed]
        .map(|operation| visitor.event(operation, Some(account.user)));
    state.registry.commit(Commit { events: events.into(), ..Commit::default() }).await?;
    bundle::count(state, document, visitor.now_ms);
    Ok(Recoverable { account: described, bundle: identity })
}

/// Puts another passphrase and another code in the place of those there were, ends every session and a suspension, in one
/// transaction.
/// Asking twice is harmless: the answer to the first may have been lost.
pub async fn complete(state: &State, visitor: &Visitor, new: Recovery) -> Result<(), ServiceError> {
    let Lock::Passphrase { kdf, .. } = &new.lock else {
        return Err(ServiceError::value("A passphrase lock is of kind `passphrase`."));
    };
    passphrase::check(kdf, &new.login_key, &new.lock)?;
    check(&new.recovery_login_key, &new.recovery_lock)?;
    state.login_limit.take(&Digest::of(new.email.as_bytes()))?;
    if done_before(state, &new).await? {
        return Ok(());
    }
    let account = recovered(state, visitor, new.email, &new.used_login_key).await?;
    if kdf.salt == account.kdf.salt {
        return Err(ServiceError::value("Another passphrase takes a fresh salt."));
    }
    let user = account.user;
    let (document, mut identity) = bundle::load(state, user.into(), BundleKind::Identity).await?;
    bundle::check_version(&identity, new.bundle_version)?;
    let login_verifier = Digest::of(&new.login_key.0);
    let passphrase =
        Change::Passphrase { user, from: account.login_verifier, kdf: kdf.clone(), login_verifier };
    bundle::replace_lock(&mut identity, new.lock);
    bundle::replace_lock(&mut identity, new.recovery_lock);
    // Whoever lost their devices leaves them no way in.
    identity.locks.retain(|lock| !matches!(lock, Lock::Passkey { .. }));
    let (removed, told) = passkey::remove_all(state, visitor, user).await?;
    let stored = bundle::store(state, user.into(), identity, Some(document), visitor.now_ms).await?;
    let code = code(&account, &new.recovery_login_key);
    let ended =
        [removed, Change::EndSessions { user, but: None }, Change::Suspension { user, since_ms: None }];
    let changes = [stored, passphrase, code].into_iter().chain(ended).collect();
    let recovered = visitor.event(Operation::AccountRecovered, Some(user));
    let events = [recovered].into_iter().chain(told).collect();
    bundle::commit(state, Commit { changes, events, ..Commit::default() }).await?;
    state.notices.end_sessions(user, None);
    Ok(())
}

/// Whether the account has this very passphrase and this very code already.
async fn done_before(state: &State, new: &Recovery) -> Result<bool, ServiceError> {
    let account = state.registry.account_by_email(new.email.clone()).await?;
    Ok(account.is_some_and(|account| {
        let code =
            account.recovery_verifier.is_some_and(|verifier| proves(&new.recovery_login_key, verifier));
        code && proves(&new.login_key, account.login_verifier)
    }))
}

/// The account whose code has this login key. A wrong one, none, and an unknown e-mail are refused alike.
async fn recovered(
    state: &State,
    visitor: &Visitor,
    email: String,
    login_key: &Bytes,
) -> Result<AccountRecord, ServiceError> {
    let account = state.registry.account_by_email(email).await?;
    // Compared without a code too; a SHA-256 of something is never all zero.
    let expected = account.as_ref().and_then(|account| account.recovery_verifier).unwrap_or(Digest::ZERO);
    let matches = proves(login_key, expected);
    let user = account.as_ref().map(|account| account.user);
    if let Some(account) = account.filter(|_| matches) {
        return Ok(account);
    }
    let mut event = visitor.event(Operation::RecoveryBegun, user);
    event.success = false;
    state.registry.commit(Commit { events: vec![event], ..Commit::default() }).await?;
    Err(ServiceError::refused(Code::LoginFailed, "E-mail or recovery code is wrong."))
}

/// What is visible of a recovery code: its login key and its lock.
pub fn check(login_key: &Bytes, lock: &Lock) -> Result<(), ServiceError> {
    if login_key.0.len() != LOGIN_KEY_BYTES {
        return Err(ServiceError::value("A login key has 32 bytes."));
    }
    match lock {
        Lock::Recovery { nonce, ciphertext } if passphrase::is_sealed_key(nonce, ciphertext) => Ok(()),
        _ => Err(ServiceError::value(
            "A recovery lock is of kind `recovery`, with a nonce of 12 bytes and 48 of ciphertext.",
        )),
    }
}

/// The change to another code.
pub fn code(account: &AccountRecord, login_key: &Bytes) -> Change {
    let verifier = Some(Digest::of(&login_key.0));
    Change::RecoveryCode { user: account.user, from: account.recovery_verifier, verifier }
}
