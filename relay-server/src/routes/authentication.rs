//! Who asks: the visitor's address, and the session behind a bearer token.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use keyferry_protocol::Bytes;

use crate::clock::now_ms;
use crate::service::{Caller, ServiceError, Visitor, session};
use crate::state::State;
use crate::store::StoreError;

impl FromRequest for Visitor {
    type Error = ServiceError;
    type Future = Ready<Result<Self, ServiceError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(visitor(request)))
    }
}

impl FromRequest for Caller {
    type Error = ServiceError;
    type Future = LocalBoxFuture<'static, Result<Self, ServiceError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let visitor = visitor(request);
        let token = token(request);
        let state = request.app_data::<Data<State>>().cloned();
        Box::pin(async move {
            let state = state.ok_or_else(|| StoreError::Broken("the application has no state".to_owned()))?;
            session::resume(&state, visitor, &token.ok_or_else(session::invalid)?).await
        })
    }
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
