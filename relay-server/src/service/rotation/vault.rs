//! Rotation of a vault: the root certifies the next key, and every holder gets a lock on it.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::organization::Organization;
use keyferry_protocol::statement::KeyCertificate;
use keyferry_protocol::wire::account::Accepted;
use keyferry_protocol::wire::bundle::{BundleKind, KeyField};
use keyferry_protocol::wire::notice::Notice;
use keyferry_protocol::wire::rotation::VaultRotation;
use keyferry_protocol::{OrganizationId, OwnerId, Role};

use super::{accept_end, accept_locks, own, rotated};
use crate::service::authority::{Member, Owner};
use crate::service::chain::PersonalChain;
use crate::service::view::dangling;
use crate::service::{Caller, ServiceError, bundle, notice};
use crate::state::State;
use crate::store::{Change, Commit};

/// Puts the next vault key in the place of the one until now, with all that was wrapped to it.
pub async fn complete(
    state: &State,
    caller: &Caller,
    organization: OrganizationId,
    new: VaultRotation,
) -> Result<Accepted, ServiceError> {
    // Read before anything else is: an account that is suspended meanwhile loses its lock, which moves it.
    let (document, _) = bundle::load(state, organization.into(), BundleKind::Vault).await?;
    let owner = Member::of(state, caller, organization).await?.owner()?;
    let old = owner.organization.vault.as_ref().ok_or_else(|| dangling("a vault"))?.key();
    let (after, vault) = certified(&owner, &new)?;
    if vault.key() == old {
        return Err(ServiceError::value("A rotation is to another key than the one until now."));
    }
    let rotation = own(state, caller, vault.key().id()).await?;
    if rotation.organization != Some(organization) {
        return Err(ServiceError::not_found());
    }
    let keys = [(KeyField::Encryption, vault.public_key.0.as_slice())];
    bundle::check_new(&new.bundle, BundleKind::Vault, vault.version, &keys)?;
    if new.bundle.suite != vault.suite {
        return Err(ServiceError::value("The vault bundle has another suite than its certificate."));
    }
    let mut chain = PersonalChain::load(state, caller.user).await?;
    let mut unmoved = accept_locks(state, caller, &mut chain, &after, &new.bundle, Role::holds_vault).await?;
    let wraps = accept_end(state, &mut chain, &rotation, old.id(), &new.rotation).await?;
    let holders = new.bundle.locks.len();
    let stored = bundle::store(state, organization.into(), new.bundle, Some(document), caller.now_ms).await?;
    let appended = Change::Append {
        owner: organization.into(),
        from: owner.organization.head,
        statements: vec![new.certificate],
        to: after.head,
    };
    let chain_head = chain.head();
    let due = Change::RotationDue { owner: organization.into(), kind: BundleKind::Vault, since_ms: None };
    let changes = vec![appended, chain.change(), stored, due, Change::Rotate(rotation)];
    let mut events = vec![rotated(caller, wraps), caller.event(Operation::KeypairGenerated)];
    events.extend((0..holders).map(|_| caller.event(Operation::KeyWrapped)));
    let events = events.into_iter().map(|event| event.in_organization(organization)).collect();
    // The caller's own chain grows by this very commit.
    unmoved.retain(|(owner, _)| *owner != OwnerId::from(caller.user));
    bundle::commit(state, Commit { unmoved, changes, events, ..caller.commit() }).await?;
    state.notices.tell(notice::members(&after), Notice::Membership { organization });
    Ok(Accepted { chain: chain_head })
}

/// The organization after the root's certificate of the next vault key.
fn certified(owner: &Owner, new: &VaultRotation) -> Result<(Organization, KeyCertificate), ServiceError> {
    let mut after = Organization::clone(&owner.organization);
    after.apply(&new.certificate.0)?;
    match &after.vault {
        Some(vault) if after.vault != owner.organization.vault => Ok((after.clone(), vault.clone())),
        _ => Err(ServiceError::statement("The certificate is none of the vault's next key.")),
    }
}
