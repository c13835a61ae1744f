//! Recovery codes.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use keyferry_protocol::route;
use keyferry_protocol::wire::account::{Login, NewLock, Proof, Recoverable, Recovery};

use super::Answer;
use crate::service::{Caller, Visitor, recovery};
use crate::state::State;

/// Sets a recovery code.
#[utoipa::path(put, path = route::MY_RECOVERY, request_body = NewLock, responses((status = 204)))]
pub async fn set(state: Data<State>, caller: Caller, body: Json<NewLock>) -> Answer {
    recovery::set(&state, &caller, body.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Tests my recovery code, which stays good.
#[utoipa::path(post, path = route::MY_RECOVERY_TEST, request_body = Proof, responses((status = 204)))]
pub async fn test(state: Data<State>, caller: Caller, body: Json<Proof>) -> Answer {
    recovery::test(&state, &caller, body.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Serves what a recovery code opens.
#[utoipa::path(post, path = route::RECOVERY, request_body = Login, security(()),
    responses((status = 200, body = Recoverable)))]
pub async fn begin(state: Data<State>, visitor: Visitor, body: Json<Login>) -> Answer {
    Ok(HttpResponse::Ok().json(recovery::begin(&state, &visitor, body.into_inner()).await?))
}

/// Recovers an account: another passphrase, another code.
#[utoipa::path(put, path = route::RECOVERY, request_body = Recovery, security(()), responses((status = 204)))]
pub async fn complete(state: Data<State>, visitor: Visitor, body: Json<Recovery>) -> Answer {
    recovery::complete(&state, &visitor, body.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}
