//! An organization as its signed chain says it is. Nothing else the relay says about it is believed.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use keyferry_protocol::organization::{Organization, OrganizationError};
use keyferry_protocol::statement::Membership;
use keyferry_protocol::wire::account::PublicIdentity;
use keyferry_protocol::wire::organization::OrganizationView;
use keyferry_protocol::{
    Bytes, Code, Digest, EncryptionKey, IdentityKey, OrganizationId, OwnerId, Role, SortedMap,
    StatementError, UserId, route,
};

use crate::error::ClientError;
use crate::person::Pin;
use crate::platform::Platform;
use crate::session::Inner;

/// A replayed organization.
#[derive(Clone, Debug)]
pub(crate) struct KnownOrganization {
    pub state: Organization,
    /// Every membership the root ever signed, by the hash others quote.
    pub memberships: SortedMap<Digest, Membership>,
    /// What the relay says of its members; identity keys are those the root signed.
    pub people: SortedMap<UserId, PublicIdentity>,
    /// Since when the root's and the vault's keys have to be replaced, by the relay's word.
    pub due_since_ms: [Option<u64>; 2],
}

impl KnownOrganization {
    /// Replays an organization served to `viewer`. `before` is an earlier replay, kept when the chain did not change:
    /// its last hash covers every statement.
    ///
    /// # Errors
    /// `state_missing`, `policy_unsigned`, `membership_unsigned`, `listing_mismatch`, `statement_type`, `encoding`.
    pub fn verify(
        asked: OrganizationId,
        view: &OrganizationView,
        viewer: UserId,
        before: Option<&KnownOrganization>,
    ) -> Result<Self, ClientError> {
        if view.organization != asked {
            return Err(ClientError::new(
                Code::ContextMismatch,
                "the relay answered with another organization",
            ));
        }
        let (state, memberships) = match before.filter(|before| before.is_at_end_of(&view.chain)) {
            Some(before) => (before.state.clone(), before.memberships.clone()),
            None => replay(asked, &view.chain)?,
        };
        let people = view.members.iter().map(|identity| (identity.user, identity.clone())).collect();
        let due_since_ms = [view.root_due_since_ms, view.vault_due_since_ms];
        let known = KnownOrganization { state, memberships, people, due_since_ms };
        known.check_people(viewer)?;
        Ok(known)
    }

    fn is_at_end_of(&self, chain: &[Bytes]) -> bool {
        let head = self.state.head;
        chain.len() as u64 == head.sequence
            && chain.last().is_some_and(|last| Digest::of(&last.0) == head.hash)
    }

    /// Every member the root listed is described, by the identity the root signed. A consultant comes from outside and
    /// is shown only those who can grant, and themselves.
    fn check_people(&self, viewer: UserId) -> Result<(), ClientError> {
        let outside = self.state.member(viewer).is_none_or(|member| member.role == Role::Consultant);
        for member in self.state.members.values() {
            let Some(identity) = self.people.get(&member.user) else {
                if outside && member.user != viewer && !member.role.holds_vault() {
                    continue;
                }
                return Err(ClientError::new(
                    Code::ListingMismatch,
                    "a member of the organization was left out",
                ));
            };
            // Who replaced their identity waits for an owner to sign it.
            if !identity.keys().contains(&member.identity_key) {
                return Err(unsigned("a member has another identity than the root signed"));
            }
        }
        Ok(())
    }

    pub fn id(&self) -> OrganizationId {
        self.state.id
    }

    pub fn owner_id(&self) -> OwnerId {
        self.state.id.into()
    }

    /// The vault's certified key.
    ///
    /// # Errors
    /// `state_missing` when the root certified none.
    pub fn vault_key(&self) -> Result<EncryptionKey, ClientError> {
        let vault = self.state.vault.as_ref();
        vault
            .map(|certificate| certificate.key())
            .ok_or_else(|| ClientError::new(Code::StateMissing, "the organization has no vault"))
    }

    /// The membership of hash `statement`, if it made `user` with `key` somebody for whom `allowed` holds.
    /// What people did while they were members stays done, so past memberships count.
    pub fn membership(
        &self,
        statement: Digest,
        user: UserId,
        key: &IdentityKey,
        allowed: impl Fn(Role) -> bool,
    ) -> Option<&Membership> {
        let membership = self.memberships.get(&statement)?;
        let holds = membership.active
            && membership.user == user
            && membership.identity_key == *key
            && allowed(membership.role);
        holds.then_some(membership)
    }

    /// Whether that membership was still in force when the organization had signed `epoch` memberships.
    pub fn in_force(&self, membership: &Membership, epoch: u64) -> bool {
        let superseded = self.memberships.values().any(|other| {
            other.user == membership.user && other.epoch > membership.epoch && other.epoch <= epoch
        });
        membership.epoch <= epoch && epoch <= self.state.epoch && !superseded
    }

    /// Whether `user` ever held a role for which `allowed` holds, by this identity.
    pub fn ever_held(&self, user: UserId, key: &IdentityKey, allowed: impl Fn(Role) -> bool) -> bool {
        self.memberships.values().any(|membership| {
            membership.active
                && membership.user == user
                && membership.identity_key == *key
                && allowed(membership.role)
        })
    }
}

