//! Invitations.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use keyferry_protocol::wire::organization::{Invitation, NewInvitation};
use keyferry_protocol::{InvitationId, OrganizationId, route};

use super::Answer;
use crate::service::{Caller, invitation};
use crate::state::State;

/// Invites somebody by e-mail.
#[utoipa::path(post, path = route::ORGANIZATION_INVITATIONS, params(("organization" = OrganizationId, Path)),
    request_body = NewInvitation, responses((status = 201, body = Invitation)))]
pub async fn create(
    state: Data<State>,
    caller: Caller,
    organization: Path<OrganizationId>,
    body: Json<NewInvitation>,
) -> Answer {
    let made = invitation::create(&state, &caller, organization.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(made))
}

/// The organization's invitations.
#[utoipa::path(get, path = route::ORGANIZATION_INVITATIONS, params(("organization" = OrganizationId, Path)),
    responses((status = 200, body = Vec<Invitation>)))]
pub async fn of_organization(
    state: Data<State>,
    caller: Caller,
    organization: Path<OrganizationId>,
) -> Answer {
    Ok(HttpResponse::Ok()
        .json(invitation::of_organization(&state, &caller, organization.into_inner()).await?))
}

/// Invitations for me.
#[utoipa::path(get, path = route::INVITATIONS, responses((status = 200, body = Vec<Invitation>)))]
pub async fn for_me(state: Data<State>, caller: Caller) -> Answer {
    Ok(HttpResponse::Ok().json(invitation::for_me(&state, &caller).await?))
}

/// Accepts an invitation.
#[utoipa::path(post, path = route::INVITATION_ACCEPTANCE, params(("invitation" = InvitationId, Path)),
    responses((status = 200, body = Invitation)))]
pub async fn accept(state: Data<State>, caller: Caller, invitation: Path<InvitationId>) -> Answer {
    Ok(HttpResponse::Ok().json(invitation::accept(&state, &caller, invitation.into_inner()).await?))
}
