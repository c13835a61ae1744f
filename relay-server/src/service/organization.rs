//! Organizations: made, seen, their bundles served.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::organization::Organization;
use keyferry_protocol::wire::account::Accepted;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KeyField};
use keyferry_protocol::wire::organization::{NewOrganization, OrganizationView};
use keyferry_protocol::{ChainHead, Code, OrganizationId, OwnerId, Role};

use super::authority::Member;
use super::chain::PersonalChain;
use super::{Caller, ServiceError, bundle};
use crate::state::State;
use crate::store::record::AccountRecord;
use crate::store::{Change, Commit};

const MAX_NAME_CHARS: usize = 200;
/// Policy, vault certificate, the founder's membership.
const FOUNDING_STATEMENTS: usize = 3;

/// Makes an organization with its founder as the one owner.
pub async fn create(state: &State, caller: &Caller, new: NewOrganization) -> Result<Accepted, ServiceError> {
    let account = state.registry.account(caller.user).await?.ok_or_else(ServiceError::not_found)?;
    let organization = check_founding(&new, &account)?;
    let owner = OwnerId::from(new.organization);
    let mut chain = PersonalChain::load(state, caller.user).await?;
    for bundle in [&new.root, &new.vault] {
        let [lock] = bundle.locks.as_slice() else {
            return Err(ServiceError::value(
                "A new organization's bundle has exactly one lock: the founder's.",
            ));
        };
        bundle::accept_lock(&mut chain, caller, owner, bundle, lock, &account)?;
    }
    if state.registry.head(owner).await? != ChainHead::EMPTY {
        return Err(ServiceError::refused(Code::AlreadyExists, "The id has an organization already."));
    }
    let root = bundle::store(state, owner, new.root, None, caller.now_ms).await?;
    let vault = bundle::store(state, owner, new.vault, None, caller.now_ms).await?;
    let chain_head = chain.head();
    let changes = vec![
        Change::Organization { organization: organization.id, created_at_ms: caller.now_ms },
        Change::Append { owner, from: ChainHead::EMPTY, statements: new.chain, to: organization.head },
        Change::Member { organization: organization.id, user: caller.user, role: Some(Role::Owner) },
        chain.change(),
        root,
        vault,
    ];
    let events = [Operation::OrganizationCreated, Operation::KeypairGenerated, Operation::KeyWrapped];
    let events = events.map(|operation| caller.event(operation).in_organization(organization.id));
    bundle::commit(state, Commit { changes, events: events.into(), ..caller.commit() }).await?;
    Ok(Accepted { chain: chain_head })
}

fn check_founding(new: &NewOrganization, founder: &AccountRecord) -> Result<Organization, ServiceError> {
    if new.chain.len() != FOUNDING_STATEMENTS {
        return Err(ServiceError::value(
            "A new chain has policy, vault certificate and the founder's membership.",
        ));
    }
    let organization = Organization::replay(new.organization, &new.chain)?;
    let name = &organization.policy.name;
    if name.trim().is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(ServiceError::value("A name has 1 to 200 characters and no control characters."));
    }
    if organization.policy.max_grant_ms == 0 {
        return Err(ServiceError::value("A policy lets grants last longer than nothing."));
    }
    let founding = organization.member(founder.user).filter(|member| {
        member.role == Role::Owner
            && member.identity_key == founder.identity_key
            && organization.members.len() == 1
    });
    let vault = organization.vault.as_ref().filter(|_| founding.is_some());
    let vault =
        vault.ok_or(ServiceError::statement("The founder is the first owner, under their own identity."))?;
    let root_key = organization.root.as_bytes().as_slice();
    bundle::check_new(&new.root, BundleKind::Root, 1, &[(KeyField::Signing, root_key)])?;
    bundle::check_new(&new.vault, BundleKind::Vault, 1, &[(KeyField::Encryption, &vault.public_key.0)])?;
    if new.vault.suite != vault.suite {
        return Err(ServiceError::value("The vault bundle has another suite than its certificate."));
    }
    bundle::check_public_key(&vault.key())?;
    Ok(organization)
}

/// The organizations the caller is a member of.
pub async fn list(state: &State, caller: &Caller) -> Result<Vec<OrganizationView>, ServiceError> {
    let mut views = Vec::new();
    for organization in state.registry.organizations_of(caller.user).await? {
        // Whoever is removed while this is read does not see the organization any more, and the others still.
        match view(state, caller, organization).await {
            Err(ServiceError::Refused { .. }) => {}
            seen => views.push(seen?),
        }
    }
    Ok(views)
}

/// One organization as the caller may see it.
pub async fn view(
    state: &State,
    caller: &Caller,
    organization: OrganizationId,
) -> Result<OrganizationView, ServiceError> {
    let member = Member::of(state, caller, organization).await?;
    let chain = state.registry.chain(organization.into()).await?;
    let accounts = state.registry.members(organization).await?;
    // A consultant comes from outside: only those whose signatures they verify are shown, and themselves.
    let sees = |account: &AccountRecord| {
        let other = member.organization.member(account.user).map(|other| other.role);
        member.role() != Role::Consultant
            || account.user == caller.user
            || other.is_some_and(|role| role.holds_vault())
    };
    let members = accounts.iter().filter(|account| sees(account)).map(AccountRecord::public).collect();
    let holds_vault = member.role().holds_vault();
    let [root_due_since_ms, vault_due_since_ms] = if holds_vault {
        let due = |kind| state.registry.rotation_due(organization.into(), kind);
        [due(BundleKind::Root).await?, due(BundleKind::Vault).await?]
    } else {
        [None, None]
    };
    let vouchers = state.registry.vouchers(organization).await?;
    Ok(OrganizationView { organization, chain, members, root_due_since_ms, vault_due_since_ms, vouchers })
}

/// The organization's locked bundle, with the caller's own lock.
pub async fn bundle(
    state: &State,
    caller: &Caller,
    organization: OrganizationId,
    kind: BundleKind,
) -> Result<Bundle, ServiceError> {
    let member = Member::of(state, caller, organization).await?;
    // Also to whoever waits to be confirmed: their locks go with their own next rotation.
    let holds = match kind {
        BundleKind::Root => member.role().holds_root(),
        BundleKind::Vault => member.role().holds_vault(),
        BundleKind::Identity => return Err(ServiceError::not_found()),
    };
    if !holds {
        return Err(ServiceError::role_insufficient());
    }
    let events = vec![caller.event(Operation::BundleServed).in_organization(organization)];
    state.registry.commit(Commit { events, ..caller.commit() }).await?;
    bundle::serve(state, caller, organization.into(), kind).await
}
