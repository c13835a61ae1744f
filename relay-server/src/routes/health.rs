//! Alive, and ready.

use actix_web::HttpResponse;
use actix_web::web::Data;
use keyferry_protocol::route;

use super::Answer;
use crate::problem::Refusal;
use crate::service::readiness;
use crate::state::State;

/// Alive.
#[utoipa::path(get, path = route::HEALTHZ, security(()), responses((status = 200)))]
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// Ready: every store takes and gives. If not, `down` names those that do not.
#[utoipa::path(get, path = route::READYZ, security(()),
    responses((status = 200), (status = 503, body = Refusal, content_type = "application/problem+json")))]
pub async fn readyz(state: Data<State>) -> Answer {
    readiness::check(&state).await?;
    Ok(HttpResponse::Ok().finish())
}
