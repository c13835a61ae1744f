//! Organizations, as the flows show them.

use keyferry_protocol::{Fingerprint, InvitationId, OrganizationId, Role, Suite, UserId};

use crate::error::ClientError;
use crate::invitation::Invitation;
use crate::person::{Person, Pin};
use crate::platform::Platform;
use crate::session::{Session, pending};

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
}

/// What I can do with organizations.
pub struct Organizations<P: Platform> {
    pub(crate) session: Session<P>,
}

impl<P: Platform> Organizations<P> {
    /// Makes root and vault, and pins the new organization as verified.
    ///
    /// # Errors
    /// `organization_key_mismatch` when the relay serves it back with other keys.
    pub async fn create(&self, _name: &str, _suite: Suite) -> Result<Organization, ClientError> {
        let _ = &self.session;
        Err(pending())
    }

    /// My organizations.
    ///
    /// # Errors
    /// `key_changed`, `rollback`, `membership_unsigned`, `policy_unsigned`.
    pub async fn list(&self) -> Result<Vec<Organization>, ClientError> {
        Err(pending())
    }

    /// One of them.
    ///
    /// # Errors
    /// As [`Organizations::list`], and `not_found`.
    pub async fn get(&self, _id: OrganizationId) -> Result<Organization, ClientError> {
        Err(pending())
    }

    /// Invites a person.
    ///
    /// # Errors
    /// `role_insufficient`.
    pub async fn invite(&self, _id: OrganizationId, _email: &str, _role: Role) -> Result<Invitation, ClientError> {
        Err(pending())
    }

    /// Invitations of the organization; those in state accepted wait for [`Organizations::admit`].
    ///
    /// # Errors
    /// `role_insufficient`.
    pub async fn invitations(&self, _id: OrganizationId) -> Result<Vec<Invitation>, ClientError> {
        Err(pending())
    }

    /// Signs the membership of a person who accepted an invitation, with the locks their role needs. `fingerprint` is
    /// the one that was compared with them; it must be pinned.
    ///
    /// # Errors
    /// `key_unverified`, `key_changed`, `role_insufficient`, `invitation_state`.
    pub async fn admit(
        &self,
        _id: OrganizationId,
        _invitation: InvitationId,
        _fingerprint: Fingerprint,
    ) -> Result<Organization, ClientError> {
        Err(pending())
    }

    /// Ends a membership.
    ///
    /// # Errors
    /// `role_insufficient`, `not_found`.
    pub async fn remove(&self, _id: OrganizationId, _user: UserId) -> Result<Organization, ClientError> {
        Err(pending())
    }
}
