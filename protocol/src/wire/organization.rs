//! Organizations, members, invitations.

use serde::{Deserialize, Serialize};

use super::account::PublicIdentity;
use super::bundle::{Bundle, BundleKind, Lock};
use super::wire;
use crate::encoding::Bytes;
use crate::id::{InvitationId, OrganizationId, UserId};
use crate::role::Role;

wire! {
    /// POST `/v1/organizations`. Chain order: policy, vault certificate, the founder's membership as owner.
    pub struct NewOrganization {
        /// Chosen at random by the client, since its keys are bound to it.
        pub organization: OrganizationId,
        /// The first statements of the organization's chain (COSE_Sign1 each).
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
        pub chain: Vec<Bytes>,
        /// The locked root bundle, with the founder's member lock.
        pub root: Bundle,
        /// The locked vault bundle, with the founder's member lock.
        pub vault: Bundle,
    }

    /// An organization as one of its members sees it.
    pub struct OrganizationView {
        /// The organization.
        pub organization: OrganizationId,
        /// Its whole chain; clients replay it (`protocol::organization`) and believe nothing else.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
        pub chain: Vec<Bytes>,
        /// The public identities of its members, to find e-mails and encryption keys.
        pub members: Vec<PublicIdentity>,
        /// Since when the root's keys have to be replaced; only those who hold the vault are told.
        pub root_due_since_ms: Option<u64>,
        /// Since when the vault's keys have to be replaced.
        pub vault_due_since_ms: Option<u64>,
        /// What owners said of the root's successions.
        pub vouchers: Vec<Voucher>,
    }

    /// An owner vouches for the root's next key: the same succession, in their own chain.
    pub struct Voucher {
        /// Who.
        pub user: UserId,
        /// The succession statement (COSE_Sign1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub statement: Bytes,
    }

    /// POST `/v1/organizations/{organization}/root`: another root takes the place of the one until now.
    pub struct RootRotation {
        /// The succession (COSE_Sign1), by the root until now and by the next: the organization's next two statements.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
        pub successions: Vec<Bytes>,
        /// The next bundle, with a lock for every owner.
        pub bundle: Bundle,
        /// The same succession by the owner who does it, in their own chain.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub voucher: Bytes,
    }

    /// POST `/v1/organizations/{organization}/vouchers`: another owner vouches for the root's last succession.
    pub struct NewVoucher {
        /// The succession statement (COSE_Sign1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub statement: Bytes,
    }

    /// POST `/v1/organizations/{organization}/invitations`.
    pub struct NewInvitation {
        /// Whom to invite, normalized.
        pub email: String,
        /// As what.
        pub role: Role,
    }

    /// An invitation, as inviter and invited see it.
    pub struct Invitation {
        /// The invitation.
        pub invitation: InvitationId,
        /// Into which organization.
        pub organization: OrganizationId,
        /// The organization's name, as its policy gives it.
        pub organization_name: String,
        /// The organization's policy statement, so that the invited can compare the root's fingerprint.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub policy: Bytes,
        /// How the root came to take the place of the policy's: pairs of succession statements (COSE_Sign1), oldest first.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
        pub successions: Vec<Bytes>,
        /// Whom.
        pub email: String,
        /// As what.
        pub role: Role,
        /// Who invited.
        pub inviter: PublicIdentity,
        /// Where it stands.
        pub state: InvitationState,
        /// The account that accepted: what an owner verifies before signing the membership.
        pub invited: Option<PublicIdentity>,
        /// When it was made.
        pub created_at_ms: u64,
    }

    /// POST `/v1/organizations/{organization}/members`: a membership and the locks it brings.
    pub struct NewMembership {
        /// The membership statement (COSE_Sign1) by the root.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub membership: Bytes,
        /// The invitation it answers; none for a change of role or a removal.
        pub invitation: Option<InvitationId>,
        /// Locks of kind `member`: root and vault for an owner, vault for an approver, none for others.
        pub locks: Vec<NewLock>,
    }

    /// A lock to add to an organization's bundle.
    pub struct NewLock {
        /// Which bundle.
        pub bundle: BundleKind,
        /// The lock.
        pub lock: Lock,
    }
}

crate::json::json_text!(InvitationState, InvitationState::Pending, |state| state.name().to_owned(), |text| {
    InvitationState::parse(text).ok_or(crate::json::JsonError::Shape("an invitation's state"))
});

impl InvitationState {
    /// The name as it stands in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            InvitationState::Pending => "pending",
            InvitationState::Accepted => "accepted",
            InvitationState::Completed => "completed",
        }
    }

    /// Parses a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let states = [InvitationState::Pending, InvitationState::Accepted, InvitationState::Completed];
        states.into_iter().find(|state| state.name() == text)
    }
}

/// Where an invitation stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum InvitationState {
    /// Sent.
    Pending,
    /// Accepted: an owner verifies the fingerprint and signs.
    Accepted,
    /// The membership was signed.
    Completed,
}
