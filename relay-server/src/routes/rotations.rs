//! Rotation of keys.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use keyferry_protocol::wire::account::Accepted;
use keyferry_protocol::wire::organization::{NewVoucher, RootRotation};
use keyferry_protocol::wire::rotation::{KeyRotation, NewRotation, RotatedWraps, Unrotated, VaultRotation};
use keyferry_protocol::{KeyId, OrganizationId, route};

use super::Answer;
use crate::service::{Caller, rotation};
use crate::state::State;

/// Begins to wrap everything to a new key, my own or a vault's.
#[utoipa::path(put, path = route::ROTATION, params(("key" = String, Path)), request_body = NewRotation,
    responses((status = 204)))]
pub async fn begin(state: Data<State>, caller: Caller, key: Path<KeyId>, body: Json<NewRotation>) -> Answer {
    rotation::begin(&state, &caller, key.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What is not wrapped to the new key yet.
#[utoipa::path(get, path = route::ROTATION, params(("key" = String, Path)),
    responses((status = 200, body = Unrotated)))]
pub async fn page(state: Data<State>, caller: Caller, key: Path<KeyId>) -> Answer {
    Ok(HttpResponse::Ok().json(rotation::page(&state, &caller, key.into_inner()).await?))
}

/// Some of it, wrapped.
#[utoipa::path(post, path = route::ROTATION_WRAPS, params(("key" = String, Path)), request_body = RotatedWraps,
    responses((status = 201, body = Accepted)))]
pub async fn accept(
    state: Data<State>,
    caller: Caller,
    key: Path<KeyId>,
    body: Json<RotatedWraps>,
) -> Answer {
    let accepted = rotation::accept(&state, &caller, key.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(accepted))
}

/// My next key takes the place of the one until now.
#[utoipa::path(post, path = route::MY_KEYS, request_body = KeyRotation, responses((status = 201, body = Accepted)))]
pub async fn complete_mine(state: Data<State>, caller: Caller, body: Json<KeyRotation>) -> Answer {
    Ok(HttpResponse::Created().json(rotation::person::complete(&state, &caller, body.into_inner()).await?))
}

/// A root's next key takes the place of the one until now.
#[utoipa::path(post, path = route::ROOT, params(("organization" = OrganizationId, Path)),
    request_body = RootRotation, responses((status = 201, body = Accepted)))]
pub async fn complete_root(
    state: Data<State>,
    caller: Caller,
    organization: Path<OrganizationId>,
    body: Json<RootRotation>,
) -> Answer {
    let accepted =
        rotation::root::complete(&state, &caller, organization.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(accepted))
}

/// An owner vouches for the root's last succession.
#[utoipa::path(post, path = route::VOUCHERS, params(("organization" = OrganizationId, Path)),
    request_body = NewVoucher, responses((status = 201, body = Accepted)))]
pub async fn vouch(
    state: Data<State>,
    caller: Caller,
    organization: Path<OrganizationId>,
    body: Json<NewVoucher>,
) -> Answer {
    let accepted =
        rotation::root::vouch(&state, &caller, organization.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(accepted))
}

/// A vault's next key takes the place of the one until now.
#[utoipa::path(post, path = route::VAULT, params(("organization" = OrganizationId, Path)),
    request_body = VaultRotation, responses((status = 201, body = Accepted)))]
pub async fn complete_vault(
    state: Data<State>,
    caller: Caller,
    organization: Path<OrganizationId>,
    body: Json<VaultRotation>,
) -> Answer {
    let accepted =
        rotation::vault::complete(&state, &caller, organization.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(accepted))
}
