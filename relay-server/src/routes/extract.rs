//! How bodies, queries and paths that are not of the documented shape are refused.

use std::pin::Pin;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::{JsonPayloadError, PayloadError};
use actix_web::middleware::Next;
use actix_web::web::{JsonConfig, PathConfig, QueryConfig};
use actix_web::{Error, HttpMessage as _};
use futures_util::{Future, StreamExt as _};
use keyferry_protocol::Code;

use crate::service::ServiceError;

/// No JSON body is larger, but for a few that hold many things.
const MAX_JSON_BYTES: usize = 64 * 1024;
/// A contact list is sealed as a whole; a re-key signs every grant that remains, 1.6 kB each; a rotation wraps a page of keys.
const MAX_LARGE_JSON_BYTES: usize = 2 * 1024 * 1024;
/// A JSON body is here by then: who holds a request open holds an answer to something long past.
const MAX_JSON_TIME: Duration = Duration::from_secs(30);
/// What [`keyferry_protocol::EncodingError`] begins with, inside serde's message.
const NOT_CANONICAL: &str = "not canonically encoded";

/// JSON bodies.
pub fn json() -> JsonConfig {
    JsonConfig::default().limit(MAX_JSON_BYTES).error_handler(|error, _| json_error(&error).into())
}

/// Ends JSON bodies that take too long; what came of them is no JSON.
pub async fn limit_time(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.content_type().eq_ignore_ascii_case("application/json") {
        let body = request.take_payload();
        request.set_payload(until(body, tokio::time::sleep(MAX_JSON_TIME)));
    }
    next.call(request).await
}

/// What comes of a body before `end`.
fn until(body: Payload, end: impl Future<Output = ()> + 'static) -> Payload {
    let payload: Pin<Box<_>> = Box::pin(body.take_until(end));
    Payload::Stream { payload }
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

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use actix_web::FromRequest as _;
    use actix_web::test::TestRequest;
    use actix_web::web::{Bytes, Json};
    use futures_util::{Stream, stream};

    use super::*;

    fn body(sent: impl Stream<Item = Result<Bytes, PayloadError>> + 'static) -> Payload {
        Payload::Stream { payload: Box::pin(sent) }
    }

    #[actix_web::test]
    async fn a_json_body_that_takes_too_long_is_none() {
        let request = TestRequest::default().insert_header(("content-type", "application/json"));
        let request = request.app_data(json()).to_http_request();
        let mut never_ends = until(body(stream::pending()), ready(()));
        assert!(Json::<Vec<u8>>::from_request(&request, &mut never_ends).await.is_err());
        let sent = [Ok(Bytes::from_static(b"[1")), Ok(Bytes::from_static(b"]"))];
        let mut in_time = until(body(stream::iter(sent)), pending());
        assert_eq!(Json::<Vec<u8>>::from_request(&request, &mut in_time).await.unwrap().into_inner(), [1]);
    }
}