fn replay(
    id: OrganizationId,
    chain: &[Bytes],
) -> Result<(Organization, SortedMap<Digest, Membership>), ClientError> {
    let mut memberships = SortedMap::new();
    let state = Organization::replay_with(id, chain, |membership| {
        memberships.insert(membership.hash, membership.statement.body);
    });
    Ok((state.map_err(served_chain)?, memberships))
}

/// A broken chain of one's own statements is a conflict; a broken chain that was served is a listing that was edited.
fn served_chain(error: OrganizationError) -> ClientError {
    let code = match error {
        OrganizationError::Statement(StatementError::Chain) => Code::ListingMismatch,
        OrganizationError::Membership("listing" | "epoch") => Code::ListingMismatch,
        OrganizationError::Statement(StatementError::Type) => Code::StatementType,
        OrganizationError::Statement(StatementError::Encoding) => Code::Encoding,
        _ => error.code(),
    };
    ClientError::new(code, error.to_string())
}

pub(crate) fn unsigned(message: &str) -> ClientError {
    ClientError::new(Code::MembershipUnsigned, message)
}

/// What many flows begin with: boxed, so that a browser downloads it once.
type Looking<'a> = LocalBoxFuture<'a, Result<Rc<KnownOrganization>, ClientError>>;

impl<P: Platform> Inner<P> {
    /// Fetches, replays and compares an organization with its pin and with what this device saw of it.
    ///
    /// # Errors
    /// What replaying finds; `key_changed`, `rollback`.
    pub fn organization(&self, id: OrganizationId) -> Looking<'_> {
        Box::pin(async move {
            let view = self.relay.get::<OrganizationView>(&route::organization(id)).await?;
            self.take_view(id, &view).await
        })
    }

    /// As [`Inner::organization`], for one that was served already.
    pub async fn take_view(
        &self,
        id: OrganizationId,
        view: &OrganizationView,
    ) -> Result<Rc<KnownOrganization>, ClientError> {
        let before = self.replayed.borrow().get(&id).cloned();
        let known = Rc::new(KnownOrganization::verify(id, view, self.me.user, before.as_deref())?);
        let followed = match self.judge_organization(id, known.state.fingerprint()) {
            Pin::Changed => Some(self.followed_root(&known, view).ok_or_else(|| {
                ClientError::new(Code::KeyChanged, "this organization's root is not the one you verified")
            })?),
            _ => None,
        };
        let hash_at = |sequence: u64| {
            let place = usize::try_from(sequence.checked_sub(1)?).ok()?;
            view.chain.get(place).map(|statement| Digest::of(&statement.0))
        };
        let seen = self.memory.update(|memory| {
            memory.see_organization(id, known.state.head, hash_at)?;
            followed.map(|followed| memory.roots.insert(id, followed));
            Ok(())
        });
        seen.await?;
        self.follow_identities(&known).await?;
        self.replayed.borrow_mut().insert(id, known.clone());
        Ok(known)
    }

    /// As [`Inner::organization`], and pinned: nothing is entrusted to an organization nobody compared.
    ///
    /// # Errors
    /// Also `key_unverified`.
    pub fn trusted_organization(&self, id: OrganizationId) -> Looking<'_> {
        Box::pin(async move {
            let known = self.organization(id).await?;
            self.check_trust(&known)?;
            Ok(known)
        })
    }

    /// Those of `wanted` that I am a member of, by one request. What a listing says of others cannot be verified.
    pub async fn organizations_among(
        &self,
        wanted: &[OrganizationId],
    ) -> Result<SortedMap<OrganizationId, Rc<KnownOrganization>>, ClientError> {
        let mut known = SortedMap::new();
        if wanted.is_empty() {
            return Ok(known);
        }
        let views: Vec<OrganizationView> = self.relay.get(&route::organizations()).await?;
        for view in views.iter().filter(|view| wanted.contains(&view.organization)) {
            match self.take_view(view.organization, view).await {
                // Its words are to be compared again; the others have nothing to do with that.
                Err(error) if error.code == Code::KeyChanged => {}
                taken => drop(known.insert(view.organization, taken?)),
            }
        }
        Ok(known)
    }

    pub fn check_trust(&self, known: &KnownOrganization) -> Result<(), ClientError> {
        match self.judge_organization(known.id(), known.state.fingerprint()) {
            Pin::Verified | Pin::Trusted => Ok(()),
            _ => Err(ClientError::new(Code::KeyUnverified, "compare this organization's fingerprint first")),
        }
    }

    /// My membership in force, if its role allows what is asked.
    ///
    /// # Errors
    /// `role_insufficient`.
    pub fn my_membership(
        &self,
        known: &KnownOrganization,
        allowed: impl Fn(Role) -> bool,
    ) -> Result<Digest, ClientError> {
        let member =
            known.state.member(self.me.user).filter(|member| member.identity_key == self.me.signing.public);
        let member = member.filter(|member| allowed(member.role));
        member.map(|member| member.statement).ok_or_else(|| {
            ClientError::new(Code::RoleInsufficient, "your role in the organization does not allow it")
        })
    }
}
