//! Ciphertext by HTTP ranges (RFC 9110 §14).

use std::ops::Range;

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    self, ContentRange, ContentRangeSpec, ETag, EntityTag, Header as _, IfNoneMatch, IfRange,
};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use futures_util::stream;
use keyferry_protocol::{FileId, UploadId, route};

use super::Answer;
use crate::service::access::ReadAccess;
use crate::service::{Caller, content};
use crate::state::State;
use crate::store::StoreError;

/// Ciphertext, by ranges.
#[utoipa::path(get, path = route::CONTENT,
    params(("file" = FileId, Path), ("version" = u32, Path), ("Range" = Option<String>, Header)),
    responses((status = 200, content_type = "application/octet-stream"),
        (status = 206, content_type = "application/octet-stream"), (status = 304)))]
pub async fn get(
    state: Data<State>,
    caller: Caller,
    path: Path<(FileId, u32)>,
    request: HttpRequest,
) -> Answer {
    let access = access(&state, &caller, path).await?;
    match select(&request, access.version.upload, access.version.content_bytes) {
        Selection::Answered(answer) => Ok(answer),
        Selection::Bytes(mut answer, range) => {
            let stream = content::stream(&state, &caller, &access, range.clone()).await?;
            Ok(answer.body(SizedStream::new(range.end - range.start, stream)))
        }
    }
}

/// One's own complete upload, by ranges, before a version claims it.
#[utoipa::path(get, path = route::UPLOAD,
    params(("upload" = UploadId, Path), ("Range" = Option<String>, Header)),
    responses((status = 200, content_type = "application/octet-stream"),
        (status = 206, content_type = "application/octet-stream"), (status = 304)))]
pub async fn uploaded(
    state: Data<State>,
    caller: Caller,
    upload: Path<UploadId>,
    request: HttpRequest,
) -> Answer {
    let length = state.uploads.complete_bytes(&caller, *upload).await?;
    match select(&request, *upload, length) {
        Selection::Answered(answer) => Ok(answer),
        Selection::Bytes(mut answer, range) => {
            let stream = content::stream_upload(&state, &caller, *upload, range.clone()).await?;
            Ok(answer.body(SizedStream::new(range.end - range.start, stream)))
        }
    }
}

/// What a GET would answer, without the bytes.
#[utoipa::path(head, path = route::CONTENT,
    params(("file" = FileId, Path), ("version" = u32, Path), ("Range" = Option<String>, Header)),
    responses((status = 200), (status = 206), (status = 304)))]
pub async fn head(
    state: Data<State>,
    caller: Caller,
    path: Path<(FileId, u32)>,
    request: HttpRequest,
) -> Answer {
    let access = access(&state, &caller, path).await?;
    Ok(match select(&request, access.version.upload, access.version.content_bytes) {
        Selection::Answered(answer) => answer,
        Selection::Bytes(mut answer, range) => {
            // Only the length is sent of this body (RFC 9110 §9.3.2).
            let nothing = stream::empty::<Result<bytes::Bytes, StoreError>>();
            answer.body(SizedStream::new(range.end - range.start, nothing))
        }
    })
}

async fn access(
    state: &State,
    caller: &Caller,
    path: Path<(FileId, u32)>,
) -> Result<ReadAccess, crate::service::ServiceError> {
    let (file, version) = path.into_inner();
    content::version(state, caller, file, version).await
}

enum Selection {
    Answered(HttpResponse),
    Bytes(HttpResponseBuilder, Range<u64>),
}

/// Which bytes the request asks for, and under which headers they go.
fn select(request: &HttpRequest, upload: UploadId, length: u64) -> Selection {
    // A complete upload never changes, and no two versions share one.
    let tag = EntityTag::new_strong(upload.to_string());
    if let Ok(condition) = IfNoneMatch::parse(request)
        && matches(&condition, &tag)
    {
        return Selection::Answered(described(StatusCode::NOT_MODIFIED, tag).finish());
    }
    match asked(request, &tag, length) {
        Asked::Everything => Selection::Bytes(octets(StatusCode::OK, tag), 0..length),
        Asked::Part(range) => {
            let spec = ContentRangeSpec::Bytes {
                range: Some((range.start, range.end - 1)),
                instance_length: Some(length),
            };
            let mut answer = octets(StatusCode::PARTIAL_CONTENT, tag);
            answer.insert_header(ContentRange(spec));
            Selection::Bytes(answer, range)
        }
        Asked::Outside => {
            let spec = ContentRangeSpec::Bytes { range: None, instance_length: Some(length) };
            let mut answer = HttpResponse::RangeNotSatisfiable();
            Selection::Answered(answer.insert_header(ContentRange(spec)).finish())
        }
    }
}

/// What of a ciphertext a request asks for.
pub enum Asked {
    /// All of it.
    Everything,
    /// These bytes, of which there are some.
    Part(Range<u64>),
    /// What is not there.
    Outside,
}

/// One range is served; several, or none that can be understood, get everything (RFC 9110 §14.2).
pub fn asked(request: &HttpRequest, tag: &EntityTag, length: u64) -> Asked {
    let Ok(header::Range::Bytes(ranges)) = header::Range::parse(request) else { return Asked::Everything };
    let changed = request.headers().contains_key(header::IF_RANGE)
        && !matches!(IfRange::parse(request), Ok(IfRange::EntityTag(expected)) if expected.strong_eq(tag));
    match ranges.as_slice() {
        // Backwards is no range at all.
        [header::ByteRangeSpec::FromTo(first, last)] if last < first => Asked::Everything,
        [range] if !changed => match range.to_satisfiable_range(length) {
            Some((first, last)) => Asked::Part(first..last + 1),
            None => Asked::Outside,
        },
        _ => Asked::Everything,
    }
}

fn matches(condition: &IfNoneMatch, tag: &EntityTag) -> bool {
    match condition {
        IfNoneMatch::Any => true,
        IfNoneMatch::Items(tags) => tags.iter().any(|known| known.weak_eq(tag)),
    }
}

fn described(status: StatusCode, tag: EntityTag) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer.insert_header(ETag(tag));
    answer.insert_header((header::ACCEPT_RANGES, "bytes"));
    answer
}

fn octets(status: StatusCode, tag: EntityTag) -> HttpResponseBuilder {
    let mut answer = described(status, tag);
    answer.insert_header((header::CONTENT_TYPE, "application/octet-stream"));
    answer
}
