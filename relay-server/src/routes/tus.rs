//! The headers of tus 1.0.

use std::future::{Ready, ready};
use std::time::{Duration, UNIX_EPOCH};

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HttpDate};
use actix_web::middleware::DefaultHeaders;
use actix_web::{FromRequest, HttpRequest};
use base64ct::{Base64, Encoding as _};
use keyferry_protocol::{Code, OrganizationId};

use crate::service::ServiceError;
use crate::service::upload::{Algorithm, Checksum, Patch};

/// The one version of the protocol.
const VERSION: &str = "1.0.0";
/// The extensions of it.
pub const EXTENSIONS: &str = "creation,creation-defer-length,checksum,expiration,termination";
/// The media type of a PATCH.
const PATCH_TYPE: &str = "application/offset+octet-stream";
/// The only metadata an upload has. Names and types of files belong into the sealed manifest.
const ORGANIZATION: &str = "organization";

/// A request that speaks our version of tus.
pub struct Tus;

impl FromRequest for Tus {
    type Error = ServiceError;
    type Future = Ready<Result<Self, ServiceError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let spoken = text(request, "tus-resumable").ok().flatten() == Some(VERSION);
        let refusal = ServiceError::refused(Code::VersionUnsupported, "Say `Tus-Resumable: 1.0.0`.");
        ready(if spoken { Ok(Tus) } else { Err(refusal) })
    }
}

/// What every answer carries, refusals too.
pub fn defaults() -> DefaultHeaders {
    DefaultHeaders::new().add(("tus-resumable", VERSION)).add(("tus-version", VERSION))
}

/// The length of a new upload; none if it comes later.
///
/// # Errors
/// `request_invalid` unless exactly one of `Upload-Length` and `Upload-Defer-Length: 1` is there.
pub fn new_length(request: &HttpRequest) -> Result<Option<u64>, ServiceError> {
    match (number(request, "upload-length")?, text(request, "upload-defer-length")?) {
        (Some(length), None) => Ok(Some(length)),
        (None, Some("1")) => Ok(None),
        _ => Err(invalid("Give either `Upload-Length` or `Upload-Defer-Length: 1`.")),
    }
}

/// The organization an upload is for.
///
/// # Errors
/// `request_invalid` without it; `value_invalid` for other metadata, which might tell what a file is.
pub fn organization(request: &HttpRequest) -> Result<OrganizationId, ServiceError> {
    let metadata = text(request, "upload-metadata")?.unwrap_or_default();
    let mut found = None;
    for pair in metadata.split(',').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.trim().split_once(' ').unwrap_or((pair, ""));
        if key != ORGANIZATION {
            return Err(ServiceError::value("An upload has the metadata `organization` and no other."));
        }
        let bytes = Base64::decode_vec(value).map_err(|_| invalid("Metadata is not base64."))?;
        let id = std::str::from_utf8(&bytes).ok().and_then(|id| OrganizationId::parse(id).ok());
        found = Some(id.ok_or_else(|| invalid("The metadata `organization` is no id."))?);
    }
    found.ok_or_else(|| invalid("Give the metadata `organization`."))
}

/// What the headers of a PATCH say.
///
/// # Errors
/// `media_type`; `request_invalid` for headers that are missing or malformed.
pub fn patch(request: &HttpRequest) -> Result<Patch, ServiceError> {
    if text(request, CONTENT_TYPE.as_str())? != Some(PATCH_TYPE) {
        return Err(ServiceError::refused(Code::MediaType, "A PATCH is `application/offset+octet-stream`."));
    }
    Ok(Patch {
        offset: number(request, "upload-offset")?.ok_or_else(|| invalid("Give `Upload-Offset`."))?,
        body_bytes: number(request, CONTENT_LENGTH.as_str())?,
        length: number(request, "upload-length")?,
        checksum: text(request, "upload-checksum")?.map(checksum).transpose()?,
    })
}

fn checksum(header: &str) -> Result<Checksum, ServiceError> {
    let (name, digest) = header.split_once(' ').ok_or_else(|| invalid("`Upload-Checksum` has two words."))?;
    let algorithm = Algorithm::ALL.into_iter().find(|algorithm| algorithm.name() == name);
    Ok(Checksum {
        algorithm: algorithm.ok_or_else(|| invalid("The checksum algorithm is not supported."))?,
        digest: Base64::decode_vec(digest).map_err(|_| invalid("The checksum is not base64."))?,
    })
}

/// A moment as HTTP writes it.
#[must_use]
pub fn date(at_ms: u64) -> String {
    HttpDate::from(UNIX_EPOCH + Duration::from_millis(at_ms)).to_string()
}

/// A header that is a decimal number.
fn number(request: &HttpRequest, name: &str) -> Result<Option<u64>, ServiceError> {
    let Some(text) = text(request, name)? else { return Ok(None) };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| digits && i64::try_from(*number).is_ok());
    number.map(Some).ok_or_else(|| invalid("A header is not a number of bytes."))
}

fn text<'a>(request: &'a HttpRequest, name: &str) -> Result<Option<&'a str>, ServiceError> {
    let header = request.headers().get(name).map(|value| value.to_str());
    header.transpose().map_err(|_| invalid("A header is no text."))
}

const fn invalid(detail: &'static str) -> ServiceError {
    ServiceError::refused(Code::RequestInvalid, detail)
}
