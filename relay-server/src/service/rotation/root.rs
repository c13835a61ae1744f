//! Rotation of a root: the root until now names the next one, an owner vouches for it, and every owner gets a lock. Other owners
//! vouch after they compared.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::organization::Organization;
use keyferry_protocol::statement::{Body as _, Succession, statement_type, unverified_body};
use keyferry_protocol::wire::account::Accepted;
use keyferry_protocol::wire::bundle::{BundleKind, KeyField};
use keyferry_protocol::wire::notice::Notice;
use keyferry_protocol::wire::organization::{NewVoucher, RootRotation};
use keyferry_protocol::{Bytes, OrganizationId};

use super::organization::{NextKey, Replacing};
use crate::service::authority::{Member, Owner};
use crate::service::chain::PersonalChain;
use crate::service::{Caller, ServiceError, bundle, notice};
use crate::state::State;
use crate::store::{Change, Commit, Event};

/// Puts the next root in the place of the one until now, with a lock for every owner.
pub async fn complete(
    state: &State,
    caller: &Caller,
    organization: OrganizationId,
    new: RootRotation,
) -> Result<Accepted, ServiceError> {
    let replacing = Replacing::begin(state, caller, organization, BundleKind::Root).await?;
    let after = succeeded(&replacing.owner, &new.successions)?;
    let keys = [(KeyField::Signing, after.root.as_bytes().as_slice())];
    let version = replacing.before.version.saturating_add(1);
    bundle::check_new(&new.bundle, BundleKind::Root, version, &keys)?;
    if new.bundle.suite != replacing.before.suite {
        return Err(ServiceError::value("A root bundle keeps the suite its organization was made with."));
    }
    let (from, to) = (replacing.owner.organization.root, after.root);
    let succession = Succession { owner: organization.into(), from, to };
    let next = NextKey { after, statements: new.successions, bundle: new.bundle };
    let say = async |chain: &mut PersonalChain| {
        let vouched = accept_voucher(caller, chain, organization, &succession, new.voucher)?;
        let rotated = Event { details: Some("root".into()), ..caller.event(Operation::KeyRotated) };
        Ok((rotated, vouched))
    };
    replacing.complete(next, say).await
}

/// Another owner vouches for a succession of the root.
pub async fn vouch(
    state: &State,
    caller: &Caller,
    organization: OrganizationId,
    new: NewVoucher,
) -> Result<Accepted, ServiceError> {
    let owner = Member::of(state, caller, organization).await?.owner()?;
    let mut statements = state.registry.chain(organization.into()).await?;
    statements.retain(|statement| statement_type(&statement.0) == Ok(Succession::TYPE));
    if statements.is_empty() {
        return Err(ServiceError::value("The organization has the root it was made with."));
    }
    let mut chain = PersonalChain::load(state, caller.user).await?;
    let said = chain.clone().accept::<Succession>(&new.statement)?.statement.body;
    let known =
        |statement: &Bytes| unverified_body(&statement.0).is_ok_and(|known: Succession| known == said);
    if !statements.iter().any(known) {
        return Err(ServiceError::statement("The statement vouches for another succession."));
    }
    let vouched = accept_voucher(caller, &mut chain, organization, &said, new.statement)?;
    let chain_head = chain.head();
    let events = vec![caller.event(Operation::RootVouched).in_organization(organization)];
    // Another root meanwhile is another one to compare.
    let unmoved = vec![(organization.into(), owner.organization.head)];
    let changes = vec![chain.change(), vouched];
    state.registry.commit(Commit { unmoved, changes, events, ..caller.commit() }).await?;
    state.notices.tell(notice::members(&owner.organization), Notice::Membership { organization });
    Ok(Accepted { chain: chain_head })
}

/// The organization after the two statements of a succession.
fn succeeded(owner: &Owner, successions: &[Bytes]) -> Result<Organization, ServiceError> {
    let mut after = Organization::clone(&owner.organization);
    for statement in successions {
        after.apply(&statement.0)?;
    }
    if successions.len() == 2 && after.root != owner.organization.root {
        return Ok(after);
    }
    Err(ServiceError::statement("These are not the two statements of one succession."))
}

/// The caller says the same in their own chain.
fn accept_voucher(
    caller: &Caller,
    chain: &mut PersonalChain,
    organization: OrganizationId,
    succession: &Succession,
    statement: Bytes,
) -> Result<Change, ServiceError> {
    if chain.accept::<Succession>(&statement)?.body() != succession {
        return Err(ServiceError::statement("The statement vouches for another succession."));
    }
    Ok(Change::Voucher { organization, root: succession.to, user: caller.user, statement })
}
