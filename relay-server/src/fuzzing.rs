//! Doors for `fuzz/` to the parsers of headers, which nothing else outside needs. No release carries this feature.

use std::ops::Range;

use actix_web::HttpRequest;
use actix_web::http::header::{self, EntityTag, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use keyferry_protocol::{Code, OrganizationId};

use crate::routes::content::{Asked, asked};
use crate::routes::tus;

/// What the headers of a tus request say, or the code they are refused with.
#[derive(Debug)]
pub struct Tus {
    /// The length of a new upload; none if it comes later.
    pub new_length: Result<Option<u64>, Code>,
    /// The organization of a new upload.
    pub organization: Result<OrganizationId, Code>,
    /// What a PATCH says.
    pub patch: Result<Patch, Code>,
}

/// What the headers of a PATCH say.
#[derive(Debug)]
pub struct Patch {
    /// Where its body begins.
    pub offset: u64,
    /// The length of its body, if it is said.
    pub body_bytes: Option<u64>,
    /// The length of the upload, if it is said.
    pub length: Option<u64>,
    /// Name of the algorithm and digest.
    pub checksum: Option<(&'static str, Vec<u8>)>,
}

/// Reads headers as the relay does; one that HTTP does not allow is left out.
#[must_use]
pub fn tus(headers: &[(&'static str, &[u8])]) -> Tus {
    let request = request(headers);
    Tus {
        new_length: tus::new_length(&request).map_err(|error| error.code()),
        organization: tus::organization(&request).map_err(|error| error.code()),
        patch: tus::patch(&request).map_err(|error| error.code()).map(|patch| Patch {
            offset: patch.offset,
            body_bytes: patch.body_bytes,
            length: patch.length,
            checksum: patch.checksum.map(|checksum| (checksum.algorithm.name(), checksum.digest)),
        }),
    }
}

/// Which bytes of a ciphertext of `length` bytes are served for a `Range` and an `If-Range`; none if it has no such.
#[must_use]
pub fn range(range: &[u8], if_range: Option<&[u8]>, tag: &str, length: u64) -> Option<Range<u64>> {
    let mut headers = vec![(header::RANGE.as_str(), range)];
    headers.extend(if_range.map(|condition| (header::IF_RANGE.as_str(), condition)));
    match asked(&request(&headers), &EntityTag::new_strong(tag.to_owned()), length) {
        Asked::Everything => Some(0..length),
        Asked::Part(range) => Some(range),
        Asked::Outside => None,
    }
}

fn request(headers: &[(&'static str, &[u8])]) -> HttpRequest {
    let mut request = TestRequest::default();
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            request = request.append_header((HeaderName::from_static(name), value));
        }
    }
    request.to_http_request()
}
