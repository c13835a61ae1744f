//! Authority is a value: whoever holds an [`Owner`] was proved to be one by the organization's signed chain.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use keyferry_protocol::organization::{Member as SignedMember, Organization};
use keyferry_protocol::{Code, OrganizationId, Role};

use super::{Caller, ServiceError};
use crate::state::State;
use crate::store::StoreError;

const MAX_CACHED: usize = 1024;

/// Replayed chains, each good as long as the stored head is its own.
#[derive(Default)]
pub struct Organizations(Mutex<HashMap<OrganizationId, Arc<Organization>>>);

impl Organizations {
    /// The organization as its whole stored chain makes it; none if there is no such chain.
    pub async fn load(
        &self,
        state: &State,
        id: OrganizationId,
    ) -> Result<Option<Arc<Organization>>, ServiceError> {
        let head = state.registry.head(id.into()).await?;
        if head.sequence == 0 {
            return Ok(None);
        }
        let cached = self.lock().get(&id).filter(|organization| organization.head == head).cloned();
        if cached.is_some() {
            return Ok(cached);
        }
        let chain = state.registry.chain(id.into()).await?;
        let replayed = tokio::task::spawn_blocking(move || Organization::replay(id, &chain))
            .await
            .map_err(|error| StoreError::Broken(error.to_string()))?
            .map_err(|error| StoreError::Broken(format!("a stored chain does not replay: {error}")))?;
        Ok(Some(self.keep(replayed)))
    }

    fn keep(&self, organization: Organization) -> Arc<Organization> {
        let organization = Arc::new(organization);
        let mut cache = self.lock();
        if cache.len() >= MAX_CACHED {
            cache.clear();
        }
        cache.insert(organization.id, Arc::clone(&organization));
        organization
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<OrganizationId, Arc<Organization>>> {
        // Every entry is checked against the stored head before use, so a poisoned map is still right.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A caller whose membership is in force.
pub struct Member {
    /// The organization.
    pub organization: Arc<Organization>,
    /// The membership.
    pub membership: SignedMember,
    /// Whether it is by the identity the person has now: after another took its place, an owner has to sign it anew.
    confirmed: bool,
}

/// May sign membership and policy.
pub struct Owner(Member);
/// May approve, deny and revoke.
pub struct Approver(Member);
/// May upload.
pub struct Uploader(Member);
/// May read the organization's audit trail.
pub struct Auditor(Member);
/// May ask for access.
pub struct Requester(Member);

macro_rules! is_member {
    ($($name:ident),*) => {$(
        impl Deref for $name {
            type Target = Member;
            fn deref(&self) -> &Member {
                &self.0
            }
        }
    )*};
}

is_member!(Owner, Approver, Uploader, Auditor, Requester);

impl Member {
    /// The caller's membership in `organization`.
    ///
    /// # Errors
    /// `not_found` for an organization that does not exist or that the caller does not belong to.
    pub async fn of(
        state: &State,
        caller: &Caller,
        organization: OrganizationId,
    ) -> Result<Self, ServiceError> {
        let found = state.organizations.load(state, organization).await?;
        let organization = found.ok_or_else(ServiceError::not_found)?;
        let membership = *organization.member(caller.user).ok_or_else(ServiceError::not_found)?;
        let account = state.registry.account(caller.user).await?.ok_or_else(ServiceError::not_found)?;
        let confirmed = account.identity_key == membership.identity_key;
        Ok(Member { organization, membership, confirmed })
    }

    /// The role in force.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.membership.role
    }

    fn allowed(self, allowed: impl Fn(Role) -> bool) -> Result<Self, ServiceError> {
        if !self.confirmed {
            let message = "You replaced your identity: an owner has to confirm it first.";
            return Err(ServiceError::refused(Code::RoleInsufficient, message));
        }
        if allowed(self.role()) { Ok(self) } else { Err(ServiceError::role_insufficient()) }
    }

    /// # Errors
    /// `role_insufficient`.
    pub fn owner(self) -> Result<Owner, ServiceError> {
        self.allowed(Role::holds_root).map(Owner)
    }

    /// # Errors
    /// `role_insufficient`.
    pub fn approver(self) -> Result<Approver, ServiceError> {
        self.allowed(Role::holds_vault).map(Approver)
    }

    /// # Errors
    /// `role_insufficient`.
    pub fn uploader(self) -> Result<Uploader, ServiceError> {
        self.allowed(Role::may_upload).map(Uploader)
    }

    /// # Errors
    /// `role_insufficient`.
    pub fn auditor(self) -> Result<Auditor, ServiceError> {
        self.allowed(Role::may_audit).map(Auditor)
    }

    /// # Errors
    /// `role_insufficient`.
    pub fn requester(self) -> Result<Requester, ServiceError> {
        self.allowed(Role::may_request).map(Requester)
    }
}
