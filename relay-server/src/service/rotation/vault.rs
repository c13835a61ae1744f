//! Rotation of a vault: the root certifies the next key, and every holder gets a lock on it.

use keyferry_protocol::OrganizationId;
use keyferry_protocol::organization::Organization;
use keyferry_protocol::statement::KeyCertificate;
use keyferry_protocol::wire::account::Accepted;
use keyferry_protocol::wire::bundle::{BundleKind, KeyField};
use keyferry_protocol::wire::rotation::VaultRotation;

use super::organization::{NextKey, Replacing};
use super::{accept_end, own, rotated};
use crate::service::authority::Owner;
use crate::service::chain::PersonalChain;
use crate::service::view::dangling;
use crate::service::{Caller, ServiceError, bundle};
use crate::state::State;
use crate::store::Change;

/// Puts the next vault key in the place of the one until now, with all that was wrapped to it.
pub async fn complete(
    state: &State,
    caller: &Caller,
    organization: OrganizationId,
    new: VaultRotation,
) -> Result<Accepted, ServiceError> {
    let replacing = Replacing::begin(state, caller, organization, BundleKind::Vault).await?;
    let old = replacing.owner.organization.vault.as_ref().ok_or_else(|| dangling("a vault"))?.key();
    let (after, vault) = certified(&replacing.owner, &new)?;
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
    let next = NextKey { after, statements: vec![new.certificate], bundle: new.bundle };
    let say = async |chain: &mut PersonalChain| {
        let wraps = accept_end(state, chain, &rotation, old.id(), &new.rotation).await?;
        Ok((rotated(caller, wraps), Change::Rotate(rotation)))
    };
    replacing.complete(next, say).await
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
