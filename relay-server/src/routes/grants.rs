//! Grants.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use keyferry_protocol::wire::access::{Decision, GrantEntry};
use keyferry_protocol::wire::account::Accepted;
use keyferry_protocol::{GrantId, OrganizationId, route};

use super::Answer;
use crate::service::{Caller, grant};
use crate::state::State;

/// My grants.
#[utoipa::path(get, path = route::GRANTS, responses((status = 200, body = Vec<GrantEntry>)))]
pub async fn mine(state: Data<State>, caller: Caller) -> Answer {
    Ok(HttpResponse::Ok().json(grant::mine(&state, &caller).await?))
}

/// The organization's grants.
#[utoipa::path(get, path = route::ORGANIZATION_GRANTS, params(("organization" = OrganizationId, Path)),
    responses((status = 200, body = Vec<GrantEntry>)))]
pub async fn of_organization(
    state: Data<State>,
    caller: Caller,
    organization: Path<OrganizationId>,
) -> Answer {
    Ok(HttpResponse::Ok().json(grant::of_organization(&state, &caller, organization.into_inner()).await?))
}

/// Revokes a grant: its wrapped DEK is deleted at once.
#[utoipa::path(post, path = route::GRANT_REVOCATION, params(("grant" = GrantId, Path)), request_body = Decision,
    responses((status = 201, body = Accepted)))]
pub async fn revoke(
    state: Data<State>,
    caller: Caller,
    grant: Path<GrantId>,
    body: Json<Decision>,
) -> Answer {
    let accepted = grant::revoke(&state, &caller, grant.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(accepted))
}
