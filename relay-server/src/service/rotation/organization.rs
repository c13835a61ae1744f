//! What rotations of a root and of a vault have in common: the organization's chain goes on, and whoever holds the key gets a lock
//! on the next one.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::organization::Organization;
use keyferry_protocol::wire::account::Accepted;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind};
use keyferry_protocol::wire::notice::Notice;
use keyferry_protocol::{Bytes, ChainHead, Code, OrganizationId, OwnerId, Role, UserId};

use crate::service::authority::{Member, Owner};
use crate::service::chain::PersonalChain;
use crate::service::view::dangling;
use crate::service::{Caller, ServiceError, bundle, notice};
use crate::state::State;
use crate::store::record::AccountRecord;
use crate::store::{Change, Commit, DocumentId, Event};

/// A key of an organization that an owner replaces.
pub(super) struct Replacing<'a> {
    state: &'a State,
    caller: &'a Caller,
    document: DocumentId,
    /// The bundle until now.
    pub before: Bundle,
    pub owner: Owner,
}

/// The next key: how the organization's chain goes on, and the bundle.
pub(super) struct NextKey {
    pub after: Organization,
    pub statements: Vec<Bytes>,
    pub bundle: Bundle,
}

impl<'a> Replacing<'a> {
    pub async fn begin(
        state: &'a State,
        caller: &'a Caller,
        organization: OrganizationId,
        kind: BundleKind,
    ) -> Result<Self, ServiceError> {
        // Read before anything else is: an account that is suspended meanwhile loses its lock, which moves it.
        let (document, before) = bundle::load(state, organization.into(), kind).await?;
        let owner = Member::of(state, caller, organization).await?.owner()?;
        Ok(Replacing { state, caller, document, before, owner })
    }

    /// Takes the locks of the next bundle; then `say` takes what follows them in the caller's chain, and gives the event that
    /// tells of it and the change that goes with the key.
    pub async fn complete(
        self,
        next: NextKey,
        say: impl AsyncFnOnce(&mut PersonalChain) -> Result<(Event, Change), ServiceError>,
    ) -> Result<Accepted, ServiceError> {
        let Replacing { state, caller, document, owner, .. } = self;
        let NextKey { after, statements, bundle } = next;
        let (organization, kind, holders) = (after.id, bundle.kind, bundle.locks.len());
        let mut chain = PersonalChain::load(state, caller.user).await?;
        let mut unmoved = accept_locks(state, caller, &mut chain, &after, &bundle).await?;
        let (rotated, with) = say(&mut chain).await?;
        let stored = bundle::store(state, organization.into(), bundle, Some(document), caller.now_ms).await?;
        let (from, to) = (owner.organization.head, after.head);
        let appended = Change::Append { owner: organization.into(), from, statements, to };
        let due = Change::RotationDue { owner: organization.into(), kind, since_ms: None };
        let chain_head = chain.head();
        let changes = vec![appended, chain.change(), stored, due, with];
        let mut events = vec![rotated, caller.event(Operation::KeypairGenerated)];
        events.extend((0..holders).map(|_| caller.event(Operation::KeyWrapped)));
        let events = events.into_iter().map(|event| event.in_organization(organization)).collect();
        // The caller's own chain grows by this very commit.
        unmoved.retain(|(owner, _)| *owner != OwnerId::from(caller.user));
        bundle::commit(state, Commit { unmoved, changes, events, ..caller.commit() }).await?;
        state.notices.tell(notice::members(&after), Notice::Membership { organization });
        Ok(Accepted { chain: chain_head })
    }
}

/// Whether a role has a lock on a bundle of its organization.
const fn holds(kind: BundleKind, role: Role) -> bool {
    match kind {
        BundleKind::Root => role.holds_root(),
        BundleKind::Vault => role.holds_vault(),
        BundleKind::Identity => false,
    }
}

/// Nobody whose keys were reported as compromised gets a lock on the next key: they are removed first.
///
/// # Errors
/// `account_suspended`.
pub(super) async fn check_holders(state: &State, organization: &Organization) -> Result<(), ServiceError> {
    for holder in organization.members.values().filter(|member| member.role.holds_vault()) {
        holder_account(state, holder.user).await?;
    }
    Ok(())
}

async fn holder_account(state: &State, holder: UserId) -> Result<AccountRecord, ServiceError> {
    let account = state.registry.account(holder).await?.ok_or_else(|| dangling("an account"))?;
    match account.suspended_at_ms {
        None => Ok(account),
        Some(_) => Err(ServiceError::refused(
            Code::AccountSuspended,
            "Somebody who holds the key reported their keys as compromised: remove them first.",
        )),
    }
}

/// A lock for every member whose role holds the bundle, and nobody else; gives the chains whose certificates were read.
async fn accept_locks(
    state: &State,
    caller: &Caller,
    chain: &mut PersonalChain,
    organization: &Organization,
    bundle: &Bundle,
) -> Result<Vec<(OwnerId, ChainHead)>, ServiceError> {
    let mut holders: Vec<_> =
        organization.members.values().filter(|member| holds(bundle.kind, member.role)).collect();
    let mut read = Vec::new();
    for lock in &bundle.locks {
        let place = holders.iter().position(|holder| bundle::lock_of(lock) == Some(holder.user));
        let Some(place) = place else {
            return Err(ServiceError::value("A lock is for nobody who holds the key, or comes twice."));
        };
        let holder = holders.swap_remove(place);
        read.push((holder.user.into(), state.registry.head(holder.user.into()).await?));
        let account = holder_account(state, holder.user).await?;
        bundle::accept_lock(chain, caller, organization.id.into(), bundle, lock, &account)?;
    }
    if holders.is_empty() {
        Ok(read)
    } else {
        Err(ServiceError::value("Somebody who holds the key has no lock on the next one."))
    }
}
