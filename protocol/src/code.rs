//! Stable error codes: the same string in Rust, in problem+json (RFC 9457) and in TypeScript.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal $status:literal,)*) => {
        /// A stable error code. What the relay answers has an HTTP status; what only clients say has none.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Code] = &[$(Code::$variant),*];

            /// The string.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Code::$variant => $name),* }
            }

            /// The HTTP status the relay answers with; `None` for codes only clients say.
            #[must_use]
            pub const fn status(self) -> Option<u16> {
                match self { $(Code::$variant => if $status == 0 { None } else { Some($status) }),* }
            }

            /// Parses the string.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Code::ALL.iter().copied().find(|code| code.name() == text)
            }
        }
    };
}

codes! {
    /// The body is no JSON, or not of the documented shape.
    RequestInvalid = "request_invalid" 400,
    /// Bytes are not canonically encoded.
    Encoding = "encoding" 400,
    /// No session, or one that ended.
    SessionInvalid = "session_invalid" 401,
    /// The session's time is over.
    SessionExpired = "session_expired" 401,
    /// E-mail or passphrase is wrong; which one is not said.
    LoginFailed = "login_failed" 401,
    /// The account's keys were reported as compromised; only its recovery code opens it.
    AccountSuspended = "account_suspended" 403,
    /// The role does not allow it.
    RoleInsufficient = "role_insufficient" 403,
    /// The relay takes no new accounts without an invitation.
    RegistrationClosed = "registration_closed" 403,
    /// The grant was revoked.
    GrantRevoked = "grant_revoked" 403,
    /// The grant's time is over.
    GrantExpired = "grant_expired" 403,
    /// It does not exist, or not for you.
    NotFound = "not_found" 404,
    /// The path has no such method.
    MethodNotAllowed = "method_not_allowed" 405,
    /// The thing exists already.
    AlreadyExists = "already_exists" 409,
    /// The statement does not follow the chain's head; fetch it and sign again.
    ChainConflict = "chain_conflict" 409,
    /// The request was decided or withdrawn before.
    RequestClosed = "request_closed" 409,
    /// The upload stands at another offset.
    UploadOffset = "upload_offset" 409,
    /// The upload is not complete.
    UploadIncomplete = "upload_incomplete" 409,
    /// Something is not wrapped to the new key yet; wrap it, and sign again.
    RotationIncomplete = "rotation_incomplete" 409,
    /// The invitation cannot be used in its state.
    InvitationState = "invitation_state" 409,
    /// An organization would be left without an owner.
    LastOwner = "last_owner" 409,
    /// The upload is gone.
    UploadGone = "upload_gone" 410,
    /// The file has a later version, under another key.
    VersionReplaced = "version_replaced" 410,
    /// A protocol version (tus) the relay does not speak.
    VersionUnsupported = "version_unsupported" 412,
    /// The body is larger than this path takes.
    BodyTooLarge = "body_too_large" 413,
    /// The body is of another media type.
    MediaType = "media_type" 415,
    /// The range lies outside the content.
    RangeInvalid = "range_invalid" 416,
    /// A value is well-formed but not allowed.
    ValueInvalid = "value_invalid" 422,
    /// A statement does not verify, or says something else than the request around it.
    StatementInvalid = "statement_invalid" 422,
    /// A statement of another kind.
    StatementType = "statement_type" 422,
    /// Too many requests; `Retry-After` says when.
    RateLimited = "rate_limited" 429,
    /// The uploaded part does not have the checksum it came with.
    ChecksumMismatch = "checksum_mismatch" 460,
    /// Something failed inside; the request id leads to the log.
    Internal = "internal" 500,
    /// A store does not answer; try again.
    StoreUnavailable = "store_unavailable" 503,
    /// The disk is full; nothing was lost.
    StorageFull = "storage_full" 503,

    /// The caller stopped it.
    Aborted = "aborted" 0,
    /// The relay could not be reached.
    Network = "network" 0,
    /// The relay's answer is not of the documented shape.
    ResponseInvalid = "response_invalid" 0,
    /// The passphrase is too weak.
    PassphraseWeak = "passphrase_weak" 0,
    /// KDF parameters outside the compiled bounds.
    KdfPolicy = "kdf_policy" 0,
    /// KDF parameters other than this device knows for the account.
    KdfChanged = "kdf_changed" 0,
    /// A lock, a wrap or a private key does not open.
    UnlockFailed = "unlock_failed" 0,
    /// A served public key is not the one of the private key.
    KeypairMismatch = "keypair_mismatch" 0,
    /// A public key that no honest person has.
    KeyInvalid = "key_invalid" 0,
    /// The fingerprint was not verified yet.
    KeyUnverified = "key_unverified" 0,
    /// The identity is another than the verified one.
    KeyChanged = "key_changed" 0,
    /// Nothing where something must be.
    StateMissing = "state_missing" 0,
    /// A membership no root signed.
    MembershipUnsigned = "membership_unsigned" 0,
    /// A policy no root signed.
    PolicyUnsigned = "policy_unsigned" 0,
    /// An organization with other keys than it was made with.
    OrganizationKeyMismatch = "organization_key_mismatch" 0,
    /// A grant or a wrap no approver signed.
    GrantUnsigned = "grant_unsigned" 0,
    /// A file version no member signed.
    AuthorUnsigned = "author_unsigned" 0,
    /// A manifest other than the signed one.
    ManifestUnsigned = "manifest_unsigned" 0,
    /// A statement about something else than it was served for.
    ContextMismatch = "context_mismatch" 0,
    /// A listing other than the signed one.
    ListingMismatch = "listing_mismatch" 0,
    /// An older state than this device saw.
    Rollback = "rollback" 0,
    /// A suite this client does not have.
    SuiteUnsupported = "suite_unsupported" 0,
    /// Too many failures; wait.
    Locked = "locked" 0,
    /// A chunk does not decrypt.
    ContentCorrupt = "content_corrupt" 0,
    /// The content ends too early.
    ContentTruncated = "content_truncated" 0,
    /// The content was sealed under another key.
    CommitmentMismatch = "commitment_mismatch" 0,
    /// The source changed while it was read.
    SourceChanged = "source_changed" 0,
    /// The platform lacks cryptography or storage: not a secure context, too old, or without room.
    PlatformUnsupported = "platform_unsupported" 0,
}

crate::json::json_text!(Code, Code::Internal, |code| code.name().to_owned(), |text| {
    Code::parse(text).ok_or(crate::json::JsonError::Shape("a code"))
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_one_string_everywhere() {
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
            assert_eq!(Code::parse(code.name()), Some(*code));
            assert_eq!(
                Code::ALL.iter().filter(|other| other.name() == code.name()).count(),
                1,
                "{}",
                code.name()
            );
        }
    }
}
