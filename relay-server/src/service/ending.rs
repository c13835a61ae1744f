//! What ends when an account does, for a while or for good: its sessions, what it was granted, its locks.

use std::sync::Arc;

use keyferry_protocol::audit::Operation;
use keyferry_protocol::grant::GrantState;
use keyferry_protocol::organization::Organization;
use keyferry_protocol::request::RequestState;
use keyferry_protocol::wire::access::AuditPage;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind};
use keyferry_protocol::wire::notice::Notice;
use keyferry_protocol::{Code, OrganizationId, UserId};

use super::view::dangling;
use super::{ServiceError, Visitor, bundle, grant, notice, request};
use crate::state::State;
use crate::store::record::{AccountRecord, GrantRecord, RequestRecord};
use crate::store::{Change, Commit, DocumentId, Event};

const TRIES: u32 = 5;
/// How many files an answer tells of.
const MAX_FETCHED: u32 = 500;

/// One transaction that ends an account, while it is put together.
pub struct Ending<'a> {
    state: &'a State,
    visitor: &'a Visitor,
    account: &'a AccountRecord,
    organizations: Vec<Membership>,
    grants: Vec<GrantRecord>,
    requests: Vec<RequestRecord>,
    commit: Commit,
}

/// An organization the account belongs to, with its bundles.
struct Membership {
    organization: Arc<Organization>,
    bundles: Vec<(DocumentId, Bundle)>,
    /// Nobody else could sign for it.
    last_owner: bool,
}

impl<'a> Ending<'a> {
    /// Ends sessions, grants and pending requests of `account`, and writes `operation` into every trail concerned.
    pub async fn of(
        state: &'a State,
        visitor: &'a Visitor,
        account: &'a AccountRecord,
        operation: Operation,
        details: &str,
    ) -> Result<Self, ServiceError> {
        let user = account.user;
        let ids = state.registry.organizations_of(user).await?;
        let (mut organizations, mut unmoved) = (Vec::new(), Vec::new());
        for id in &ids {
            let membership = Membership::load(state, *id, account).await?;
            unmoved.push(((*id).into(), membership.organization.head));
            organizations.push(membership);
        }
        let mut grants = state.registry.grants_for(user).await?;
        grants.retain(|grant| grant.state == GrantState::Active);
        let mut requests = state.registry.requests_by(user).await?;
        requests.retain(|request| request.state == RequestState::Pending);
        let changes = vec![
            Change::EndSessions { user, but: None },
            Change::RemovePasskeys(user),
            Change::EndAccess { user, ended_at_ms: visitor.now_ms, organizations: ids },
        ];
        let commit = Commit { unmoved, changes, ..Commit::default() };
        let mut ending = Ending { state, visitor, account, organizations, grants, requests, commit };
        ending.write_down(operation, details);
        Ok(ending)
    }

    fn write_down(&mut self, operation: Operation, details: &str) {
        let event = |operation| Event {
            details: Some(details.to_owned()),
            ..self.visitor.event(operation, Some(self.account.user))
        };
        let mut events = vec![event(operation)];
        let ids = self.organizations.iter().map(|each| each.organization.id);
        events.extend(ids.map(|id| event(operation).in_organization(id)));
        events.extend(self.grants.iter().map(|grant| {
            let revoked = event(Operation::AccessRevoked).in_organization(grant.organization);
            revoked.about_file(grant.file).about_request(grant.request).about_grant(grant.grant)
        }));
        events.extend(self.requests.iter().map(|request| {
            let withdrawn = event(Operation::RequestWithdrawn).in_organization(request.organization);
            withdrawn.about_file(request.file).about_request(request.request)
        }));
        self.commit.events = events;
    }

    /// Refuses to leave an organization without an owner who can sign for it.
    ///
    /// # Errors
    /// `last_owner`, which names the organizations.
    pub fn refuse_orphans(&self) -> Result<(), ServiceError> {
        let last = self.organizations.iter().filter(|each| each.last_owner).map(|each| &each.organization);
        let organizations: Vec<_> = last.map(|each| format!("{} ({})", each.policy.name, each.id)).collect();
        if organizations.is_empty() { Ok(()) } else { Err(ServiceError::LastOwner { organizations }) }
    }

