//! Keys that may be in somebody else's hands: the account is suspended, and whatever it held ends with one transaction.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::wire::account::{Compromised, Proof};
use keyferry_protocol::wire::bundle::{BundleKind, Lock};
use keyferry_protocol::{Code, OrganizationId, UserId};

use super::ending::Ending;
use super::{Caller, ServiceError, Visitor, bundle, passphrase};
use crate::state::State;
use crate::store::Change;

/// How many files the answer lists.
const MAX_FETCHED: u32 = 1000;
/// Whoever has the keys may change bundles at the same moment, but not for ever.
const TRIES: u32 = 5;

/// The caller says so, and proves their passphrase: a stolen session suspends nobody.
pub async fn report(state: &State, caller: &Caller, proof: Proof) -> Result<Compromised, ServiceError> {
    let operation = Operation::AccountCompromised;
    let account = passphrase::prove(state, caller, &proof.login_key, operation).await?;
    declare(state, &caller.visitor(), account.user, "said by the person").await
}

/// Suspends the account and ends what it held: sessions, grants, requests, locks.
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
) -> Result<Compromised, ServiceError> {
    let mut tries = 1;
    let organizations = loop {
        match suspend(state, visitor, user, details).await {
            Err(error) if error.code() == Code::ChainConflict && tries < TRIES => tries += 1,
            done => break done?,
        }
    };
    let (fetched, fetched_files) = state.registry.fetched(user, MAX_FETCHED).await?;
    Ok(Compromised { fetched, fetched_files, organizations })
}

async fn suspend(
    state: &State,
    visitor: &Visitor,
    user: UserId,
    details: &str,
) -> Result<Vec<OrganizationId>, ServiceError> {
    let account = state.registry.account(user).await?.ok_or_else(ServiceError::not_found)?;
    let recoverable = account.recovery_tested_at_ms.is_some();
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
    let organizations = ending.ids().collect();
    ending.commit().await?;
    Ok(organizations)
}
