//! Headers that a relay reads.

use std::ops::Range;

use keyferry_protocol::{Bytes, Code, OrganizationId, route};
use relay_server::fuzzing;

use crate::input::Input;

/// The headers of tus, one a line in this order, the values any bytes that HTTP allows.
const TUS: [&str; 7] = [
    "upload-metadata",
    "upload-length",
    "upload-defer-length",
    "content-type",
    "upload-offset",
    "upload-checksum",
    "content-length",
];

/// What is read of tus headers is what they say: numbers in decimal, an id that prints to the same metadata, a digest
/// whose base64 stood there.
pub fn tus(bytes: &[u8]) {
    let mut plan = Input::new(bytes);
    let lines = TUS.map(|name| (name, plan.line()));
    let headers: Vec<(&'static str, &[u8])> =
        lines.into_iter().filter(|(_, value)| !value.is_empty() && value.iter().all(allowed)).collect();
    let text = |name: &str| {
        let value = headers.iter().find(|header| header.0 == name).map(|header| header.1);
        value.map(|value| String::from_utf8_lossy(value).into_owned())
    };
    let read = fuzzing::tus(&headers);
    let number = |name: &str| text(name).and_then(|text| text.parse::<u64>().ok());
    match read.new_length {
        Ok(Some(length)) => {
            assert_eq!((number("upload-length"), text("upload-defer-length")), (Some(length), None));
            assert!(i64::try_from(length).is_ok());
        }
        Ok(None) => {
            assert_eq!((text("upload-length"), text("upload-defer-length").as_deref()), (None, Some("1")))
        }
        Err(code) => assert_eq!(code, Code::RequestInvalid),
    }
    match read.organization {
        Ok(organization) => metadata(organization),
        Err(code) => assert!(matches!(code, Code::RequestInvalid | Code::ValueInvalid)),
    }
    match read.patch {
        Ok(patch) => {
            assert_eq!(text("content-type").as_deref(), Some("application/offset+octet-stream"));
            assert_eq!(Some(patch.offset), number("upload-offset"));
            assert_eq!((patch.length, patch.body_bytes), (number("upload-length"), number("content-length")));
            let printed = patch.checksum.map(|(name, digest)| format!("{name} {}", base64(&digest)));
            assert_eq!(printed, text("upload-checksum"));
        }
        Err(code) => assert!(matches!(code, Code::RequestInvalid | Code::MediaType)),
    }
}

/// Whether HTTP allows it in a header's value (RFC 9110 §5.5).
fn allowed(byte: &u8) -> bool {
    matches!(byte, b'\t' | 0x20..=0x7e | 0x80..)
}

/// What clients send of an organization reads as that organization.
fn metadata(organization: OrganizationId) {
    let printed = route::upload_metadata(organization);
    let again = fuzzing::tus(&[("upload-metadata", printed.as_bytes())]).organization;
    assert_eq!(again, Ok(organization));
}

/// Padded, in the alphabet of RFC 4648 §4, from the one of §5.
fn base64(bytes: &[u8]) -> String {
    let mut text = Bytes(bytes.to_vec()).to_string().replace('-', "+").replace('_', "/");
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// Whatever range is asked for, what is served lies within the ciphertext and is not empty; and one that another
/// version's tag conditions is not given.
pub fn range(bytes: &[u8]) {
    const TAG: &str = "0123456789abcdef0123456789abcdef";
    let mut plan = Input::new(bytes);
    // A ciphertext has at least a header and a tag.
    let length = 72 + plan.number() % (1 << 50);
    let conditioned = plan.byte() % 4;
    let condition = plan.line();
    let asked = plan.line();
    let whole = 0..length;
    let within = |range: &Range<u64>| range.start < range.end && range.end <= length;
    let served = fuzzing::range(asked, None, TAG, length);
    assert!(served.as_ref().is_none_or(within), "{served:?} of {length}");
    if let Some((first, last)) = plain(asked) {
        let expected = if first > last {
            Some(whole.clone())
        } else if first < length {
            Some(first..last.min(length - 1) + 1)
        } else {
            None
        };
        assert_eq!(served, expected, "of {length}");
    }
    if conditioned == 0 {
        let other = fuzzing::range(asked, Some(b"\"another\""), TAG, length);
        assert_eq!(other, Some(whole), "a range of another version");
    } else {
        let other = fuzzing::range(asked, Some(condition), TAG, length);
        assert!(other.as_ref().is_none_or(within));
    }
}

/// First and last of `bytes=first-last`, as RFC 9110 §14.1.2 writes them.
fn plain(asked: &[u8]) -> Option<(u64, u64)> {
    let (first, last) = core::str::from_utf8(asked).ok()?.strip_prefix("bytes=")?.split_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(first) && digits(last)).then(|| Some((first.parse().ok()?, last.parse().ok()?)))?
}
