//! Erasing a file or an account: what is deleted in the transaction, and what is cleaned up after it, never before.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::wire::access::AuditPage;
use keyferry_protocol::wire::account::Proof;
use keyferry_protocol::wire::bundle::BundleKind;
use keyferry_protocol::wire::notice::Notice;
use keyferry_protocol::{FileId, UserId};

use super::authority::Member;
use super::ending::{self, Ending};
use super::view::dangling;
use super::{Caller, ServiceError, Visitor, grant, notice, passphrase, request};
use crate::state::State;
use crate::store::{Change, Commit};

/// An owner erases a file with every version, request and grant. Neither its author nor an approver can: what was entrusted
/// to the organization is the organization's.
pub async fn file(state: &State, caller: &Caller, file: FileId) -> Result<(), ServiceError> {
    let version = state.registry.current_version(file).await?.ok_or_else(ServiceError::not_found)?;
    let owner = Member::of(state, caller, version.organization).await?.owner()?;
    let organization = version.organization;
    let changes = vec![Change::EraseFile(file)];
    let events = vec![caller.event(Operation::FileErased).in_organization(organization).about_file(file)];
    let grants = state.registry.grants_of(organization).await?;
    let requests = state.registry.requests_of(organization).await?;
    state.registry.commit(Commit { changes, events, ..caller.commit() }).await?;
    ending::clean_up(state, caller.now_ms).await;
    let its = &owner.organization;
    grants.iter().filter(|grant| grant.file == file).for_each(|grant| grant::tell(state, its, grant));
    requests.iter().filter(|asked| asked.file == file).for_each(|asked| request::tell(state, its, asked));
    state.notices.tell(notice::members(its), Notice::File { organization, file });
    Ok(())
}

/// The caller erases their account, and proves their passphrase: a stolen session erases nobody.
pub async fn own_account(state: &State, caller: &Caller, proof: Proof) -> Result<AuditPage, ServiceError> {
    let account = passphrase::prove(state, caller, &proof.login_key, Operation::AccountErased).await?;
    account_of(state, caller.now_ms, account.user, "said by the person").await
}

/// Erases an account: what is left goes by its id alone.
///
/// # Errors
/// `last_owner` when an organization would have nobody left who could sign for it.
pub async fn account_of(
    state: &State,
    now_ms: u64,
    user: UserId,
    details: &str,
) -> Result<AuditPage, ServiceError> {
    // Addresses are erased, so none is written down.
    let visitor = Visitor { address: None, now_ms };
    ending::insist(async || erase(state, &visitor, user, details).await).await?;
    if let Err(cause) = state.private_keys.erase(user.into()).await {
        tracing::warn!(%cause, "documents of an erased account that nothing points to stay");
    }
    ending::clean_up(state, now_ms).await;
    ending::told(state, &visitor, user, Operation::AccountErased).await
}

async fn erase(state: &State, visitor: &Visitor, user: UserId, details: &str) -> Result<(), ServiceError> {
    let account = state.registry.account(user).await?.ok_or_else(ServiceError::not_found)?;
    let mut ending = Ending::of(state, visitor, &account, Operation::AccountErased, details).await?;
    ending.refuse_orphans()?;
    ending.take_locks().await?;
    let kind = BundleKind::Identity;
    let from = state.registry.current_bundle(user.into(), kind).await?.ok_or_else(|| dangling("a bundle"))?;
    ending.change(Change::DropBundle { owner: user.into(), kind, from });
    let (email, erased_at_ms) = (account.email.clone(), visitor.now_ms);
    ending.change(Change::EraseAccount { user, email, erased_at_ms });
    ending.commit().await
}
