//! Live notices: what a `data:` line of the event stream holds. A notice only says "look again".

use serde::{Deserialize, Serialize};

use crate::id::{FileId, GrantId, InvitationId, OrganizationId, RequestId};
use crate::json::{Json, JsonError, Value, tagged, variant};

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

impl Json for Notice {
    fn to_json(&self) -> Value {
        match self {
            Notice::Invitation { invitation, organization } => variant(
                "kind",
                "invitation",
                vec![("invitation", invitation.to_json()), ("organization", organization.to_json())],
            ),
            Notice::Membership { organization } => {
                variant("kind", "membership", vec![("organization", organization.to_json())])
            }
            Notice::File { organization, file } => variant(
                "kind",
                "file",
                vec![("organization", organization.to_json()), ("file", file.to_json())],
            ),
            Notice::Request { organization, request } => variant(
                "kind",
                "request",
                vec![("organization", organization.to_json()), ("request", request.to_json())],
            ),
            Notice::Grant { organization, grant } => variant(
                "kind",
                "grant",
                vec![("organization", organization.to_json()), ("grant", grant.to_json())],
            ),
        }
    }

    fn from_json(value: Value) -> Result<Self, JsonError> {
        let (name, mut entries) = tagged(value, "kind")?;
        let organization = entries.get("organization");
        let notice = match name.as_str() {
            "invitation" => Notice::Invitation { organization, invitation: entries.get("invitation") },
            "membership" => Notice::Membership { organization },
            "file" => Notice::File { organization, file: entries.get("file") },
            "request" => Notice::Request { organization, request: entries.get("request") },
            "grant" => Notice::Grant { organization, grant: entries.get("grant") },
            _ => return Err(JsonError::Shape("a kind of notice")),
        };
        entries.end(notice)
    }

    fn hole() -> Self {
        Notice::Membership { organization: Json::hole() }
    }
}
