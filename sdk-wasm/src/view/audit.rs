//! The audit trail.

use keyferry_client as client;
use serde::Serialize;
use tsify::Tsify;

/// One line of the trail.
#[derive(Serialize, Tsify)]
pub struct AuditEvent {
    /// Its number in the trail, from 1.
    pub number: u64,
    /// When, by the relay's clock.
    #[tsify(type = "Date")]
    pub at: u64,
    /// What was done.
    #[tsify(type = "Operation")]
    pub operation: &'static str,
    /// By whom, where known.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The organization concerned.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The file concerned.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The request concerned.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The grant concerned.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// Whether it succeeded.
    pub success: bool,
    /// A client-signed report, not the relay's own word.
    pub reported: bool,
    /// The address it came from.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Further words, for people.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

impl From<client::AuditEvent> for AuditEvent {
    fn from(event: client::AuditEvent) -> Self {
        AuditEvent {
            number: event.number,
            at: event.at_ms,
            operation: event.operation.name(),
            user: event.user.map(|id| id.to_string()),
            organization: event.organization.map(|id| id.to_string()),
            file: event.file.map(|id| id.to_string()),
            request: event.request.map(|id| id.to_string()),
            grant: event.grant.map(|id| id.to_string()),
            success: event.success,
            reported: event.reported,
            address: event.address,
            details: event.details,
        }
    }
}
