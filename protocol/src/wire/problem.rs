//! What a refusal looks like: RFC 9457 problem details.

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::json::{Json, JsonError, Value};

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

/// The name `type` is a keyword of Rust, and others may add members (RFC 9457 §3.2), so unknown names are passed over.
impl Json for Problem {
    fn to_json(&self) -> Value {
        let field = |name: &str, value| (name.to_owned(), value);
        Value::Object(vec![
            field("type", self.kind.to_json()),
            field("status", self.status.to_json()),
            field("code", self.code.to_json()),
            field("detail", self.detail.to_json()),
            field("instance", self.instance.to_json()),
        ])
    }

    fn from_json(value: Value) -> Result<Self, JsonError> {
        let mut entries = value.entries()?;
        let problem = Problem {
            kind: entries.get("type"),
            status: entries.get("status"),
            code: entries.get("code"),
            detail: entries.get("detail"),
            instance: entries.get("instance"),
        };
        entries.end_loosely(problem)
    }

    fn hole() -> Self {
        Problem {
            kind: Json::hole(),
            status: Json::hole(),
            code: Json::hole(),
            detail: Json::hole(),
            instance: Json::hole(),
        }
    }
}
