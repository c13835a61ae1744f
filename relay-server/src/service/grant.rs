//! Grants: signed, listed, revoked.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::context::WrapScope;
use keyferry_protocol::grant::GrantState;
use keyferry_protocol::organization::Organization;
use keyferry_protocol::statement::{FileVersion, Grant, Revocation};
use keyferry_protocol::wire::access::{Decision, GrantEntry, NewGrant};
use keyferry_protocol::wire::account::Accepted;
use keyferry_protocol::wire::notice::Notice;
use keyferry_protocol::{ChainHead, Digest, GrantId, OrganizationId, RequestId, Verified};

use super::authority::{Approver, Member};
use super::chain::{ExpectedWrap, PersonalChain};
use super::request::{self, hash};
use super::view::{Views, dangling};
use super::{Caller, ServiceError, bundle, notice};
use crate::state::State;
use crate::store::record::{AccountRecord, GrantRecord, RequestRecord, VersionRecord, WrapRecord};
use crate::store::{Change, Commit};

/// An approver grants what was asked for.
pub async fn create(
    state: &State,
    caller: &Caller,
    id: RequestId,
    new: NewGrant,
) -> Result<Accepted, ServiceError> {
    let (asked, approver) = request::to_decide(state, caller, id).await?;
    // Read before their key is: a rotation that lands meanwhile moves it.
    let recipient_head = state.registry.head(asked.requester.into()).await?;
    let recipient = recipient(state, &approver, &asked).await?;
    let version = current_version(state, &asked).await?;
    let mut chain = PersonalChain::load(state, caller.user).await?;
    let grant = chain.accept::<Grant>(&new.grant)?;
    check(&approver, &asked, &recipient, &version, grant.body())?;
    check_expiry(&approver, grant.body(), caller.now_ms)?;
    accept_wrap(&mut chain, &recipient, &version, grant.hash, &new)?;
    let answer = Answer { approver, asked, recipient_head };
    save(state, caller, chain, answer, grant.body(), new).await
}

/// Accepts the wrap of a version's DEK for a grant's recipient onto the granter's chain.
///
/// # Errors
/// The statement's codes; `value_invalid`.
pub fn accept_wrap(
    chain: &mut PersonalChain,
    recipient: &AccountRecord,
    version: &FileVersion,
    grant: Digest,
    new: &NewGrant,
) -> Result<(), ServiceError> {
    let key = bundle::encryption_key(recipient)?;
    if new.wrapped_dek.0.len() != key.suite.wrapped_bytes() {
        return Err(ServiceError::value("A wrapped key has an impossible length."));
    }
    let wrap = ExpectedWrap {
        scope: WrapScope::Dek {
            organization: version.organization,
            file: version.file,
            version: version.version,
        },
        recipient: recipient.user.into(),
        recipient_key: key.id(),
        commitment: version.commitment,
        wrapped: &new.wrapped_dek,
        grant: Some(grant),
    };
    chain.accept_wrap(&new.wrap, &wrap)
}

/// The requester, if they may still be granted anything: an active member.
async fn recipient(
    state: &State,
    approver: &Approver,
    asked: &RequestRecord,
) -> Result<AccountRecord, ServiceError> {
    if approver.organization.member(asked.requester).is_none() {
        return Err(ServiceError::value("The requester is no member any more."));
    }
    let account = state.registry.account(asked.requester).await?.ok_or_else(|| dangling("an account"))?;
    // Requests end with the suspension, but for one that was on its way.
    if account.suspended_at_ms.is_some() {
        return Err(ServiceError::value("The requester's account is suspended."));
    }
    Ok(account)
}

/// A request for a version is good for the one in its place, too.
async fn current_version(state: &State, asked: &RequestRecord) -> Result<FileVersion, ServiceError> {
    let version = state.registry.current_version(asked.file).await?.ok_or_else(|| dangling("a version"))?;
    signed_version(state, &version).await
}

/// What a stored version's author signed.
pub async fn signed_version(state: &State, version: &VersionRecord) -> Result<FileVersion, ServiceError> {
    let author = state.registry.account(version.author).await?.ok_or_else(|| dangling("an account"))?;
    let key = author.public().key_of(&version.statement.0);
    Verified::<FileVersion>::check(&version.statement.0, author.user.into(), &key)
        .map(|verified| verified.statement.body)
        .map_err(|_| dangling("a valid file version"))
}

/// A grant says what the request and the version say, and nothing else.
///
/// # Errors
/// `statement_invalid`; `version_replaced` for a version that was current before.
pub fn check(
    approver: &Approver,
    asked: &RequestRecord,
    recipient: &AccountRecord,
    version: &FileVersion,
    grant: &Grant,
) -> Result<(), ServiceError> {
    if grant.version < version.version {
        return Err(ServiceError::replaced());
    }
    let expected = Grant {
        grant: grant.grant,
        organization: asked.organization,
        file: asked.file,
        version: version.version,
        salt: version.salt,
        commitment: version.commitment,
        recipient: recipient.user,
        recipient_fingerprint: recipient.identity_key.fingerprint(recipient.user.into()),
        request: hash(&asked.statement),
        expires_at_ms: grant.expires_at_ms,
        membership: approver.membership.statement,
        epoch: grant.epoch,
    };
    if *grant != expected {
        return Err(ServiceError::statement(
            "The grant says something else than the request and the file version.",
        ));
    }
    // The epoch the granter saw: not before their own membership, not after the newest one.
    if grant.epoch < approver.membership.epoch || grant.epoch > approver.organization.epoch {
        return Err(ServiceError::statement("The grant names a membership epoch that never was."));
    }
    Ok(())
}

