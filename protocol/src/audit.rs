//! What is written down: every operation is an event, committed together with its change.

use serde::{Deserialize, Serialize};

use crate::id::{FileId, GrantId, OrganizationId, RequestId, UserId};

macro_rules! operations {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What was done. The names are stable.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum Operation {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Operation {
            /// Every operation.
            pub const ALL: &[Operation] = &[$(Operation::$variant),*];

            /// Parses the stable name.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Operation::ALL.iter().copied().find(|operation| operation.name() == text)
            }

            /// The stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Operation::$variant => $name),* }
            }
        }
    };
}

operations! {
    /// An account was made, with its key bundle.
    AccountRegistered = "account_registered",
    /// Key pairs were generated and certified.
    KeypairGenerated = "keypair_generated",
    /// Someone logged in.
    Login = "login",
    /// A login was refused.
    LoginFailed = "login_failed",
    /// A session ended.
    Logout = "logout",
    /// A passphrase was changed: its lock and its login key.
    PassphraseChanged = "passphrase_changed",
    /// The same passphrase was locked again, at a higher price per guess.
    PassphraseStrengthened = "passphrase_strengthened",
    /// A recovery code was made; the one before opens nothing any more.
    RecoveryCodeSet = "recovery_code_set",
    /// A person proved that they have their recovery code; it was not used up.
    RecoveryTested = "recovery_tested",
    /// A recovery code asked for what it opens.
    RecoveryBegun = "recovery_begun",
    /// An account was recovered by its code: another passphrase, another code, every session ended.
    AccountRecovered = "account_recovered",
    /// A passkey was added: it logs in and opens a lock of its own.
    PasskeyAdded = "passkey_added",
    /// A passkey was removed, or all of them: they log in no more, and their locks are gone.
    PasskeyRemoved = "passkey_removed",
    /// A rotation was begun: everything is being wrapped to a new key.
    RotationBegun = "rotation_begun",
    /// A person's or a vault's encryption key, an identity or a root was rotated: details say which.
    KeyRotated = "key_rotated",
    /// An owner vouched for the root's next key.
    RootVouched = "root_vouched",
    /// An account's keys were reported as compromised: sessions, grants and locks ended, the account is suspended.
    AccountCompromised = "account_compromised",
    /// An account was erased: what is left goes by its id alone.
    AccountErased = "account_erased",
    /// A locked bundle was served.
    BundleServed = "bundle_served",
    /// An organization was made.
    OrganizationCreated = "organization_created",
    /// A person was invited.
    MemberInvited = "member_invited",
    /// An invitation was accepted.
    InvitationAccepted = "invitation_accepted",
    /// A membership was signed.
    MembershipChanged = "membership_changed",
    /// A file version was completed.
    FileUploaded = "file_uploaded",
    /// A file was sealed again under another key; the version before opens no more.
    FileRekeyed = "file_rekeyed",
    /// Ciphertext was served.
    FileDownloaded = "file_downloaded",
    /// A file was erased with every version.
    FileErased = "file_erased",
    /// A key was wrapped to somebody and stored.
    KeyWrapped = "key_wrapped",
    /// A wrapped key was served.
    WrappedKeyServed = "wrapped_key_served",
    /// Access was asked for.
    AccessRequested = "access_requested",
    /// A request was taken back.
    RequestWithdrawn = "request_withdrawn",
    /// Access was granted.
    AccessGranted = "access_granted",
    /// Access was denied.
    AccessDenied = "access_denied",
    /// Access was revoked.
    AccessRevoked = "access_revoked",
    /// A client reports that it unwrapped a key.
    KeyUnwrapped = "key_unwrapped",
    /// A client reports that it decrypted a private key.
    PrivateKeyDecrypted = "private_key_decrypted",
    /// A contact list was stored.
    ContactsStored = "contacts_stored",
}

/// One line of the trail.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEvent {
    /// Its number in the trail, from 1.
    pub number: u64,
    /// When, in milliseconds since 1970, by the relay's clock.
    pub at_ms: u64,
    /// What was done.
    pub operation: Operation,
    /// By whom, where known.
    pub user: Option<UserId>,
    /// The organization concerned.
    pub organization: Option<OrganizationId>,
    /// The file concerned.
    pub file: Option<FileId>,
    /// The request concerned.
    pub request: Option<RequestId>,
    /// The grant concerned.
    pub grant: Option<GrantId>,
    /// Whether it succeeded.
    pub success: bool,
    /// A client-signed report, not the relay's own word.
    pub reported: bool,
    /// The address it came from.
    pub address: Option<String>,
    /// Further words, for people.
    pub details: Option<String>,
}

crate::json::json_text!(Operation, Operation::Login, |operation| operation.name().to_owned(), |text| {
    Operation::parse(text).ok_or(crate::json::JsonError::Shape("an operation"))
});
crate::json_object!(AuditEvent {
    number,
    at_ms,
    operation,
    user,
    organization,
    file,
    request,
    grant,
    success,
    reported,
    address,
    details,
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_json_and_unique() {
        for operation in Operation::ALL {
            assert_eq!(serde_json::to_value(operation).unwrap(), operation.name());
            assert_eq!(Operation::ALL.iter().filter(|other| other.name() == operation.name()).count(), 1);
        }
    }
}
