//! Names as text: ids, digests, base64url, suites, roles, addresses, paths.

use core::fmt::Display;

use keyferry_crypto::Software;
use keyferry_crypto::passphrase::normalize_email;
use keyferry_protocol::audit::Operation;
use keyferry_protocol::wire::account::email_is_normal;
use keyferry_protocol::wire::bundle::{BundleKind, KeyField};
use keyferry_protocol::wire::organization::InvitationState;
use keyferry_protocol::{
    Bytes, Code, Digest, FileId, Fingerprint, GrantId, InvitationId, OrganizationId, RequestId, Role, Suite,
    UploadId, UserId, route,
};

/// Each name has one text: what is read prints as it was read.
pub fn names(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    printed(text, UserId::parse(text));
    printed(text, OrganizationId::parse(text));
    printed(text, RequestId::parse(text));
    printed(text, GrantId::parse(text));
    printed(text, UploadId::parse(text));
    printed(text, InvitationId::parse(text));
    printed(text, Bytes::parse(text));
    printed(text, Digest::parse(text));
    printed(text, Fingerprint::parse(text));
    printed(text, BundleKind::parse(text));
    printed(text, Suite::parse(text).map(Suite::id));
    printed(text, Role::parse(text).map(Role::name));
    printed(text, KeyField::parse(text).map(KeyField::name));
    printed(text, Code::parse(text).map(Code::name).ok_or(()));
    printed(text, Operation::parse(text).map(Operation::name).ok_or(()));
    printed(text, InvitationState::parse(text).map(InvitationState::name).ok_or(()));
    if let Ok(file) = FileId::parse(text) {
        // An id in a path is a segment: nothing in it leads anywhere else.
        assert_eq!(route::key(file, 7), route::KEY.replace("{file}", text).replace("{version}", "7"));
        assert_eq!(route::file(file).split('/').count(), route::FILE.split('/').count());
    }
    email(text);
}

fn printed<T: Display, E>(text: &str, parsed: Result<T, E>) {
    if let Ok(value) = parsed {
        assert_eq!(value.to_string(), text);
    }
}

/// An address that the relay takes is its own normal form, or a client and the relay would salt differently.
fn email(text: &str) {
    let normal = normalize_email(&Software, text);
    if email_is_normal(&normal) {
        assert_eq!(normalize_email(&Software, &normal), normal, "{text:?} has two normal forms");
        assert_eq!(normalize_email(&Software, &format!(" {text}\t")), normal);
    }
}
