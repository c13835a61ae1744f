//! The OpenAPI document, generated from the handlers.

use actix_web::HttpResponse;
use keyferry_protocol::wire::problem::Problem;
use keyferry_protocol::{Code, audit as audit_trail, route};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Schema, Type};
use utoipa::{Modify, OpenApi};

use super::{
    accounts, audit, content, files, grants, health, invitations, notices, organizations, passkeys, recovery,
    requests, rotations, sessions, uploads,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Keyferry relay", description = "Carries public keys, wrapped keys, grants and ciphertext."),
    paths(
        accounts::register,
        accounts::me,
        accounts::my_bundle,
        accounts::contacts,
        accounts::change_passphrase,
        accounts::erase,
        accounts::report_compromise,
        accounts::store_contacts,
        accounts::identity,
        accounts::report,
        audit::mine,
        audit::of_organization,
        content::get,
        content::head,
        content::uploaded,
        files::list,
        files::erase,
        files::one,
        files::complete,
        files::rekey,
        files::key,
        grants::mine,
        grants::of_organization,
        grants::revoke,
        health::healthz,
        health::readyz,
        invitations::create,
        invitations::of_organization,
        invitations::for_me,
        invitations::accept,
        notices::listen,
        organizations::list,
        organizations::create,
        organizations::view,
        organizations::bundle,
        organizations::change_membership,
        passkeys::mine,
        passkeys::add,
        passkeys::remove,
        passkeys::challenge,
        passkeys::login,
        requests::create,
        requests::mine,
        requests::of_organization,
        requests::one,
        requests::approve,
        requests::deny,
        requests::withdraw,
        sessions::parameters,
        recovery::set,
        recovery::test,
        recovery::begin,
        recovery::complete,
        rotations::begin,
        rotations::page,
        rotations::accept,
        rotations::complete_mine,
        rotations::complete_vault,
        rotations::complete_root,
        rotations::vouch,
        sessions::login,
        sessions::logout,
        uploads::options,
        uploads::create,
        uploads::status,
        uploads::patch,
        uploads::terminate,
        document,
    ),
    components(schemas(Problem)),
    security(("session" = [])),
    modifiers(&Refusals)
)]
struct Document;

/// Every operation may be refused with a problem, and sessions are bearer tokens.
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("32 bytes as base64url"));
        if let Some(components) = document.components.as_mut() {
            components.add_security_scheme("session", SecurityScheme::Http(scheme.build()));
            // Their names come out of a macro, where the schema's derive does not see them.
            let names = Code::ALL.iter().map(|code| code.name());
            components.schemas.insert("Code".to_owned(), one_of("A stable error code.", names));
            let names = audit_trail::Operation::ALL.iter().map(|operation| operation.name());
            components.schemas.insert("Operation".to_owned(), one_of("What was done.", names));
        }
        for item in document.paths.paths.values_mut() {
            let operations = [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.delete,
                &mut item.head,
                &mut item.patch,
                &mut item.options,
            ];
            operations.into_iter().flatten().for_each(complete);
        }
    }
}

fn one_of<'a>(description: &str, names: impl Iterator<Item = &'a str>) -> RefOr<Schema> {
    let object = ObjectBuilder::new().schema_type(Type::String).description(Some(description));
    object.enum_values(Some(names)).build().into()
}

/// What the attributes of the handlers leave open: names that are unique, descriptions, and refusals.
fn complete(operation: &mut Operation) {
    let tag = operation.tags.iter().flatten().next().cloned().unwrap_or_default();
    operation.operation_id = operation.operation_id.take().map(|name| format!("{tag}_{name}"));
    let responses = &mut operation.responses.responses;
    for response in responses.values_mut() {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = "Done.".to_owned();
        }
    }
    responses.insert("default".to_owned(), RefOr::T(refusal()));
}

fn refusal() -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new()
        .description("Refused; `code` says why (RFC 9457).")
        .content("application/problem+json", content)
        .build()
}

/// This document.
#[utoipa::path(get, path = route::OPENAPI, tag = "openapi", security(()), responses((status = 200, description = "OpenAPI 3.1")))]
pub async fn document() -> HttpResponse {
    HttpResponse::Ok().json(Document::openapi())
}
