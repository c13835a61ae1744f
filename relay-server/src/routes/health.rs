//! Alive, and ready.

use actix_web::HttpResponse;
use actix_web::web::Data;
use keyferry_protocol::route;

use super::Answer;
use crate::state::State;

/// Alive.
#[utoipa::path(get, path = route::HEALTHZ, security(()), responses((status = 200)))]
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// Ready: every store answers.
#[utoipa::path(get, path = route::READYZ, security(()), responses((status = 200)))]
pub async fn readyz(state: Data<State>) -> Answer {
    state.ready().await?;
    Ok(HttpResponse::Ok().finish())
}
