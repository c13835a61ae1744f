//! Invitations into organizations.

use keyferry_protocol::wire::organization::InvitationState;
use keyferry_protocol::{Fingerprint, InvitationId, OrganizationId, Role};

use crate::error::ClientError;
use crate::person::Person;
use crate::platform::Platform;
use crate::session::{Session, pending};

/// An invitation, as inviter and invited see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Into which organization.
    pub organization: OrganizationId,
    /// The name its policy gives.
    pub organization_name: String,
    /// The fingerprint of its root key: what the invited compares with the inviter.
    pub organization_fingerprint: Fingerprint,
    /// Whom, by e-mail.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Where it stands.
    pub state: InvitationState,
    /// Who invited.
    pub inviter: Person,
    /// Who accepted.
    pub invited: Option<Person>,
    /// When it was made, in milliseconds since 1970.
    pub created_at_ms: u64,
}

/// Invitations for me.
pub struct Invitations<P: Platform> {
    pub(crate) session: Session<P>,
}

impl<P: Platform> Invitations<P> {
    /// Invitations for me.
    ///
    /// # Errors
    /// `policy_unsigned` for an invitation whose policy no root signed.
    pub async fn list(&self) -> Result<Vec<Invitation>, ClientError> {
        let _ = &self.session;
        Err(pending())
    }

    /// Accepts one. The organization must be pinned before, by [`crate::People::pin_organization`].
    ///
    /// # Errors
    /// `key_unverified` when it is not, `key_changed` when the policy names another root, `not_found`.
    pub async fn accept(&self, _id: InvitationId) -> Result<Invitation, ClientError> {
        Err(pending())
    }
}
