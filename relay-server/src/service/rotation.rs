//! Rotation of an encryption key: what is wrapped to it is wrapped to the next one page by page, and takes its place at once.

mod organization;
pub mod person;
pub mod root;
pub mod vault;

use keyferry_protocol::audit::Operation;
use keyferry_protocol::context::WrapScope;
use keyferry_protocol::statement::{AccessRequest, FileVersion, Rotation, unverified_body};
use keyferry_protocol::wire::account::Accepted;
use keyferry_protocol::wire::rotation::{
    HeldDek, NewRotation, RotatedDek, RotatedReason, RotatedWraps, Unrotated,
};
use keyferry_protocol::{Bytes, KeyId, OwnerId, RequestId};

use super::authority::Member;
use super::chain::{ExpectedWrap, PersonalChain};
use super::view::dangling;
use super::{Caller, ServiceError, bundle};
use crate::state::State;
use crate::store::record::{
    HeldDekRecord, HeldRecords, RequestRecord, RotatedBytes, RotatedWrap, RotationRecord, Subject,
};
use crate::store::{Change, Commit, Event};

/// How much of what is left is served, and taken, at a time.
const PAGE: u32 = 250;

/// Begins a rotation, of one's own key or, for owners, of a vault's. Asking twice for the same key is harmless.
pub async fn begin(state: &State, caller: &Caller, key: KeyId, new: NewRotation) -> Result<(), ServiceError> {
    if new.key.id() != key {
        return Err(ServiceError::value("The path names another key than the body."));
    }
    bundle::check_public_key(&new.key)?;
    let record = RotationRecord { user: caller.user, organization: new.organization, key: new.key };
    let mut event = caller.event(Operation::RotationBegun);
    if let Some(organization) = new.organization {
        let owner = Member::of(state, caller, organization).await?.owner()?;
        organization::check_holders(state, &owner.organization).await?;
        event = event.in_organization(organization);
    }
    if state.registry.rotation(key).await?.is_some_and(|begun| begun == record) {
        return Ok(());
    }
    let commit = Commit { changes: vec![Change::Rotation(record)], events: vec![event], ..caller.commit() };
    Ok(state.registry.commit(commit).await?)
}

/// The caller's own rotation to `key`.
async fn own(state: &State, caller: &Caller, key: KeyId) -> Result<RotationRecord, ServiceError> {
    let rotation = state.registry.rotation(key).await?;
    let rotation = rotation.filter(|rotation| rotation.user == caller.user);
    let rotation = rotation.ok_or_else(ServiceError::not_found)?;
    if let Some(organization) = rotation.organization {
        Member::of(state, caller, organization).await?.owner()?;
    }
    Ok(rotation)
}

/// Whose key it is.
fn owner_of(rotation: &RotationRecord) -> OwnerId {
    rotation.organization.map_or(rotation.user.into(), OwnerId::from)
}

/// What is not wrapped to the new key yet.
pub async fn page(state: &State, caller: &Caller, key: KeyId) -> Result<Unrotated, ServiceError> {
    let rotation = own(state, caller, key).await?;
    let held = state.registry.unrotated(rotation, PAGE).await?;
    let HeldRecords { deks, reasons, remaining } = held;
    Ok(Unrotated {
        deks: deks.into_iter().map(show_dek).collect::<Result<_, _>>()?,
        reasons: reasons.into_iter().map(|request| request.request).collect(),
        remaining,
    })
}

fn said_of(dek: &HeldDekRecord) -> Result<FileVersion, ServiceError> {
    unverified_body::<FileVersion>(&dek.statement.0).map_err(|_| dangling("a valid file version"))
}

fn show_dek(dek: HeldDekRecord) -> Result<HeldDek, ServiceError> {
    let said = said_of(&dek)?;
    Ok(HeldDek {
        organization: dek.organization,
        file: dek.file,
        version: dek.version,
        grant: dek.grant,
        grant_hash: dek.grant_hash,
        salt: said.salt.to_vec().into(),
        commitment: said.commitment,
        wrapped_dek: dek.wrapped_dek,
    })
}

fn asked_in(request: &RequestRecord) -> Result<AccessRequest, ServiceError> {
    unverified_body(&request.statement.0).map_err(|_| dangling("a valid request"))
}

