//! Accounts.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use keyferry_protocol::wire::access::AuditPage;
use keyferry_protocol::wire::account::{
    Accepted, Account, NewLock, NewReport, Proof, PublicIdentity, Registration, StoredContacts,
};
use keyferry_protocol::wire::bundle::Bundle;
use keyferry_protocol::{UserId, route};

use super::Answer;
use crate::service::{Caller, Visitor, account, compromise, erasure, passphrase};
use crate::state::State;

/// Registers an account.
#[utoipa::path(post, path = route::ACCOUNTS, request_body = Registration, security(()),
    responses((status = 201, body = Account)))]
pub async fn register(state: Data<State>, visitor: Visitor, body: Json<Registration>) -> Answer {
    let account = account::register(&state, &visitor, body.into_inner()).await?;
    Ok(HttpResponse::Created().json(account))
}

/// Who I am.
#[utoipa::path(get, path = route::ME, responses((status = 200, body = Account)))]
pub async fn me(state: Data<State>, caller: Caller) -> Answer {
    Ok(HttpResponse::Ok().json(account::me(&state, &caller).await?))
}

/// My locked key bundle.
#[utoipa::path(get, path = route::MY_BUNDLE, responses((status = 200, body = Bundle)))]
pub async fn my_bundle(state: Data<State>, caller: Caller) -> Answer {
    Ok(HttpResponse::Ok().json(account::my_bundle(&state, &caller).await?))
}

/// My sealed contact list; `null` before the first.
#[utoipa::path(get, path = route::MY_CONTACTS, responses((status = 200, body = Option<StoredContacts>)))]
pub async fn contacts(state: Data<State>, caller: Caller) -> Answer {
    Ok(HttpResponse::Ok().json(account::contacts(&state, &caller).await?))
}

/// Stores my next sealed contact list.
#[utoipa::path(put, path = route::MY_CONTACTS, request_body = StoredContacts,
    responses((status = 200, body = Accepted)))]
pub async fn store_contacts(state: Data<State>, caller: Caller, body: Json<StoredContacts>) -> Answer {
    Ok(HttpResponse::Ok().json(account::store_contacts(&state, &caller, body.into_inner()).await?))
}

/// Changes my passphrase: its lock, and what logs in with it.
#[utoipa::path(put, path = route::MY_PASSPHRASE, request_body = NewLock, responses((status = 204)))]
pub async fn change_passphrase(state: Data<State>, caller: Caller, body: Json<NewLock>) -> Answer {
    passphrase::change(&state, &caller, body.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Suspends my account, whose keys may be in someone else's hands, and ends what it holds.
#[utoipa::path(post, path = route::MY_COMPROMISE, request_body = Proof, responses((status = 200, body = AuditPage)))]
pub async fn report_compromise(state: Data<State>, caller: Caller, body: Json<Proof>) -> Answer {
    Ok(HttpResponse::Ok().json(compromise::report(&state, &caller, body.into_inner()).await?))
}

/// Erases my account.
#[utoipa::path(delete, path = route::ME, request_body = Proof, responses((status = 200, body = AuditPage)))]
pub async fn erase(state: Data<State>, caller: Caller, body: Json<Proof>) -> Answer {
    Ok(HttpResponse::Ok().json(erasure::own_account(&state, &caller, body.into_inner()).await?))
}

/// A person's public identity.
#[utoipa::path(get, path = route::ACCOUNT, params(("user" = UserId, Path)),
    responses((status = 200, body = PublicIdentity)))]
pub async fn identity(state: Data<State>, caller: Caller, user: Path<UserId>) -> Answer {
    Ok(HttpResponse::Ok().json(account::identity(&state, &caller, user.into_inner()).await?))
}

/// A client-signed report for the audit trail.
#[utoipa::path(post, path = route::REPORTS, request_body = NewReport, responses((status = 201, body = Accepted)))]
pub async fn report(state: Data<State>, caller: Caller, body: Json<NewReport>) -> Answer {
    Ok(HttpResponse::Created().json(account::report(&state, &caller, body.into_inner()).await?))
}
