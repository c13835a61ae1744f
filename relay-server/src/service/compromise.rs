//! Keys that may be in somebody else's hands: the account is suspended, and whatever it held ends with one transaction.

use keyferry_protocol::UserId;
use keyferry_protocol::audit::Operation;
use keyferry_protocol::wire::access::AuditPage;
use keyferry_protocol::wire::account::Proof;
use keyferry_protocol::wire::bundle::{BundleKind, Lock};

use super::ending::{self, Ending};
use super::{Caller, ServiceError, Visitor, bundle, passphrase};
use crate::state::State;
use crate::store::Change;

/// The caller says so, and proves their passphrase: a stolen session suspends nobody.
pub async fn report(state: &State, caller: &Caller, proof: Proof) -> Result<AuditPage, ServiceError> {
    let operation = Operation::AccountCompromised;
    let account = passphrase::prove(state, caller, &proof.login_key, operation).await?;
    declare(state, &caller.visitor(), account.user, "said by the person", RecoveryCode::KeptIfTested).await
}

/// What becomes of the account's recovery code. Whoever knew the passphrase may have made it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RecoveryCode {
    /// One that was tested opens the account again.
    KeptIfTested,
    /// None does: the account is closed.
    Dropped,
}

/// Suspends the account and ends what it held: sessions, grants, requests, locks. Tells what was written down, in which
/// organizations, and what had been fetched before: the first and the last serving of each file.
///
/// A recovery lock that was tested stays, and opens the account again. Without one the account is closed for good.
///
/// # Errors
/// `last_owner` when an organization would have nobody left who could sign for it.
pub async fn declare(
    state: &State,
    visitor: &Visitor,
    user: UserId,
    details: &str,
    code: RecoveryCode,
) -> Result<AuditPage, ServiceError> {
    ending::insist(async || suspend(state, visitor, user, details, code).await).await?;
    ending::clean_up(state, visitor.now_ms).await;
    ending::told(state, visitor, user, Operation::AccountCompromised).await
}

async fn suspend(
    state: &State,
    visitor: &Visitor,
    user: UserId,
    details: &str,
    code: RecoveryCode,
) -> Result<(), ServiceError> {
    let account = state.registry.account(user).await?.ok_or_else(ServiceError::not_found)?;
    let recoverable = account.recovery_tested_at_ms.is_some() && code == RecoveryCode::KeptIfTested;
    let mut ending = Ending::of(state, visitor, &account, Operation::AccountCompromised, details).await?;
    if !recoverable {
        ending.refuse_orphans()?;
        ending.change(Change::RecoveryCode { user, from: account.recovery_verifier, verifier: None });
    }
    ending.change(Change::Suspension { user, since_ms: Some(visitor.now_ms) });
    ending.take_locks().await?;
    let (document, mut identity) = bundle::load(state, user.into(), BundleKind::Identity).await?;
    identity.locks.retain(|lock| recoverable && matches!(lock, Lock::Recovery { .. }));
    let stored = bundle::store(state, user.into(), identity, Some(document), visitor.now_ms).await?;
    ending.change(stored);
    ending.commit().await
}
