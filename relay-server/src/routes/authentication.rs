//! Who asks: the visitor's address, and the session behind a bearer token.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest};
use keyferry_protocol::Bytes;

use crate::clock::now_ms;
use crate::service::{Caller, ServiceError, Visitor, session};
use crate::state::State;

impl FromRequest for Visitor {
    type Error = ServiceError;
    type Future = Ready<Result<Self, ServiceError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(visitor(request)))
    }
}

impl FromRequest for Caller {
    type Error = ServiceError;
    type Future = Ready<Result<Self, ServiceError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let identified = request.extensions_mut().remove::<Identified>();
        ready(identified.map_or_else(|| Err(session::invalid()), |identified| identified.0))
    }
}

/// What became of the token a request came with.
struct Identified(Result<Caller, ServiceError>);

/// Looks the token's session up before anything else of the request is read: who has none learns nothing of bodies.
pub async fn identify(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let state = request.app_data::<Data<State>>().cloned();
    if let (Some(state), Some(token)) = (state, token(request.request())) {
        let caller = session::resume(&state, visitor(request.request()), &token).await;
        request.extensions_mut().insert(Identified(caller));
    }
    next.call(request).await
}

fn visitor(request: &HttpRequest) -> Visitor {
    Visitor { address: request.peer_addr().map(|address| address.ip().to_string()), now_ms: now_ms() }
}

/// `Authorization: Bearer` with 32 bytes as base64url.
fn token(request: &HttpRequest) -> Option<[u8; 32]> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    let bytes = Bytes::parse(token).ok().filter(|_| scheme.eq_ignore_ascii_case("bearer"))?;
    bytes.0.try_into().ok()
}

/// Takes one request from the address's share, or answers 429.
pub async fn limit_address(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let address: Option<IpAddr> = request.peer_addr().map(|address| address.ip());
    let state = request.app_data::<Data<State>>().cloned();
    if let (Some(state), Some(address)) = (state, address)
        && let Err(error) = state.address_limit.take(&address)
    {
        return Ok(request.error_response(error));
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}
