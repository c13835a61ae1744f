//! Logins and sessions.

use hmac::{Hmac, KeyInit as _, Mac as _};
use keyferry_protocol::audit::Operation;
use keyferry_protocol::wire::account::{Login, LoginParameters, Session};
use keyferry_protocol::wire::bundle::{BundleKind, KdfParameters};
use keyferry_protocol::{Bytes, Code, Digest, UserId};
use sha2::Sha256;

use super::{Caller, ServiceError, Visitor, account, bundle, passphrase};
use crate::random::random;
use crate::state::State;
use crate::store::record::SessionRecord;
use crate::store::{Change, Commit, Conflict, Event, StoreError};

const DEFAULT_ITERATIONS: u32 = 600_000;

/// How to make the login key. Unknown e-mails get a salt that never changes, so they look like known ones.
pub async fn parameters(state: &State, email: String) -> Result<LoginParameters, ServiceError> {
    state.login_limit.take(&Digest::of(email.as_bytes()))?;
    let secret = state.registry.fake_salt_key().await?;
    // Made for known e-mails too, so that both take the same time.
    let fake = fake_parameters(&secret, &email)?;
    let account = state.registry.account_by_email(email).await?;
    Ok(LoginParameters { kdf: account.map_or(fake, |account| account.kdf) })
}

fn fake_parameters(secret: &[u8; 32], email: &str) -> Result<KdfParameters, StoreError> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret).map_err(|error| StoreError::Broken(error.to_string()))?;
    mac.update(email.as_bytes());
    let salt = mac.finalize().into_bytes().iter().take(16).copied().collect();
    Ok(KdfParameters { iterations: DEFAULT_ITERATIONS, salt: Bytes(salt) })
}

/// Starts a session for whoever knows the login key.
pub async fn login(state: &State, visitor: &Visitor, login: Login) -> Result<Session, ServiceError> {
    state.login_limit.take(&Digest::of(login.email.as_bytes()))?;
    let account = state.registry.account_by_email(login.email).await?;
    // Compared for unknown e-mails too; a SHA-256 of something is never all zero.
    let expected = account.as_ref().map_or(Digest::ZERO, |account| account.login_verifier);
    let matches = passphrase::proves(&login.login_key, expected);
    match account.as_ref().filter(|_| matches) {
        // Only who knows the passphrase learns of it.
        Some(account) if account.suspended_at_ms.is_some() => {
            Err(refuse(state, visitor, Some(account.user), Conflict::Suspended.into()).await)
        }
        Some(account) => start(state, visitor.clone(), account.user, None).await,
        None => {
            let wrong = ServiceError::refused(Code::LoginFailed, "E-mail or passphrase is wrong.");
            Err(refuse(state, visitor, account.map(|account| account.user), wrong).await)
        }
    }
}

/// Without the bundle a session is of no use, so there is none before it was found. `passkey` is what a passkey did for it.
pub async fn start(
    state: &State,
    visitor: Visitor,
    user: UserId,
    passkey: Option<Change>,
) -> Result<Session, ServiceError> {
    let token: [u8; 32] = random()?;
    let record = record(state, user, &token, visitor.now_ms);
    let caller = caller(visitor, &record);
    let session = Session {
        token: Bytes(token.to_vec()),
        user,
        expires_at_ms: record.expires_at_ms,
        account: account::me(state, &caller).await?,
        bundle: bundle::serve(state, &caller, user.into(), BundleKind::Identity).await?,
        contacts: account::contacts(state, &caller).await?,
    };
    let mut login = caller.event(Operation::Login);
    login.details = passkey.as_ref().map(|_| "by passkey".to_owned());
    let events = vec![login, caller.event(Operation::BundleServed)];
    let changes = [Change::Session(record)].into_iter().chain(passkey).collect();
    state.registry.commit(Commit { changes, events, ..Commit::default() }).await?;
    Ok(session)
}

async fn refuse(
    state: &State,
    visitor: &Visitor,
    user: Option<UserId>,
    refusal: ServiceError,
) -> ServiceError {
    failed(state, visitor.event(Operation::LoginFailed, user), refusal).await
}

/// The refusal of a login, once it is written down.
pub async fn failed(state: &State, event: Event, refusal: ServiceError) -> ServiceError {
    let events = vec![Event { success: false, ..event }];
    match state.registry.commit(Commit { events, ..Commit::default() }).await {
        Ok(()) => refusal,
        Err(error) => error.into(),
    }
}

/// A new session, of whose token only the digest is kept.
fn record(state: &State, user: UserId, token: &[u8; 32], now_ms: u64) -> SessionRecord {
    let expires_at_ms = now_ms.saturating_add(state.config.session_ms);
    SessionRecord { token: Digest::of(token), user, created_at_ms: now_ms, expires_at_ms, revoked: false }
}

fn caller(visitor: Visitor, session: &SessionRecord) -> Caller {
    Caller {
        user: session.user,
        session: session.token,
        session_expires_at_ms: session.expires_at_ms,
        address: visitor.address,
        now_ms: visitor.now_ms,
    }
}

/// The session a token stands for.
///
/// # Errors
/// `session_invalid` or `session_expired`.
pub async fn resume(state: &State, visitor: Visitor, token: &[u8; 32]) -> Result<Caller, ServiceError> {
    let session = in_force(state, Digest::of(token)).await?;
    if session.expires_at_ms <= visitor.now_ms {
        return Err(ServiceError::refused(Code::SessionExpired, "The session's time is over: log in again."));
    }
    state.account_limit.take(&session.user)?;
    Ok(caller(visitor, &session))
}

/// The session of a token's digest, if nobody ended it: this process, or the operator's command line.
///
/// # Errors
/// `session_invalid`.
pub async fn in_force(state: &State, token: Digest) -> Result<SessionRecord, ServiceError> {
    let found = state.registry.session(token).await?.filter(|session| !session.revoked);
    found.ok_or_else(invalid)
}

/// No session, or one that ended.
#[must_use]
pub const fn invalid() -> ServiceError {
    ServiceError::refused(Code::SessionInvalid, "There is no such session, or it ended: log in again.")
}

/// Ends the caller's session.
pub async fn logout(state: &State, caller: &Caller) -> Result<(), ServiceError> {
    let changes = vec![Change::EndSession(caller.session)];
    let events = vec![caller.event(Operation::Logout)];
    state.registry.commit(Commit { changes, events, ..caller.commit() }).await?;
    state.notices.end_session(caller.session);
    Ok(())
}
