//! Roles in an organization, and what each may do.

use serde::{Deserialize, Serialize};

use crate::encoding::EncodingError;

/// What a person is to an organization. A signed membership says so, never the relay.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Role {
    /// Holds locks on root and vault: signs membership and policy, and does all an approver does.
    Owner,
    /// Holds a lock on the vault: approves, denies, revokes.
    Approver,
    /// Uploads: wraps DEKs to the vault's public key and holds neither bundle.
    Contributor,
    /// Reads the audit trail and holds neither bundle.
    Auditor,
    /// From outside: browses the catalogue, requests, and reads what was granted.
    Consultant,
}

crate::json::json_text!(Role, Role::Consultant, |role| role.name().to_owned(), |text| {
    Role::parse(text).map_err(|_| crate::json::JsonError::Shape("a role"))
});

impl Role {
    /// Every role.
    pub const ALL: [Role; 5] =
        [Role::Owner, Role::Approver, Role::Contributor, Role::Auditor, Role::Consultant];

    /// The name as it stands in statements and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Approver => "approver",
            Role::Contributor => "contributor",
            Role::Auditor => "auditor",
            Role::Consultant => "consultant",
        }
    }

    /// Parses a role's name.
    ///
    /// # Errors
    /// [`EncodingError`] for an unknown role.
    pub fn parse(text: &str) -> Result<Self, EncodingError> {
        Role::ALL.into_iter().find(|role| role.name() == text).ok_or(EncodingError("role"))
    }

    /// May sign membership and policy, and so holds a lock on the root bundle.
    #[must_use]
    pub const fn holds_root(self) -> bool {
        matches!(self, Role::Owner)
    }

    /// May approve, deny and revoke, and so holds a lock on the vault bundle.
    #[must_use]
    pub const fn holds_vault(self) -> bool {
        matches!(self, Role::Owner | Role::Approver)
    }

    /// May upload files.
    #[must_use]
    pub const fn may_upload(self) -> bool {
        matches!(self, Role::Owner | Role::Approver | Role::Contributor)
    }

    /// May read the organization's audit trail.
    #[must_use]
    pub const fn may_audit(self) -> bool {
        matches!(self, Role::Owner | Role::Auditor)
    }

    /// May ask for access to a file.
    #[must_use]
    pub const fn may_request(self) -> bool {
        matches!(self, Role::Consultant)
    }
}