/// Takes some of what is left, wrapped to the new key, each with its wrap statement.
pub async fn accept(
    state: &State,
    caller: &Caller,
    key: KeyId,
    new: RotatedWraps,
) -> Result<Accepted, ServiceError> {
    let rotation = own(state, caller, key).await?;
    let held = state.registry.unrotated(rotation.clone(), PAGE).await?;
    let mut accepting = Accepting { chain: PersonalChain::load(state, caller.user).await?, rotation, held };
    let mut wraps = Vec::with_capacity(new.deks.len() + new.reasons.len());
    for dek in new.deks {
        wraps.push(accepting.dek(dek)?);
    }
    for reason in new.reasons {
        wraps.push(accepting.reason(reason)?);
    }
    for request in new.unreadable {
        accepting.take_reason(request)?;
        let (subject, wrapped) = (Subject::Reason(request), RotatedBytes::None);
        wraps.push(RotatedWrap { subject, wrapped, statement: Bytes::default() });
    }
    let chain = accepting.chain;
    let chain_head = chain.head();
    let changes = vec![chain.change(), Change::RotatedWraps { key, wraps }];
    state.registry.commit(Commit { changes, ..caller.commit() }).await?;
    Ok(Accepted { chain: chain_head })
}

/// Wraps of one page while they are looked at.
struct Accepting {
    chain: PersonalChain,
    rotation: RotationRecord,
    held: HeldRecords,
}

impl Accepting {
    fn dek(&mut self, new: RotatedDek) -> Result<RotatedWrap, ServiceError> {
        let is_it = |held: &HeldDekRecord| {
            (held.file, held.version, held.grant) == (new.file, new.version, new.grant)
        };
        let held = self.held.deks.iter().position(is_it).ok_or_else(not_left)?;
        let held = self.held.deks.swap_remove(held);
        let key = &self.rotation.key;
        if new.wrapped_dek.0.len() != key.suite.wrapped_bytes() {
            return Err(ServiceError::value("A wrapped key has an impossible length."));
        }
        let HeldDekRecord { organization, file, version, .. } = held;
        self.chain.accept_wrap(
            &new.wrap,
            &ExpectedWrap {
                scope: WrapScope::Dek { organization, file, version },
                recipient: owner_of(&self.rotation),
                recipient_key: key.id(),
                commitment: said_of(&held)?.commitment,
                wrapped: &new.wrapped_dek,
                grant: held.grant_hash,
            },
        )?;
        let subject = match new.grant {
            Some(grant) => Subject::Grant(grant, version),
            None => Subject::Version(file, version),
        };
        Ok(RotatedWrap { subject, wrapped: RotatedBytes::Dek(new.wrapped_dek), statement: new.wrap })
    }

    fn take_reason(&mut self, request: RequestId) -> Result<RequestRecord, ServiceError> {
        let held = self.held.reasons.iter().position(|held| held.request == request);
        Ok(self.held.reasons.swap_remove(held.ok_or_else(not_left)?))
    }

    fn reason(&mut self, new: RotatedReason) -> Result<RotatedWrap, ServiceError> {
        let held = self.take_reason(new.request)?;
        bundle::check_box(&new.reason, &self.rotation.key)?;
        let RequestRecord { organization, file, request, .. } = held;
        self.chain.accept_wrap(
            &new.wrap,
            &ExpectedWrap {
                scope: WrapScope::Reason { organization, file, request },
                recipient: owner_of(&self.rotation),
                recipient_key: self.rotation.key.id(),
                commitment: asked_in(&held)?.reason,
                wrapped: &Bytes(new.reason.canonical()),
                grant: None,
            },
        )?;
        let wrapped = RotatedBytes::Reason(new.reason);
        Ok(RotatedWrap { subject: Subject::Reason(request), wrapped, statement: new.wrap })
    }
}

fn not_left() -> ServiceError {
    ServiceError::value("This is not held, or it is wrapped to the new key already.")
}

/// Verifies that the next statement ends the rotation: over these keys, and over every wrap that was taken.
async fn accept_end(
    state: &State,
    chain: &mut PersonalChain,
    rotation: &RotationRecord,
    from: KeyId,
    statement: &Bytes,
) -> Result<u64, ServiceError> {
    let wraps = state.registry.rotated(rotation.key.id()).await?;
    let expected = Rotation {
        owner: owner_of(rotation),
        from,
        to: rotation.key.id(),
        wraps: wraps.len() as u64,
        root: Rotation::root_of(wraps),
    };
    if *chain.accept::<Rotation>(statement)?.body() != expected {
        return Err(ServiceError::statement(
            "The rotation names other keys, or another number or root of wraps, than were taken.",
        ));
    }
    Ok(expected.wraps)
}

fn rotated(caller: &Caller, wraps: u64) -> Event {
    let mut event = caller.event(Operation::KeyRotated);
    event.details = Some(format!("{wraps} wrapped"));
    event
}
