//! Memberships: the root's signed word, and the locks that come and go with it.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::organization::Organization;
use keyferry_protocol::statement::Membership;
use keyferry_protocol::wire::account::Accepted;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, Lock};
use keyferry_protocol::wire::notice::Notice;
use keyferry_protocol::wire::organization::{NewLock, NewMembership};
use keyferry_protocol::{Bytes, Code, OrganizationId, OwnerId, Role, UserId, Verified};

use super::authority::{Member, Owner};
use super::chain::PersonalChain;
use super::{Caller, ServiceError, bundle, invitation, notice};
use crate::state::State;
use crate::store::record::AccountRecord;
use crate::store::{Change, Commit, DocumentId, Event};

/// Accepts an owner's next membership statement with the locks it brings.
pub async fn change(
    state: &State,
    caller: &Caller,
    organization: OrganizationId,
    new: NewMembership,
) -> Result<Accepted, ServiceError> {
    let owner = Member::of(state, caller, organization).await?.owner()?;
    let (after, membership) = apply(&owner, &new.membership)?;
    // Read before the key is: a rotation of the member's that lands meanwhile moves it.
    let user = membership.body().user;
    let member_head = state.registry.head(user.into()).await?;
    let member = subject(state, membership.body()).await?;
    let mut changes = vec![
        Change::Append {
            owner: organization.into(),
            from: owner.organization.head,
            statements: vec![new.membership.clone()],
            to: after.head,
        },
        Change::Member {
            organization,
            user: member.user,
            role: after.member(member.user).map(|member| member.role),
        },
    ];
    changes.extend(rotations_due(&owner.organization, &after, user, caller.now_ms));
    changes.extend(complete(state, &owner, &new, membership.body()).await?);
    let wraps = new.locks.len();
    let mut chain = PersonalChain::load(state, caller.user).await?;
    changes.extend(locks(state, caller, &mut chain, &after, &member, new.locks).await?);
    let chain_head = chain.head();
    changes.push(chain.change());
    let events = events(caller, organization, &member, membership.body(), wraps);
    // One's own chain grows by this very commit.
    let unmoved = if user == caller.user { Vec::new() } else { vec![(user.into(), member_head)] };
    bundle::commit(state, Commit { unmoved, changes, events, ..caller.commit() }).await?;
    let audience = notice::members(&after).chain([member.user]);
    state.notices.tell(audience, Notice::Membership { organization });
    Ok(Accepted { chain: chain_head })
}

fn apply(owner: &Owner, statement: &Bytes) -> Result<(Organization, Verified<Membership>), ServiceError> {
    let before = &owner.organization;
    let mut after = Organization::clone(before);
    let membership = after.apply(&statement.0)?;
    membership
        .map(|membership| (after, membership))
        .ok_or(ServiceError::refused(Code::StatementType, "The statement is no membership."))
}

/// The account the membership is about, under the identity the owner verified.
async fn subject(state: &State, membership: &Membership) -> Result<AccountRecord, ServiceError> {
    let account = state.registry.account(membership.user).await?.ok_or_else(ServiceError::not_found)?;
    if membership.active && account.identity_key != membership.identity_key {
        return Err(ServiceError::statement("The membership names another identity than the account's."));
    }
    if membership.active && account.suspended_at_ms.is_some() {
        return Err(ServiceError::value("The account is suspended: its person has to recover it first."));
    }
    Ok(account)
}

/// Who was no member needs an invitation that they accepted.
async fn complete(
    state: &State,
    owner: &Owner,
    new: &NewMembership,
    membership: &Membership,
) -> Result<Option<Change>, ServiceError> {
    match new.invitation {
        Some(id) => {
            let record = invitation::answered(state, owner, id, membership).await?;
            Ok(Some(Change::CompleteInvitation(record.invitation)))
        }
        None if owner.organization.member(membership.user).is_some() => Ok(None),
        None => Err(ServiceError::value("A new member needs an invitation that they accepted.")),
    }
}

