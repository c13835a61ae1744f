//! Live notices: what a `data:` line of the event stream holds. A notice only says "look again".

use serde::{Deserialize, Serialize};

use crate::id::{FileId, GrantId, InvitationId, OrganizationId, RequestId};

/// Something changed for the listener.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Notice {
    /// An invitation came or changed.
    Invitation {
        /// Which.
        invitation: InvitationId,
        /// Into which organization.
        organization: OrganizationId,
    },
    /// A membership changed.
    Membership {
        /// In which organization.
        organization: OrganizationId,
    },
    /// A file version was completed.
    File {
        /// In which organization.
        organization: OrganizationId,
        /// Which file.
        file: FileId,
    },
    /// A request came or changed.
    Request {
        /// To which organization.
        organization: OrganizationId,
        /// Which request.
        request: RequestId,
    },
    /// A grant came or changed.
    Grant {
        /// Of which organization.
        organization: OrganizationId,
        /// Which grant.
        grant: GrantId,
    },
}
