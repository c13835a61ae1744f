//! The paths of the HTTP API. Patterns are actix's; the functions fill them.

use base64ct::{Base64, Encoding as _};

use crate::encoding::Bytes;
use crate::id::{FileId, GrantId, InvitationId, OrganizationId, RequestId, UploadId, UserId};
use crate::key::KeyId;
use crate::wire::bundle::BundleKind;

macro_rules! routes {
    ($($(#[$doc:meta])* $constant:ident, $function:ident($($arg:ident: $kind:ty),*) = $path:literal;)*) => {
        $(
            $(#[$doc])*
            pub const $constant: &str = $path;

            #[doc = concat!("A path of the pattern `", $path, "`.")]
            #[must_use]
            pub fn $function($($arg: $kind),*) -> String {
                format!($path)
            }
        )*
    };
}

routes! {
    /// POST: register.
    ACCOUNTS, accounts() = "/v1/accounts";
    /// GET: who I am. DELETE: erase my account.
    ME, me() = "/v1/accounts/me";
    /// PUT: another passphrase.
    MY_PASSPHRASE, my_passphrase() = "/v1/accounts/me/passphrase";
    /// PUT: a recovery code.
    MY_RECOVERY, my_recovery() = "/v1/accounts/me/recovery";
    /// POST: whether I have my recovery code.
    MY_RECOVERY_TEST, my_recovery_test() = "/v1/accounts/me/recovery/test";
    /// POST: my keys may be in someone else's hands.
    MY_COMPROMISE, my_compromise() = "/v1/accounts/me/compromise";
    /// POST: what a recovery code opens. PUT: another passphrase and code by it.
    RECOVERY, recovery() = "/v1/recovery";
    /// GET: my passkeys. POST: add one.
    MY_PASSKEYS, my_passkeys() = "/v1/accounts/me/passkeys";
    /// DELETE: remove a passkey of mine, by its credential id.
    MY_PASSKEY, my_passkey(credential: &Bytes) = "/v1/accounts/me/passkeys/{credential}";
    /// GET: my locked key bundle.
    MY_BUNDLE, my_bundle() = "/v1/accounts/me/bundle";
    /// GET, PUT: my sealed contact list.
    MY_CONTACTS, my_contacts() = "/v1/accounts/me/contacts";
    /// POST: my next encryption key, in the place of the one until now.
    MY_KEYS, my_keys() = "/v1/accounts/me/keys";
    /// GET: my audit trail.
    MY_AUDIT, my_audit() = "/v1/accounts/me/audit";
    /// GET: a person's public identity.
    ACCOUNT, account(user: UserId) = "/v1/accounts/{user}";
    /// POST: KDF parameters of an account.
    LOGIN_PARAMETERS, login_parameters() = "/v1/login/parameters";
    /// GET: a fresh challenge for a passkey.
    PASSKEY_CHALLENGE, passkey_challenge() = "/v1/login/challenge";
    /// POST: log in by a passkey.
    PASSKEY_SESSIONS, passkey_sessions() = "/v1/login/passkey";
    /// POST: log in.
    SESSIONS, sessions() = "/v1/sessions";
    /// DELETE: log out.
    SESSION, session() = "/v1/sessions/current";
    /// GET: my organizations. POST: make one.
    ORGANIZATIONS, organizations() = "/v1/organizations";
    /// GET: one organization's chain and members.
    ORGANIZATION, organization(organization: OrganizationId) = "/v1/organizations/{organization}";
    /// GET: the organization's locked bundle `root` or `vault`.
    ORGANIZATION_BUNDLE, organization_bundle(organization: OrganizationId, kind: BundleKind) = "/v1/organizations/{organization}/bundles/{kind}";
    /// POST: the next root key, in the place of the one until now.
    ROOT, root(organization: OrganizationId) = "/v1/organizations/{organization}/root";
    /// POST: an owner vouches for it.
    VOUCHERS, vouchers(organization: OrganizationId) = "/v1/organizations/{organization}/vouchers";
    /// POST: the next vault key, in the place of the one until now.
    VAULT, vault(organization: OrganizationId) = "/v1/organizations/{organization}/vault";
    /// GET: invitations of the organization. POST: invite.
    ORGANIZATION_INVITATIONS, organization_invitations(organization: OrganizationId) = "/v1/organizations/{organization}/invitations";
    /// POST: a signed membership with its locks.
    MEMBERS, members(organization: OrganizationId) = "/v1/organizations/{organization}/members";
    /// GET: the organization's files.
    FILES, files(organization: OrganizationId) = "/v1/organizations/{organization}/files";
    /// GET: the organization's requests.
    ORGANIZATION_REQUESTS, organization_requests(organization: OrganizationId) = "/v1/organizations/{organization}/requests";
    /// GET: the organization's grants.
    ORGANIZATION_GRANTS, organization_grants(organization: OrganizationId) = "/v1/organizations/{organization}/grants";
    /// GET: the organization's audit trail.
    ORGANIZATION_AUDIT, organization_audit(organization: OrganizationId) = "/v1/organizations/{organization}/audit";
    /// GET: invitations for me.
    INVITATIONS, invitations() = "/v1/invitations";
    /// POST: accept one.
    INVITATION_ACCEPTANCE, invitation_acceptance(invitation: InvitationId) = "/v1/invitations/{invitation}/acceptance";
    /// POST: make an upload (tus creation).
    UPLOADS, uploads() = "/v1/uploads";
    /// HEAD, PATCH, DELETE: one upload (tus).
    UPLOAD, upload(upload: UploadId) = "/v1/uploads/{upload}";
    /// POST: turn a complete upload into a file version.
    VERSIONS, versions(file: FileId) = "/v1/files/{file}/versions";
    /// POST: a complete upload becomes the next version, under another key, with the grants that remain.
    REKEY, rekey(file: FileId) = "/v1/files/{file}/rekey";
    /// GET: one file. DELETE: erase it.
    FILE, file(file: FileId) = "/v1/files/{file}";
    /// GET: the wrapped DEK with all that proves it.
    KEY, key(file: FileId, version: u32) = "/v1/files/{file}/versions/{version}/key";
    /// GET: ciphertext, by ranges.
    CONTENT, content(file: FileId, version: u32) = "/v1/files/{file}/versions/{version}/content";
    /// GET: my requests. POST: ask for access.
    REQUESTS, requests() = "/v1/requests";
    /// GET: one request.
    REQUEST, request(request: RequestId) = "/v1/requests/{request}";
    /// POST: approve.
    REQUEST_GRANT, request_grant(request: RequestId) = "/v1/requests/{request}/grant";
    /// POST: deny.
    REQUEST_DENIAL, request_denial(request: RequestId) = "/v1/requests/{request}/denial";
    /// POST: withdraw.
    REQUEST_WITHDRAWAL, request_withdrawal(request: RequestId) = "/v1/requests/{request}/withdrawal";
    /// GET: my grants.
    GRANTS, grants() = "/v1/grants";
    /// POST: revoke.
    GRANT_REVOCATION, grant_revocation(grant: GrantId) = "/v1/grants/{grant}/revocation";
    /// PUT: begin to wrap everything to this new key. GET: what is not wrapped to it yet.
    ROTATION, rotation(key: KeyId) = "/v1/rotations/{key}";
    /// POST: some of it, wrapped.
    ROTATION_WRAPS, rotation_wraps(key: KeyId) = "/v1/rotations/{key}/wraps";
    /// POST: a client-signed report.
    REPORTS, reports() = "/v1/reports";
    /// GET: live notices (server-sent events).
    NOTICES, notices() = "/v1/notices";
    /// GET: alive.
    HEALTHZ, healthz() = "/healthz";
    /// GET: ready to serve.
    READYZ, readyz() = "/readyz";
    /// GET: the OpenAPI document.
    OPENAPI, openapi() = "/openapi.json";
}

/// The `Upload-Metadata` that the creation of an upload carries: the organization it is for, and nothing else.
#[must_use]
pub fn upload_metadata(organization: OrganizationId) -> String {
    // tus 1.0, creation: keys, each followed by its value in base64 with padding (RFC 4648 §4).
    format!("organization {}", Base64::encode_string(organization.to_string().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filled_path_matches_its_pattern() {
        let file = FileId::from_random([0xab; 16]);
        assert_eq!(key(file, 3), format!("/v1/files/{file}/versions/3/key"));
        assert_eq!(organizations(), ORGANIZATIONS);
    }
}