/// Which bundles a role holds locks on, in the order of their wrap statements.
const fn bundles_of(role: Option<Role>) -> &'static [BundleKind] {
    match role {
        Some(role) if role.holds_root() => &[BundleKind::Root, BundleKind::Vault],
        Some(role) if role.holds_vault() => &[BundleKind::Vault],
        _ => &[],
    }
}

/// Whoever held a key knows it: it has to be replaced when the role does not hold it any more.
fn rotations_due(
    before: &Organization,
    after: &Organization,
    user: UserId,
    now_ms: u64,
) -> impl Iterator<Item = Change> {
    let role_in = |organization: &Organization| organization.member(user).map(|member| member.role);
    let held = bundles_of(role_in(after));
    let (owner, since_ms) = (after.id.into(), Some(now_ms));
    let lost = bundles_of(role_in(before)).iter().filter(move |kind| !held.contains(kind));
    lost.map(move |kind| Change::RotationDue { owner, kind: *kind, since_ms })
}

/// Brings the member's locks on root and vault in line with the role: new ones replace old ones, and those the
/// role does not hold any more are dropped.
async fn locks(
    state: &State,
    caller: &Caller,
    chain: &mut PersonalChain,
    after: &Organization,
    member: &AccountRecord,
    locks: Vec<NewLock>,
) -> Result<Vec<Change>, ServiceError> {
    let held = bundles_of(after.member(member.user).map(|member| member.role));
    let mut locks = locks.into_iter().peekable();
    let mut changes = Vec::new();
    for kind in [BundleKind::Root, BundleKind::Vault] {
        let (document, bundle) = bundle::load(state, after.id.into(), kind).await?;
        let new = locks.next_if(|lock| lock.bundle == kind && held.contains(&kind)).map(|lock| lock.lock);
        if let Some(lock) = &new {
            bundle::accept_lock(chain, caller, after.id.into(), &bundle, lock, member)?;
        }
        let stored = Stored { owner: after.id.into(), document, bundle };
        changes.extend(stored.with_lock(state, caller, member, held.contains(&kind), new).await?);
    }
    if locks.next().is_some() {
        return Err(ServiceError::value(
            "Locks come in the order root, vault, and only those the role holds: both for an owner, vault for an \
             approver, none for others.",
        ));
    }
    Ok(changes)
}

struct Stored {
    owner: OwnerId,
    document: DocumentId,
    bundle: Bundle,
}

impl Stored {
    /// The change that gives `member` the lock `new`, keeps the one they have, or takes it away.
    async fn with_lock(
        mut self,
        state: &State,
        caller: &Caller,
        member: &AccountRecord,
        held: bool,
        new: Option<Lock>,
    ) -> Result<Option<Change>, ServiceError> {
        let has = self.bundle.locks.iter().any(|lock| bundle::lock_of(lock) == Some(member.user));
        if held && !has && new.is_none() {
            return Err(ServiceError::value(
                "The role needs a lock: both for an owner, vault for an approver.",
            ));
        }
        if new.is_none() && held == has {
            return Ok(None);
        }
        bundle::remove_locks(&mut self.bundle, member.user);
        self.bundle.locks.extend(new);
        bundle::store(state, self.owner, self.bundle, Some(self.document), caller.now_ms).await.map(Some)
    }
}

fn events(
    caller: &Caller,
    organization: OrganizationId,
    member: &AccountRecord,
    membership: &Membership,
    wraps: usize,
) -> Vec<Event> {
    let role = if membership.active { membership.role.name() } else { "none" };
    let mut changed = caller.event(Operation::MembershipChanged).in_organization(organization);
    changed.details = Some(format!("{}: {role}", member.user));
    let wrapped = (0..wraps).map(|_| caller.event(Operation::KeyWrapped).in_organization(organization));
    std::iter::once(changed).chain(wrapped).collect()
}
