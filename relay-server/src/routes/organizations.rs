//! Organizations and their members.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use keyferry_protocol::wire::account::Accepted;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind};
use keyferry_protocol::wire::organization::{NewMembership, NewOrganization, OrganizationView};
use keyferry_protocol::{OrganizationId, route};

use super::Answer;
use crate::service::{Caller, membership, organization};
use crate::state::State;

/// My organizations.
#[utoipa::path(get, path = route::ORGANIZATIONS, responses((status = 200, body = Vec<OrganizationView>)))]
pub async fn list(state: Data<State>, caller: Caller) -> Answer {
    Ok(HttpResponse::Ok().json(organization::list(&state, &caller).await?))
}

/// Makes an organization.
#[utoipa::path(post, path = route::ORGANIZATIONS, request_body = NewOrganization,
    responses((status = 201, body = Accepted)))]
pub async fn create(state: Data<State>, caller: Caller, body: Json<NewOrganization>) -> Answer {
    let accepted = organization::create(&state, &caller, body.into_inner()).await?;
    Ok(HttpResponse::Created().json(accepted))
}

/// One organization's chain and members.
#[utoipa::path(get, path = route::ORGANIZATION, params(("organization" = OrganizationId, Path)),
    responses((status = 200, body = OrganizationView)))]
pub async fn view(state: Data<State>, caller: Caller, organization: Path<OrganizationId>) -> Answer {
    Ok(HttpResponse::Ok().json(organization::view(&state, &caller, organization.into_inner()).await?))
}

/// The organization's locked bundle `root` or `vault`, with my lock.
#[utoipa::path(get, path = route::ORGANIZATION_BUNDLE,
    params(("organization" = OrganizationId, Path), ("kind" = BundleKind, Path)),
    responses((status = 200, body = Bundle)))]
pub async fn bundle(state: Data<State>, caller: Caller, path: Path<(OrganizationId, BundleKind)>) -> Answer {
    let (organization, kind) = path.into_inner();
    Ok(HttpResponse::Ok().json(organization::bundle(&state, &caller, organization, kind).await?))
}

/// A signed membership with its locks.
#[utoipa::path(post, path = route::MEMBERS, params(("organization" = OrganizationId, Path)),
    request_body = NewMembership, responses((status = 201, body = Accepted)))]
pub async fn change_membership(
    state: Data<State>,
    caller: Caller,
    organization: Path<OrganizationId>,
    body: Json<NewMembership>,
) -> Answer {
    let accepted = membership::change(&state, &caller, organization.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(accepted))
}
