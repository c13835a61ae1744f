//! Passkeys.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use keyferry_protocol::wire::account::Session;
use keyferry_protocol::wire::passkey::{NewPasskey, Passkey, PasskeyChallenge, PasskeyLogin};
use keyferry_protocol::{Bytes, route};

use super::Answer;
use crate::service::{Caller, Visitor, passkey};
use crate::state::State;

/// My passkeys, oldest first.
#[utoipa::path(get, path = route::MY_PASSKEYS, responses((status = 200, body = Vec<Passkey>)))]
pub async fn mine(state: Data<State>, caller: Caller) -> Answer {
    Ok(HttpResponse::Ok().json(passkey::mine(&state, &caller).await?))
}

/// Adds a passkey with its lock.
#[utoipa::path(post, path = route::MY_PASSKEYS, request_body = NewPasskey, responses((status = 204)))]
pub async fn add(state: Data<State>, caller: Caller, request: HttpRequest, body: Json<NewPasskey>) -> Answer {
    let host = request.connection_info().host().to_owned();
    passkey::add(&state, &caller, &host, body.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Removes a passkey of mine and its lock.
#[utoipa::path(delete, path = route::MY_PASSKEY, params(("credential" = String, Path)),
    responses((status = 204)))]
pub async fn remove(state: Data<State>, caller: Caller, credential: Path<Bytes>) -> Answer {
    passkey::remove(&state, &caller, credential.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A challenge for a passkey, to be added or to log in.
#[utoipa::path(get, path = route::PASSKEY_CHALLENGE, security(()),
    responses((status = 200, body = PasskeyChallenge)))]
pub async fn challenge(state: Data<State>, visitor: Visitor) -> Answer {
    Ok(HttpResponse::Ok().json(passkey::challenge(&state, visitor.now_ms)?))
}

/// Logs in by a passkey, as POST `/v1/sessions` does by a passphrase.
#[utoipa::path(post, path = route::PASSKEY_SESSIONS, request_body = PasskeyLogin, security(()),
    responses((status = 201, body = Session)))]
pub async fn login(
    state: Data<State>,
    visitor: Visitor,
    request: HttpRequest,
    body: Json<PasskeyLogin>,
) -> Answer {
    let host = request.connection_info().host().to_owned();
    Ok(HttpResponse::Created().json(passkey::login(&state, &visitor, &host, body.into_inner()).await?))
}
