//! Files, versions, and the key that opens one.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use keyferry_protocol::wire::account::Accepted;
use keyferry_protocol::wire::file::{FileEntry, NewVersion, Rekey, WrappedDek};
use keyferry_protocol::{FileId, OrganizationId, route};

use super::Answer;
use crate::service::{Caller, erasure, file, key, rekey};
use crate::state::State;

/// The organization's files.
#[utoipa::path(get, path = route::FILES, params(("organization" = OrganizationId, Path)),
    responses((status = 200, body = Vec<FileEntry>)))]
pub async fn list(state: Data<State>, caller: Caller, organization: Path<OrganizationId>) -> Answer {
    Ok(HttpResponse::Ok().json(file::list(&state, &caller, organization.into_inner()).await?))
}

/// One file's current version.
#[utoipa::path(get, path = route::FILE, params(("file" = FileId, Path)), responses((status = 200, body = FileEntry)))]
pub async fn one(state: Data<State>, caller: Caller, file: Path<FileId>) -> Answer {
    Ok(HttpResponse::Ok().json(file::one(&state, &caller, file.into_inner()).await?))
}

/// Erases a file with every version.
#[utoipa::path(delete, path = route::FILE, params(("file" = FileId, Path)), responses((status = 204)))]
pub async fn erase(state: Data<State>, caller: Caller, file: Path<FileId>) -> Answer {
    erasure::file(&state, &caller, file.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Turns a complete upload into a file version.
#[utoipa::path(post, path = route::VERSIONS, params(("file" = FileId, Path)), request_body = NewVersion,
    responses((status = 201, body = Accepted)))]
pub async fn complete(
    state: Data<State>,
    caller: Caller,
    file: Path<FileId>,
    body: Json<NewVersion>,
) -> Answer {
    let accepted = file::complete(&state, &caller, file.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(accepted))
}

/// Puts a complete upload, under another key, in the place of a file's current version.
#[utoipa::path(post, path = route::REKEY, params(("file" = FileId, Path)), request_body = Rekey,
    responses((status = 201, body = Accepted)))]
pub async fn rekey(state: Data<State>, caller: Caller, file: Path<FileId>, body: Json<Rekey>) -> Answer {
    let accepted = rekey::complete(&state, &caller, file.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(accepted))
}

/// The wrapped DEK with all that proves it.
#[utoipa::path(get, path = route::KEY, params(("file" = FileId, Path), ("version" = u32, Path)),
    responses((status = 200, body = WrappedDek)))]
pub async fn key(state: Data<State>, caller: Caller, path: Path<(FileId, u32)>) -> Answer {
    let (file, version) = path.into_inner();
    Ok(HttpResponse::Ok().json(key::wrapped(&state, &caller, file, version).await?))
}
