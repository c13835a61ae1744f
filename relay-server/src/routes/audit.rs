//! Audit trails.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use keyferry_protocol::wire::access::AuditPage;
use keyferry_protocol::{OrganizationId, route};

use super::Answer;
use crate::service::audit::Page;
use crate::service::{Caller, audit};
use crate::state::State;

/// My audit trail.
#[utoipa::path(get, path = route::MY_AUDIT, params(Page), responses((status = 200, body = AuditPage)))]
pub async fn mine(state: Data<State>, caller: Caller, page: Query<Page>) -> Answer {
    Ok(HttpResponse::Ok().json(audit::mine(&state, &caller, page.into_inner()).await?))
}

/// The organization's audit trail.
#[utoipa::path(get, path = route::ORGANIZATION_AUDIT, params(("organization" = OrganizationId, Path), Page),
    responses((status = 200, body = AuditPage)))]
pub async fn of_organization(
    state: Data<State>,
    caller: Caller,
    organization: Path<OrganizationId>,
    page: Query<Page>,
) -> Answer {
    let page = page.into_inner();
    Ok(HttpResponse::Ok()
        .json(audit::of_organization(&state, &caller, organization.into_inner(), page).await?))
}
