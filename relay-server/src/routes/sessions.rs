//! Logins and sessions.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use keyferry_protocol::route;
use keyferry_protocol::wire::account::{Login, LoginParameters, LoginParametersQuery, Session};

use super::Answer;
use crate::service::{Caller, Visitor, session};
use crate::state::State;

/// The KDF parameters of an account, answered alike for accounts that do not exist.
#[utoipa::path(post, path = route::LOGIN_PARAMETERS, request_body = LoginParametersQuery, security(()),
    responses((status = 200, body = LoginParameters)))]
pub async fn parameters(state: Data<State>, body: Json<LoginParametersQuery>) -> Answer {
    Ok(HttpResponse::Ok().json(session::parameters(&state, body.into_inner().email).await?))
}

/// Logs in, and serves what it takes to unlock one's keys.
#[utoipa::path(post, path = route::SESSIONS, request_body = Login, security(()),
    responses((status = 201, body = Session)))]
pub async fn login(state: Data<State>, visitor: Visitor, body: Json<Login>) -> Answer {
    let session = session::login(&state, &visitor, body.into_inner()).await?;
    Ok(HttpResponse::Created().json(session))
}

/// Logs out.
#[utoipa::path(delete, path = route::SESSION, responses((status = 204)))]
pub async fn logout(state: Data<State>, caller: Caller) -> Answer {
    session::logout(&state, &caller).await?;
    Ok(HttpResponse::NoContent().finish())
}
