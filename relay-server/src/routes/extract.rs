//! How bodies, queries and paths that are not of the documented shape are refused.

use actix_web::error::{JsonPayloadError, PayloadError};
use actix_web::web::{JsonConfig, PathConfig, QueryConfig};
use keyferry_protocol::Code;

use crate::service::ServiceError;

/// No JSON body is larger, but for a few that hold many things.
const MAX_JSON_BYTES: usize = 64 * 1024;
/// A contact list is sealed as a whole; a re-key signs every grant that remains, 1.6 kB each; a rotation wraps a page of keys.
const MAX_LARGE_JSON_BYTES: usize = 2 * 1024 * 1024;
/// What [`keyferry_protocol::EncodingError`] begins with, inside serde's message.
const NOT_CANONICAL: &str = "not canonically encoded";

/// JSON bodies.
pub fn json() -> JsonConfig {
    JsonConfig::default().limit(MAX_JSON_BYTES).error_handler(|error, _| json_error(&error).into())
}

/// JSON bodies that hold many things.
pub fn large_json() -> JsonConfig {
    json().limit(MAX_LARGE_JSON_BYTES)
}

fn json_error(error: &JsonPayloadError) -> ServiceError {
    match error {
        JsonPayloadError::ContentType => {
            ServiceError::refused(Code::MediaType, "The body must be application/json.")
        }
        JsonPayloadError::OverflowKnownLength { .. }
        | JsonPayloadError::Overflow { .. }
        | JsonPayloadError::Payload(PayloadError::Overflow) => {
            ServiceError::refused(Code::BodyTooLarge, "The body is larger than this path takes.")
        }
        JsonPayloadError::Deserialize(error) if error.to_string().contains(NOT_CANONICAL) => {
            ServiceError::refused(Code::Encoding, "A value is not canonically encoded.")
        }
        _ => ServiceError::refused(Code::RequestInvalid, "The body is no JSON of the documented shape."),
    }
}

/// Queries.
pub fn query() -> QueryConfig {
    QueryConfig::default().error_handler(|_, _| {
        ServiceError::refused(Code::RequestInvalid, "The query is not of the documented shape.").into()
    })
}

/// Ids in paths: what is no id names nothing.
pub fn path() -> PathConfig {
    PathConfig::default().error_handler(|_, _| ServiceError::not_found().into())
}
