//! Uploads by tus 1.0: creation, status, PATCH, termination.

use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt as _;
use keyferry_protocol::{Code, UploadId, route};

use super::Answer;
use super::tus::{self, Tus};
use crate::service::upload::{self, Algorithm, Feed};
use crate::service::{Caller, ServiceError};
use crate::state::State;
use crate::store::uploads::UploadRecord;

/// A connection that brings nothing for so long is taken for broken.
const SILENCE: Duration = Duration::from_secs(60);
/// So much of a refused body is read and dropped: a client that still sends would not see the answer.
const DRAIN_BYTES: usize = 16 * 1024 * 1024;
const DRAIN: Duration = Duration::from_secs(5);

/// What of tus the relay speaks.
#[utoipa::path(options, path = route::UPLOADS, security(()), responses((status = 204)))]
pub async fn options(state: Data<State>) -> HttpResponse {
    let algorithms = Algorithm::ALL.map(Algorithm::name).join(",");
    HttpResponse::NoContent()
        .insert_header(("tus-extension", tus::EXTENSIONS))
        .insert_header(("tus-max-size", state.uploads.max_bytes().to_string()))
        .insert_header(("tus-checksum-algorithm", algorithms))
        .finish()
}

/// Makes an upload; `Location` says where.
#[utoipa::path(post, path = route::UPLOADS,
    params(("Tus-Resumable" = String, Header), ("Upload-Length" = Option<u64>, Header),
        ("Upload-Defer-Length" = Option<String>, Header),
        ("Upload-Metadata" = String, Header, description = "`organization` and the base64 of its id")),
    responses((status = 201)))]
pub async fn create(state: Data<State>, _tus: Tus, caller: Caller, request: HttpRequest) -> Answer {
    let (length, organization) = (tus::new_length(&request)?, tus::organization(&request)?);
    let made = upload::create(&state, &caller, organization, length).await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, route::upload(made.upload)))
        .insert_header(("upload-expires", tus::date(made.expires_at_ms)))
        .finish())
}

/// How much of an upload is durable.
#[utoipa::path(head, path = route::UPLOAD,
    params(("upload" = UploadId, Path), ("Tus-Resumable" = String, Header)), responses((status = 200)))]
pub async fn status(state: Data<State>, _tus: Tus, caller: Caller, upload: Path<UploadId>) -> Answer {
    let record = state.uploads.of(&caller, upload.into_inner()).await?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    answer.insert_header(("upload-metadata", route::upload_metadata(record.organization)));
    match record.length {
        Some(length) => answer.insert_header(("upload-length", length.to_string())),
        None => answer.insert_header(("upload-defer-length", "1")),
    };
    Ok(standing(&mut answer, &record))
}

/// Sends bytes from `Upload-Offset` on.
#[utoipa::path(patch, path = route::UPLOAD,
    params(("upload" = UploadId, Path), ("Tus-Resumable" = String, Header), ("Upload-Offset" = u64, Header),
        ("Upload-Length" = Option<u64>, Header), ("Upload-Checksum" = Option<String>, Header)),
    request_body(content_type = "application/offset+octet-stream", content = Vec<u8>),
    responses((status = 204)))]
pub async fn patch(
    state: Data<State>,
    _tus: Tus,
    caller: Caller,
    upload: Path<UploadId>,
    request: HttpRequest,
    mut body: web::Payload,
) -> Answer {
    let outcome = match begin(&state, &caller, upload.into_inner(), &request).await {
        Ok(feed) => receive(feed, &mut body).await,
        Err(refusal) => Err(refusal),
    };
    if outcome.is_err() {
        drain(&mut body).await;
    }
    Ok(standing(&mut HttpResponse::NoContent(), &outcome?))
}

/// Ends an upload.
#[utoipa::path(delete, path = route::UPLOAD,
    params(("upload" = UploadId, Path), ("Tus-Resumable" = String, Header)), responses((status = 204)))]
pub async fn terminate(state: Data<State>, _tus: Tus, caller: Caller, upload: Path<UploadId>) -> Answer {
    state.uploads.terminate(&caller, upload.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `X-HTTP-Method-Override`, for whoever can only POST.
pub async fn overridden(
    state: Data<State>,
    tus: Tus,
    caller: Caller,
    upload: Path<UploadId>,
    request: HttpRequest,
    body: web::Payload,
) -> Answer {
    match request.headers().get("x-http-method-override").and_then(|method| method.to_str().ok()) {
        Some("PATCH") => patch(state, tus, caller, upload, request, body).await,
        Some("DELETE") => terminate(state, tus, caller, upload).await,
        _ => Err(ServiceError::refused(Code::MethodNotAllowed, "This path has no such method.")),
    }
}

async fn begin(
    state: &State,
    caller: &Caller,
    upload: UploadId,
    request: &HttpRequest,
) -> Result<Feed, ServiceError> {
    state.uploads.patch(caller, upload, tus::patch(request)?).await
}

async fn receive(feed: Feed, body: &mut web::Payload) -> Result<UploadRecord, ServiceError> {
    let broken = loop {
        match tokio::time::timeout(SILENCE, body.next()).await {
            Ok(Some(Ok(bytes))) => {
                if !feed.take(bytes).await {
                    break false;
                }
            }
            Ok(None) => break false,
            Ok(Some(Err(_))) | Err(_) => break true,
        }
    };
    feed.end(broken).await
}

async fn drain(body: &mut web::Payload) {
    let drained = async {
        let mut bytes = 0;
        while let Some(Ok(piece)) = body.next().await {
            bytes += piece.len();
            if bytes > DRAIN_BYTES {
                return;
            }
        }
    };
    // Whether it ended or took too long, the answer goes out now.
    let _ = tokio::time::timeout(DRAIN, drained).await;
}

fn standing(answer: &mut actix_web::HttpResponseBuilder, record: &UploadRecord) -> HttpResponse {
    if !record.claimed {
        answer.insert_header(("upload-expires", tus::date(record.expires_at_ms)));
    }
    answer.insert_header(("upload-offset", record.offset.to_string())).finish()
}
