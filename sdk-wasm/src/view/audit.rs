//! The audit trail.

use keyferry_client as client;
use tsify::Tsify;

use super::show::view;

view! {
    /// One line of the trail.
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
        pub user: Option<String>,
        /// The organization concerned.
        #[tsify(optional)]
        pub organization: Option<String>,
        /// The file concerned.
        #[tsify(optional)]
        pub file: Option<String>,
        /// The request concerned.
        #[tsify(optional)]
        pub request: Option<String>,
        /// The grant concerned.
        #[tsify(optional)]
        pub grant: Option<String>,
        /// Whether it succeeded.
        pub success: bool,
        /// A client-signed report, not the relay's own word.
        pub reported: bool,
        /// The address it came from.
        #[tsify(optional)]
        pub address: Option<String>,
        /// Further words, for people.
        #[tsify(optional)]
        pub details: Option<String>,
    }
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