    /// Takes the account's locks out of the bundles of its organizations, and has those bundles replaced. A last owner's
    /// stay: nobody else could replace them.
    pub async fn take_locks(&mut self) -> Result<(), ServiceError> {
        for membership in std::mem::take(&mut self.organizations) {
            let owner = membership.organization.id.into();
            for (document, bundle) in &membership.bundles {
                let (user, mut left) = (self.account.user, bundle.clone());
                bundle::remove_locks(&mut left, user);
                if left.locks.len() == bundle.locks.len() {
                    continue;
                }
                let since_ms = Some(self.visitor.now_ms);
                self.change(Change::RotationDue { owner, kind: bundle.kind, since_ms });
                if !membership.last_owner {
                    let now_ms = self.visitor.now_ms;
                    let stored = bundle::store(self.state, owner, left, Some(*document), now_ms).await?;
                    self.change(stored);
                }
            }
            self.organizations.push(membership);
        }
        Ok(())
    }

    /// A further change.
    pub fn change(&mut self, change: Change) {
        self.commit.changes.push(change);
    }

    /// Does all of it, and tells those concerned.
    ///
    /// # Errors
    /// As [`bundle::commit`].
    pub async fn commit(self) -> Result<(), ServiceError> {
        let Ending { state, account, organizations, grants, requests, commit, .. } = self;
        bundle::commit(state, commit).await?;
        state.notices.end_sessions(account.user, None);
        for Membership { organization, .. } in &organizations {
            let id = organization.id;
            grants.iter().filter(|ended| ended.organization == id).for_each(|ended| {
                grant::tell(state, organization, ended);
            });
            requests.iter().filter(|ended| ended.organization == id).for_each(|ended| {
                request::tell(state, organization, ended);
            });
            state.notices.tell(notice::members(organization), Notice::Membership { organization: id });
        }
        Ok(())
    }
}

/// Tries again what lost against a change at the same moment: whoever has the keys may change bundles, but not for ever.
pub async fn insist(attempt: impl AsyncFn() -> Result<(), ServiceError>) -> Result<(), ServiceError> {
    let mut tries = 1;
    loop {
        match attempt().await {
            Err(error) if error.code() == Code::ChainConflict && tries < TRIES => tries += 1,
            done => return done,
        }
    }
}

/// Deletes content that no version claims any more, and what journals still hold of deleted rows. What fails here is tried
/// again by the hourly sweep, and by the databases' own checkpoints.
pub async fn clean_up(state: &State, now_ms: u64) {
    let swept = state.uploads.sweep_expired(now_ms).await.map(drop);
    let registry = state.registry.scrub().await.map_err(ServiceError::from);
    let private_keys = state.private_keys.scrub().await.map_err(ServiceError::from);
    for cause in [swept, registry, private_keys].into_iter().filter_map(Result::err) {
        tracing::warn!(%cause, "something that ended was not cleaned up yet");
    }
}

/// What was written down of an ending, and what had been fetched before it: the first and the last serving of each file.
/// A page that has a next one tells of the latest files only.
pub async fn told(
    state: &State,
    visitor: &Visitor,
    user: UserId,
    operation: Operation,
) -> Result<AuditPage, ServiceError> {
    let (events, more) = state.registry.ending(user, operation, visitor.now_ms, MAX_FETCHED).await?;
    let next_before = events.last().filter(|_| more).map(|event| event.number);
    Ok(AuditPage { events, next_before })
}

impl Membership {
    async fn load(state: &State, id: OrganizationId, account: &AccountRecord) -> Result<Self, ServiceError> {
        let loaded = state.organizations.load(state, id).await?;
        let organization = loaded.ok_or_else(|| dangling("an organization"))?;
        let root = bundle::load(state, id.into(), BundleKind::Root).await?;
        let vault = bundle::load(state, id.into(), BundleKind::Vault).await?;
        let last_owner = is_last_owner(state, &organization, &root.1, account).await?;
        Ok(Membership { organization, bundles: vec![root, vault], last_owner })
    }
}

/// Whether the account is an owner and nobody else is one who holds the root and can log in.
async fn is_last_owner(
    state: &State,
    organization: &Organization,
    root: &Bundle,
    account: &AccountRecord,
) -> Result<bool, ServiceError> {
    let owners: Vec<_> = notice::owners(organization).collect();
    if !owners.contains(&account.user) {
        return Ok(false);
    }
    let holders = root.locks.iter().filter_map(bundle::lock_of);
    for other in holders.filter(|holder| *holder != account.user && owners.contains(holder)) {
        let other = state.registry.account(other).await?.ok_or_else(|| dangling("an account"))?;
        if other.suspended_at_ms.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}
