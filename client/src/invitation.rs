//! Invitations into organizations.

use keyferry_protocol::organization::Organization as Replayed;
use keyferry_protocol::statement::Succession;
use keyferry_protocol::wire::organization::{self as wire, InvitationState};
use keyferry_protocol::{Code, Fingerprint, InvitationId, OrganizationId, Role, route};

use crate::error::ClientError;
use crate::organization::unsigned;
use crate::person::{Person, Pin};
use crate::platform::Platform;
use crate::session::{Inner, Session};

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
        let inner = &self.session.inner;
        let served: Vec<wire::Invitation> = inner.relay.get(&route::invitations()).await?;
        served.iter().map(|invitation| inner.invitation(invitation)).collect()
    }

    /// Accepts one. The organization must be pinned before, by [`crate::People::pin_organization`].
    ///
    /// # Errors
    /// `key_unverified` when it is not, `key_changed` when the policy names another root, `not_found`.
    pub async fn accept(&self, id: InvitationId) -> Result<Invitation, ClientError> {
        let inner = &self.session.inner;
        let invitation = self.find(id).await?;
        match inner.judge_organization(invitation.organization, invitation.organization_fingerprint) {
            Pin::Verified | Pin::Trusted => {}
            Pin::Unverified => {
                return Err(ClientError::new(
                    Code::KeyUnverified,
                    "compare the organization's fingerprint first",
                ));
            }
            Pin::Changed => {
                return Err(ClientError::new(
                    Code::KeyChanged,
                    "the invitation's organization is not the one you verified",
                ));
            }
        }
        let path = route::invitation_acceptance(id);
        inner.relay.send(inner.relay.request("POST", &path)).await?;
        self.find(id).await
    }

    async fn find(&self, id: InvitationId) -> Result<Invitation, ClientError> {
        let found = self.list().await?.into_iter().find(|invitation| invitation.id == id);
        found.ok_or_else(|| ClientError::new(Code::NotFound, "there is no such invitation for you"))
    }
}

impl<P: Platform> Inner<P> {
    /// A served invitation; what it says of the organization comes from the policy the root signed.
    pub fn invitation(&self, served: &wire::Invitation) -> Result<Invitation, ClientError> {
        let organization = Replayed::replay(served.organization, &[&served.policy])?;
        let owner = served.organization.into();
        let roots = Succession::follow(owner, organization.root, &served.successions)
            .map_err(|error| unsigned(&error.to_string()))?;
        let root = roots.last().unwrap_or(&organization.root);
        Ok(Invitation {
            id: served.invitation,
            organization: served.organization,
            organization_fingerprint: root.fingerprint(owner),
            organization_name: organization.policy.name,
            email: served.email.clone(),
            role: served.role,
            state: served.state,
            inviter: self.person(&served.inviter),
            invited: served.invited.as_ref().map(|identity| self.person(identity)),
            created_at_ms: served.created_at_ms,
        })
    }
}