fn check_expiry(approver: &Approver, grant: &Grant, now_ms: u64) -> Result<(), ServiceError> {
    let longest = approver.organization.policy.max_grant_ms;
    if grant.expires_at_ms <= now_ms || grant.expires_at_ms > now_ms.saturating_add(longest) {
        return Err(ServiceError::value(
            "A grant ends in the future and within the organization's longest time.",
        ));
    }
    Ok(())
}

/// Who grants, what was asked for, and where the recipient's chain stood when their key was read.
struct Answer {
    approver: Approver,
    asked: RequestRecord,
    recipient_head: ChainHead,
}

async fn save(
    state: &State,
    caller: &Caller,
    chain: PersonalChain,
    answer: Answer,
    grant: &Grant,
    new: NewGrant,
) -> Result<Accepted, ServiceError> {
    let Answer { approver, asked, recipient_head } = &answer;
    let closed = asked.state.approve(grant.grant)?;
    let record = GrantRecord {
        grant: grant.grant,
        organization: asked.organization,
        file: asked.file,
        version: grant.version,
        request: asked.request,
        granter: caller.user,
        recipient: asked.requester,
        statement: new.grant,
        expires_at_ms: grant.expires_at_ms,
        state: GrantState::Active,
        revocation: None,
        created_at_ms: caller.now_ms,
    };
    let wrap = WrapRecord { wrapped_dek: new.wrapped_dek, statement: new.wrap, wrapper: caller.user };
    let events = [Operation::AccessGranted, Operation::KeyWrapped]
        .map(|operation| request::event(caller, operation, asked).about_grant(record.grant));
    let chain_head = chain.head();
    let changes = vec![
        chain.change(),
        Change::CloseRequest { request: asked.request, state: closed },
        Change::Grant { grant: record.clone(), wrap },
    ];
    // Neither the granter's nor the recipient's membership may end while this is written, nor the recipient's key change.
    let organization = &approver.organization;
    let unmoved =
        vec![(asked.organization.into(), organization.head), (asked.requester.into(), *recipient_head)];
    state.registry.commit(Commit { unmoved, changes, events: events.into(), ..caller.commit() }).await?;
    request::tell(state, &approver.organization, asked);
    tell(state, &approver.organization, &record);
    Ok(Accepted { chain: chain_head })
}

/// Tells approvers and recipient that a grant changed.
pub fn tell(state: &State, organization: &Organization, grant: &GrantRecord) {
    let audience = notice::approvers(organization).chain([grant.recipient]);
    state.notices.tell(audience, Notice::Grant { organization: grant.organization, grant: grant.grant });
}

/// The organization's grants, for its approvers.
pub async fn of_organization(
    state: &State,
    caller: &Caller,
    organization: OrganizationId,
) -> Result<Vec<GrantEntry>, ServiceError> {
    Member::of(state, caller, organization).await?.approver()?;
    let records = state.registry.grants_of(organization).await?;
    Views::new(state).grants(records).await
}

/// The grants the caller was given.
pub async fn mine(state: &State, caller: &Caller) -> Result<Vec<GrantEntry>, ServiceError> {
    let records = state.registry.grants_for(caller.user).await?;
    Views::new(state).grants(records).await
}

/// An approver ends a grant; its wrapped DEK is deleted in the same transaction.
pub async fn revoke(
    state: &State,
    caller: &Caller,
    id: GrantId,
    decision: Decision,
) -> Result<Accepted, ServiceError> {
    let record = state.registry.grant(id).await?.ok_or_else(ServiceError::not_found)?;
    let approver = to_revoke(state, caller, &record).await?;
    let mut chain = PersonalChain::load(state, caller.user).await?;
    let statement = chain.accept::<Revocation>(&decision.statement)?;
    let expected = Revocation {
        organization: record.organization,
        grant_id: id,
        grant: Digest::of(&record.statement.0),
        membership: approver.membership.statement,
    };
    if *statement.body() != expected {
        return Err(ServiceError::statement(
            "The revocation is about another grant, or under another membership.",
        ));
    }
    record.state.revoke(caller.now_ms)?;
    let chain_head = chain.head();
    let revoked =
        Change::RevokeGrant { grant: id, statement: decision.statement, revoked_at_ms: caller.now_ms };
    let event = caller.event(Operation::AccessRevoked).in_organization(record.organization);
    let events = vec![event.about_file(record.file).about_request(record.request).about_grant(id)];
    state
        .registry
        .commit(Commit { changes: vec![chain.change(), revoked], events, ..caller.commit() })
        .await?;
    tell(state, &approver.organization, &record);
    Ok(Accepted { chain: chain_head })
}

async fn to_revoke(state: &State, caller: &Caller, record: &GrantRecord) -> Result<Approver, ServiceError> {
    let member = Member::of(state, caller, record.organization).await?;
    // For a consultant only their own grants exist, and those are not theirs to end.
    if member.role().may_request() && record.recipient != caller.user {
        return Err(ServiceError::not_found());
    }
    member.approver()
}
