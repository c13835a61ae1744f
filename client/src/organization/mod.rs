//! Organizations, as the flows show them.

mod admit;
mod create;
mod keys;
mod known;
mod succession;

use std::rc::Rc;

use keyferry_protocol::wire::organization::OrganizationView;
use keyferry_protocol::{Code, Fingerprint, OrganizationId, Role, route};

use crate::error::ClientError;
use crate::person::{Person, Pin};
use crate::platform::Platform;
use crate::session::{Inner, Session};

pub(crate) use keys::OpenedBundle;
pub(crate) use known::{KnownOrganization, unsigned};

/// An organization of mine, replayed from its signed chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name, from the policy its root signed.
    pub name: String,
    /// What I am to it.
    pub role: Role,
    /// The fingerprint of its root key.
    pub fingerprint: Fingerprint,
    /// Whether that is the one I verified.
    pub pin: Pin,
    /// Its active members.
    pub members: Vec<Member>,
    /// The longest time a grant may last, in milliseconds.
    pub max_grant_ms: u64,
    /// Since when the root's keys have to be replaced; told to those who hold the vault.
    pub root_due_since_ms: Option<u64>,
    /// Since when the vault's keys have to be replaced.
    pub vault_due_since_ms: Option<u64>,
}

/// A member, as the root signed it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Who.
    pub person: Person,
    /// As what.
    pub role: Role,
    /// Whether that is me.
    pub you: bool,
    /// Whether they replaced their identity since the root signed it: an owner has to confirm the one of now.
    pub unconfirmed: bool,
}

/// What I can do with organizations.
pub struct Organizations<P: Platform> {
    pub(crate) session: Session<P>,
}

impl<P: Platform> Organizations<P> {
    /// My organizations. Where the pin says `Changed`, the root is another than was verified, and nothing else works until it is
    /// compared again.
    ///
    /// # Errors
    /// `rollback`, `membership_unsigned`, `policy_unsigned`.
    pub async fn list(&self) -> Result<Vec<Organization>, ClientError> {
        let inner = &self.session.inner;
        let views: Vec<OrganizationView> = inner.relay.get(&route::organizations()).await?;
        let mut organizations = Vec::with_capacity(views.len());
        for view in &views {
            organizations.push(inner.look_at(view.organization, view).await?);
        }
        Ok(organizations)
    }

    /// One of them.
    ///
    /// # Errors
    /// As [`Organizations::list`], and `not_found`.
    pub async fn get(&self, id: OrganizationId) -> Result<Organization, ClientError> {
        let inner = &self.session.inner;
        let view = inner.relay.get::<OrganizationView>(&route::organization(id)).await?;
        inner.look_at(id, &view).await
    }
}

impl<P: Platform> Inner<P> {
    /// A served organization for people to see, even if its root is not the pinned one: they have to know to compare it.
    async fn look_at(
        &self,
        id: OrganizationId,
        view: &OrganizationView,
    ) -> Result<Organization, ClientError> {
        let known = match self.take_view(id, view).await {
            Err(error) if error.code == Code::KeyChanged => {
                let known = Rc::new(KnownOrganization::verify(id, view, self.me.user, None)?);
                self.replayed.borrow_mut().insert(id, known.clone());
                known
            }
            known => known?,
        };
        self.check_membership(&known)?;
        Ok(self.show_organization(&known))
    }

    /// What the root signed that I am, by any of my identities.
    pub fn my_role(&self, known: &KnownOrganization) -> Option<Role> {
        let member = known.state.member(self.me.user);
        member.filter(|member| self.me.keys.contains(&member.identity_key)).map(|member| member.role)
    }

    /// An organization that never made me a member has no business in my listing.
    fn check_membership(&self, known: &KnownOrganization) -> Result<(), ClientError> {
        if self.my_role(known).is_some() {
            return Ok(());
        }
        Err(ClientError::new(Code::MembershipUnsigned, "no root signed your membership in this organization"))
    }

    /// An organization I am a member of, for people to see.
    pub fn show_organization(&self, known: &KnownOrganization) -> Organization {
        let state = &known.state;
        let members = state.members.values().filter_map(|member| {
            let served = known.people.get(&member.user)?;
            Some(Member {
                person: self.person(served),
                role: member.role,
                you: member.user == self.me.user,
                unconfirmed: served.identity_key != member.identity_key,
            })
        });
        Organization {
            id: state.id,
            name: state.policy.name.clone(),
            role: self.my_role(known).unwrap_or(Role::Consultant),
            fingerprint: state.fingerprint(),
            pin: self.judge_organization(state.id, state.fingerprint()),
            members: members.collect(),
            max_grant_ms: state.policy.max_grant_ms,
            root_due_since_ms: known.due_since_ms[0],
            vault_due_since_ms: known.due_since_ms[1],
        }
    }
}
