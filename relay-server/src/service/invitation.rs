//! Invitations: an owner invites an e-mail, its account accepts, a signed membership completes it.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::organization::Organization;
use keyferry_protocol::statement::{Body as _, Succession, statement_type};
use keyferry_protocol::wire::account::email_is_normal;
use keyferry_protocol::wire::notice::Notice;
use keyferry_protocol::wire::organization::{Invitation, InvitationState, NewInvitation};
use keyferry_protocol::{Code, InvitationId, OrganizationId};

use super::authority::{Member, Owner};
use super::view::{Views, dangling};
use super::{Caller, ServiceError, notice};
use crate::random::random;
use crate::state::State;
use crate::store::record::InvitationRecord;
use crate::store::{Change, Commit};

/// An owner invites somebody.
pub async fn create(
    state: &State,
    caller: &Caller,
    organization: OrganizationId,
    new: NewInvitation,
) -> Result<Invitation, ServiceError> {
    let owner = Member::of(state, caller, organization).await?.owner()?;
    if !email_is_normal(&new.email) {
        return Err(ServiceError::value("The e-mail is not in its normal form."));
    }
    let record = InvitationRecord {
        invitation: InvitationId::from_random(random()?),
        organization,
        email: new.email,
        role: new.role,
        inviter: owner.membership.user,
        invited: None,
        state: InvitationState::Pending,
        created_at_ms: caller.now_ms,
    };
    let account = state.registry.account_by_email(record.email.clone()).await?.map(|account| account.user);
    if account.is_some_and(|user| owner.organization.member(user).is_some()) {
        return Err(ServiceError::refused(Code::AlreadyExists, "They are a member already."));
    }
    let changes = vec![Change::Invitation(record.clone())];
    let events = vec![caller.event(Operation::MemberInvited).in_organization(organization)];
    state.registry.commit(Commit { changes, events, ..caller.commit() }).await?;
    let audience = account.into_iter().chain(notice::owners(&owner.organization));
    state.notices.tell(audience, Notice::Invitation { invitation: record.invitation, organization });
    view(state, &owner.organization, &mut Views::new(state), record).await
}

/// The organization's invitations, for its owners.
pub async fn of_organization(
    state: &State,
    caller: &Caller,
    organization: OrganizationId,
) -> Result<Vec<Invitation>, ServiceError> {
    let owner = Member::of(state, caller, organization).await?.owner()?;
    let mut views = Views::new(state);
    let mut invitations = Vec::new();
    for record in state.registry.invitations_of(organization).await? {
        invitations.push(view(state, &owner.organization, &mut views, record).await?);
    }
    Ok(invitations)
}

/// The invitations for the caller's e-mail.
pub async fn for_me(state: &State, caller: &Caller) -> Result<Vec<Invitation>, ServiceError> {
    let account = state.registry.account(caller.user).await?.ok_or_else(ServiceError::not_found)?;
    let mut views = Views::new(state);
    let mut invitations = Vec::new();
    for record in state.registry.invitations_for(account.email).await? {
        let organization = organization(state, &record).await?;
        invitations.push(view(state, &organization, &mut views, record).await?);
    }
    Ok(invitations)
}

/// The invited account accepts.
pub async fn accept(state: &State, caller: &Caller, id: InvitationId) -> Result<Invitation, ServiceError> {
    let account = state.registry.account(caller.user).await?.ok_or_else(ServiceError::not_found)?;
    let found = state.registry.invitation(id).await?.filter(|record| record.email == account.email);
    let mut record = found.ok_or_else(ServiceError::not_found)?;
    let changes = vec![Change::AcceptInvitation { invitation: id, user: caller.user }];
    let events = vec![caller.event(Operation::InvitationAccepted).in_organization(record.organization)];
    state.registry.commit(Commit { changes, events, ..caller.commit() }).await?;
    (record.invited, record.state) = (Some(caller.user), InvitationState::Accepted);
    let organization = organization(state, &record).await?;
    let audience = notice::owners(&organization).chain([caller.user]);
    state.notices.tell(audience, Notice::Invitation { invitation: id, organization: record.organization });
    view(state, &organization, &mut Views::new(state), record).await
}

/// The accepted invitation that a membership of `user` answers, checked against it.
///
/// # Errors
/// `not_found`, or `invitation_state` when it was not accepted by that person for that role.
pub async fn answered(
    state: &State,
    owner: &Owner,
    id: InvitationId,
    membership: &keyferry_protocol::statement::Membership,
) -> Result<InvitationRecord, ServiceError> {
    let found = state.registry.invitation(id).await?;
    let record = found.filter(|record| record.organization == owner.organization.id);
    let record = record.ok_or_else(ServiceError::not_found)?;
    let fits = record.state == InvitationState::Accepted
        && record.invited == Some(membership.user)
        && record.role == membership.role
        && membership.active;
    if fits {
        return Ok(record);
    }
    Err(ServiceError::refused(
        Code::InvitationState,
        "The invitation was not accepted by this person for this role, or was completed before.",
    ))
}

async fn organization(
    state: &State,
    record: &InvitationRecord,
) -> Result<std::sync::Arc<Organization>, ServiceError> {
    let organization = state.organizations.load(state, record.organization).await?;
    organization.ok_or_else(|| dangling("an organization"))
}

async fn view(
    state: &State,
    organization: &Organization,
    views: &mut Views<'_>,
    record: InvitationRecord,
) -> Result<Invitation, ServiceError> {
    let mut chain = state.registry.chain(record.organization.into()).await?;
    let policy = chain.first().cloned();
    chain.retain(|statement| statement_type(&statement.0) == Ok(Succession::TYPE));
    let invited = match record.invited {
        Some(user) => Some(views.identity(user).await?),
        None => None,
    };
    Ok(Invitation {
        invitation: record.invitation,
        organization: record.organization,
        organization_name: organization.policy.name.clone(),
        policy: policy.ok_or_else(|| dangling("a policy"))?,
        successions: chain,
        email: record.email,
        role: record.role,
        inviter: views.identity(record.inviter).await?,
        state: record.state,
        invited,
        created_at_ms: record.created_at_ms,
    })
}
