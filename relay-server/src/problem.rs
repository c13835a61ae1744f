//! Refusals as `application/problem+json` (RFC 9457), everybody's: the services' and actix's own.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, ResponseError};
use keyferry_protocol::Code;
use keyferry_protocol::wire::problem::Problem;

use crate::random::random;
use crate::service::ServiceError;

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

impl ResponseError for ServiceError {
    fn status_code(&self) -> StatusCode {
        // Every code that a service answers with has a status; one without would be a defect.
        self.code()
            .status()
            .and_then(|status| StatusCode::from_u16(status).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            ServiceError::RateLimited { retry_after_s } => {
                response.insert_header((header::RETRY_AFTER, *retry_after_s));
            }
            ServiceError::Store(_) | ServiceError::NotReady { .. }
                if self.status_code() == StatusCode::SERVICE_UNAVAILABLE =>
            {
                response.insert_header((header::RETRY_AFTER, 2));
            }
            _ => {}
        }
        response.finish()
    }
}

/// A problem with the members that only some have (RFC 9457 §3.2).
#[derive(serde::Serialize, utoipa::ToSchema)]
pub struct Refusal {
    #[serde(flatten)]
    problem: Problem,
    /// The stores that are down: `registry`, `private_keys`, `content`. Only `/readyz` says it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    down: Vec<&'static str>,
}

/// The outermost layer: gives the request an id, writes the log line, and turns every refusal into a problem.
pub async fn answer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = request_id();
    let started = std::time::Instant::now();
    let method = request.method().clone();
    let response = next.call(request).await?.map_into_boxed_body();
    log(&id, &method, &response, started.elapsed());
    Ok(finish(response, &method, id))
}

fn request_id() -> String {
    // Only a name for the log: without random bytes it is all zero, and the request itself will say why it fails.
    let bytes: [u8; 8] = random().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(bytes))
}

fn finish(mut response: ServiceResponse<BoxBody>, method: &Method, id: String) -> ServiceResponse<BoxBody> {
    let refusal = (response.status().is_client_error() || response.status().is_server_error())
        .then(|| refusal(&response, id.clone()));
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let Some(refusal) = refusal else { return response };
    headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
    headers.remove(header::CONTENT_LENGTH);
    if refusal.problem.status == StatusCode::UNAUTHORIZED.as_u16() {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    // A HEAD has no body (RFC 9110 §9.3.2); its code is in the status and the request id.
    let body =
        if method == Method::HEAD { Vec::new() } else { serde_json::to_vec(&refusal).unwrap_or_default() };
    response.map_body(|_, _| BoxBody::new(body))
}

fn refusal(response: &ServiceResponse<BoxBody>, id: String) -> Refusal {
    let error = service_error(response);
    let code = error.map_or_else(|| code_of(response.status()), ServiceError::code);
    let (detail, down) = match error {
        Some(ServiceError::Refused { detail, .. }) => ((*detail).to_owned(), Vec::new()),
        Some(error @ ServiceError::LastOwner { .. }) => (error.to_string(), Vec::new()),
        Some(ServiceError::NotReady { down, .. }) => (default_detail(code).to_owned(), down.clone()),
        _ => (default_detail(code).to_owned(), Vec::new()),
    };
    let problem = Problem {
        kind: format!("urn:keyferry:problem:{}", code.name()),
        status: response.status().as_u16(),
        code,
        detail,
        instance: id,
    };
    Refusal { problem, down }
}

fn service_error(response: &ServiceResponse<BoxBody>) -> Option<&ServiceError> {
    response.response().error().and_then(|error| error.as_error())
}

/// The code of an answer that actix made.
fn code_of(status: StatusCode) -> Code {
    match status {
        StatusCode::UNAUTHORIZED => Code::SessionInvalid,
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::MediaType,
        StatusCode::RANGE_NOT_SATISFIABLE => Code::RangeInvalid,
        StatusCode::SERVICE_UNAVAILABLE => Code::StoreUnavailable,
        status if status.is_client_error() => Code::RequestInvalid,
        _ => Code::Internal,
    }
}

const fn default_detail(code: Code) -> &'static str {
    match code {
        Code::NotFound => "It does not exist, or not for you.",
        Code::MethodNotAllowed => "This path has no such method.",
        Code::BodyTooLarge => "The body is larger than this path takes.",
        Code::MediaType => "The body is of another media type than this path takes.",
        Code::RangeInvalid => "The range lies outside the content.",
        Code::RateLimited => "Too many requests: wait as long as Retry-After says.",
        Code::StoreUnavailable => "A store does not answer: try again. Nothing was lost.",
        Code::StorageFull => "The disk is full: nothing was lost. Tell the operator.",
        Code::Internal => "Something failed inside: the request id leads to the log.",
        Code::SessionInvalid => "There is no such session, or it ended: log in again.",
        _ => "The request is not of the documented shape.",
    }
}

/// One line per request: never a path with ids, a query, a body, an address or an e-mail.
fn log(id: &str, method: &Method, response: &ServiceResponse<BoxBody>, took: std::time::Duration) {
    let route = response.request().match_pattern().unwrap_or_default();
    let status = response.status().as_u16();
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    if let Some(ServiceError::Store(cause)) = service_error(response) {
        tracing::error!(request_id = id, %method, route, status, took_ms, %cause, "a store failed");
    } else if status >= 500 {
        tracing::error!(request_id = id, %method, route, status, took_ms, "failed");
    } else {
        tracing::info!(request_id = id, %method, route, status, took_ms, "answered");
    }
}
