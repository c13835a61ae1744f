//! Requests for access: made, listed, withdrawn, denied.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::organization::Organization;
use keyferry_protocol::request::RequestState;
use keyferry_protocol::statement::{AccessRequest, Denial, Withdrawal};
use keyferry_protocol::wire::access::{Decision, NewRequest, RequestEntry};
use keyferry_protocol::wire::account::Accepted;
use keyferry_protocol::wire::notice::Notice;
use keyferry_protocol::{Bytes, Digest, OrganizationId, RequestId};

use super::authority::{Approver, Member};
use super::chain::PersonalChain;
use super::view::{Views, dangling};
use super::{Caller, ServiceError, bundle, notice};
use crate::state::State;
use crate::store::record::RequestRecord;
use crate::store::{Change, Commit, Event};

/// A consultant asks for a file version.
pub async fn create(state: &State, caller: &Caller, new: NewRequest) -> Result<Accepted, ServiceError> {
    let mut chain = PersonalChain::load(state, caller.user).await?;
    let statement = chain.accept::<AccessRequest>(&new.statement)?;
    let body = statement.body();
    let requester = Member::of(state, caller, body.organization).await?.requester()?;
    check(state, caller, &requester.organization, body, &new).await?;
    let record = RequestRecord {
        request: body.request,
        organization: body.organization,
        file: body.file,
        version: body.version,
        requester: requester.membership.user,
        statement: new.statement,
        reason: new.reason,
        state: RequestState::Pending,
        created_at_ms: caller.now_ms,
        resealed: None,
        resealer: None,
    };
    let event = event(caller, Operation::AccessRequested, &record);
    let chain_head = chain.head();
    let changes = vec![chain.change(), Change::Request(record.clone())];
    let unmoved = vec![(body.organization.into(), requester.organization.head)];
    state.registry.commit(Commit { unmoved, changes, events: vec![event], ..caller.commit() }).await?;
    tell(state, &requester.organization, &record);
    Ok(Accepted { chain: chain_head })
}

async fn check(
    state: &State,
    caller: &Caller,
    organization: &Organization,
    body: &AccessRequest,
    new: &NewRequest,
) -> Result<(), ServiceError> {
    let version = state.registry.version(body.file, body.version).await?;
    version
        .filter(|version| version.organization == body.organization)
        .ok_or_else(ServiceError::not_found)?;
    if body.expires_at_ms <= caller.now_ms {
        return Err(ServiceError::value("The time until when access is wanted is over already."));
    }
    if body.reason != new.reason.digest() {
        return Err(ServiceError::statement("The request covers another reason."));
    }
    let vault = organization.vault.as_ref().ok_or_else(|| dangling("a vault"))?;
    bundle::check_box(&new.reason, &vault.key())
}

/// An event about a request.
pub fn event(caller: &Caller, operation: Operation, record: &RequestRecord) -> Event {
    let event = caller.event(operation).in_organization(record.organization);
    event.about_file(record.file).about_request(record.request)
}

/// Tells approvers and requester that a request changed.
pub fn tell(state: &State, organization: &Organization, record: &RequestRecord) {
    let audience = notice::approvers(organization).chain([record.requester]);
    let notice = Notice::Request { organization: record.organization, request: record.request };
    state.notices.tell(audience, notice);
}

/// The organization's requests, for its approvers.
pub async fn of_organization(
    state: &State,
    caller: &Caller,
    organization: OrganizationId,
) -> Result<Vec<RequestEntry>, ServiceError> {
    Member::of(state, caller, organization).await?.approver()?;
    let records = state.registry.requests_of(organization).await?;
    Views::new(state).requests(records).await
}

/// The caller's own requests.
pub async fn mine(state: &State, caller: &Caller) -> Result<Vec<RequestEntry>, ServiceError> {
    let records = state.registry.requests_by(caller.user).await?;
    Views::new(state).requests(records).await
}

/// One request, for its requester and the organization's approvers.
pub async fn one(state: &State, caller: &Caller, id: RequestId) -> Result<RequestEntry, ServiceError> {
    let record = load(state, id).await?;
    if record.requester != caller.user {
        approver(state, caller, &record).await?;
    }
    Views::new(state).request(record).await
}

async fn load(state: &State, id: RequestId) -> Result<RequestRecord, ServiceError> {
    state.registry.request(id).await?.ok_or_else(ServiceError::not_found)
}

async fn approver(state: &State, caller: &Caller, record: &RequestRecord) -> Result<Approver, ServiceError> {
    let member = Member::of(state, caller, record.organization).await?;
    // Another consultant's request does not exist for a consultant.
    if member.role().may_request() {
        return Err(ServiceError::not_found());
    }
    member.approver()
}

/// A request, and the approver who decides on it.
///
/// # Errors
/// `not_found`, `role_insufficient`.
pub async fn to_decide(
    state: &State,
    caller: &Caller,
    id: RequestId,
) -> Result<(RequestRecord, Approver), ServiceError> {
    let record = load(state, id).await?;
    let approver = approver(state, caller, &record).await?;
    Ok((record, approver))
}

/// The requester takes a request back.
pub async fn withdraw(
    state: &State,
    caller: &Caller,
    id: RequestId,
    decision: Decision,
) -> Result<Accepted, ServiceError> {
    let record = load(state, id).await?;
    if record.requester != caller.user {
        return Err(ServiceError::not_found());
    }
    let mut chain = PersonalChain::load(state, caller.user).await?;
    let statement = chain.accept::<Withdrawal>(&decision.statement)?;
    if *statement.body() != (Withdrawal { request_id: id, request: hash(&record.statement) }) {
        return Err(ServiceError::statement("The withdrawal is about another request."));
    }
    close(state, caller, chain, &record, record.state.withdraw()?, Operation::RequestWithdrawn).await
}

/// An approver refuses a request.
pub async fn deny(
    state: &State,
    caller: &Caller,
    id: RequestId,
    decision: Decision,
) -> Result<Accepted, ServiceError> {
    let (record, approver) = to_decide(state, caller, id).await?;
    let mut chain = PersonalChain::load(state, caller.user).await?;
    let statement = chain.accept::<Denial>(&decision.statement)?;
    let expected = Denial {
        organization: record.organization,
        request_id: id,
        request: hash(&record.statement),
        membership: approver.membership.statement,
    };
    if *statement.body() != expected {
        return Err(ServiceError::statement(
            "The denial is about another request, or under another membership.",
        ));
    }
    close(state, caller, chain, &record, record.state.deny()?, Operation::AccessDenied).await
}

async fn close(
    state: &State,
    caller: &Caller,
    chain: PersonalChain,
    record: &RequestRecord,
    closed: RequestState,
    operation: Operation,
) -> Result<Accepted, ServiceError> {
    let organization = state.organizations.load(state, record.organization).await?;
    let organization = organization.ok_or_else(|| dangling("an organization"))?;
    let chain_head = chain.head();
    let changes = vec![chain.change(), Change::CloseRequest { request: record.request, state: closed }];
    let events = vec![event(caller, operation, record)];
    state.registry.commit(Commit { changes, events, ..caller.commit() }).await?;
    tell(state, &organization, record);
    Ok(Accepted { chain: chain_head })
}

/// How statements quote a statement.
#[must_use]
pub fn hash(statement: &Bytes) -> Digest {
    Digest::of(&statement.0)
}
