//! Requests for access.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use keyferry_protocol::wire::access::{Decision, NewGrant, NewRequest, RequestEntry};
use keyferry_protocol::wire::account::Accepted;
use keyferry_protocol::{OrganizationId, RequestId, route};

use super::Answer;
use crate::service::{Caller, grant, request};
use crate::state::State;

/// Asks for access to a file version.
#[utoipa::path(post, path = route::REQUESTS, request_body = NewRequest, responses((status = 201, body = Accepted)))]
pub async fn create(state: Data<State>, caller: Caller, body: Json<NewRequest>) -> Answer {
    Ok(HttpResponse::Created().json(request::create(&state, &caller, body.into_inner()).await?))
}

/// My requests.
#[utoipa::path(get, path = route::REQUESTS, responses((status = 200, body = Vec<RequestEntry>)))]
pub async fn mine(state: Data<State>, caller: Caller) -> Answer {
    Ok(HttpResponse::Ok().json(request::mine(&state, &caller).await?))
}

/// The organization's requests.
#[utoipa::path(get, path = route::ORGANIZATION_REQUESTS, params(("organization" = OrganizationId, Path)),
    responses((status = 200, body = Vec<RequestEntry>)))]
pub async fn of_organization(
    state: Data<State>,
    caller: Caller,
    organization: Path<OrganizationId>,
) -> Answer {
    Ok(HttpResponse::Ok().json(request::of_organization(&state, &caller, organization.into_inner()).await?))
}

/// One request.
#[utoipa::path(get, path = route::REQUEST, params(("request" = RequestId, Path)),
    responses((status = 200, body = RequestEntry)))]
pub async fn one(state: Data<State>, caller: Caller, request: Path<RequestId>) -> Answer {
    Ok(HttpResponse::Ok().json(request::one(&state, &caller, request.into_inner()).await?))
}

/// Approves a request.
#[utoipa::path(post, path = route::REQUEST_GRANT, params(("request" = RequestId, Path)), request_body = NewGrant,
    responses((status = 201, body = Accepted)))]
pub async fn approve(
    state: Data<State>,
    caller: Caller,
    request: Path<RequestId>,
    body: Json<NewGrant>,
) -> Answer {
    let accepted = grant::create(&state, &caller, request.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(accepted))
}

/// Denies a request.
#[utoipa::path(post, path = route::REQUEST_DENIAL, params(("request" = RequestId, Path)), request_body = Decision,
    responses((status = 201, body = Accepted)))]
pub async fn deny(
    state: Data<State>,
    caller: Caller,
    request: Path<RequestId>,
    body: Json<Decision>,
) -> Answer {
    let accepted = request::deny(&state, &caller, request.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(accepted))
}

/// Takes a request back.
#[utoipa::path(post, path = route::REQUEST_WITHDRAWAL, params(("request" = RequestId, Path)), request_body = Decision,
    responses((status = 201, body = Accepted)))]
pub async fn withdraw(
    state: Data<State>,
    caller: Caller,
    request: Path<RequestId>,
    body: Json<Decision>,
) -> Answer {
    let accepted = request::withdraw(&state, &caller, request.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(accepted))
}
