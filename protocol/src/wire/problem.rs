//! What a refusal looks like: RFC 9457 problem details.

use serde::{Deserialize, Serialize};

use crate::code::Code;

/// `application/problem+json`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:keyferry:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: Code,
    /// One sentence for people: what to do next.
    pub detail: String,
    /// The request id, which leads to the relay's log.
    pub instance: String,
}
