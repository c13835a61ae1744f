//! Accounts, logins, sessions.

use super::bundle::{Bundle, KdfParameters, Lock};
use super::sealed_box::SealedBox;
use super::wire;
use crate::encoding::Bytes;
use crate::id::UserId;
use crate::key::IdentityKey;
use crate::statement::{ChainHead, Succession, signer_among, unverified_body};

wire! {
    /// POST `/v1/accounts`. The client makes every key; the relay checks statements and stores.
    pub struct Registration {
        /// Chosen at random by the client, since its keys are bound to it.
        pub user: UserId,
        /// NFKC, lower case; see [`email_is_normal`].
        pub email: String,
        /// How the passphrase becomes keys; the salt is the client's.
        pub kdf: KdfParameters,
        /// The login key, 32 bytes; the relay keeps its SHA-256.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub login_key: Bytes,
        /// The identity key, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub identity_key: IdentityKey,
        /// The first statement of the person's chain: a key certificate.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub key_certificate: Bytes,
        /// The locked bundle, with one passphrase lock.
        pub bundle: Bundle,
        /// The secret of an invitation to register, where the relay asks for one.
        pub invitation: Option<String>,
    }

    /// POST `/v1/login/parameters`. Answered alike for accounts that do not exist.
    pub struct LoginParametersQuery {
        /// The normalized e-mail.
        pub email: String,
    }

    /// How to make the login key.
    pub struct LoginParameters {
        /// The KDF parameters of the passphrase lock.
        pub kdf: KdfParameters,
    }

    /// POST `/v1/sessions`.
    pub struct Login {
        /// The normalized e-mail.
        pub email: String,
        /// The login key, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub login_key: Bytes,
    }

    /// PUT `/v1/accounts/me/passphrase` or `/v1/accounts/me/recovery`: one lock is rewritten, and what logs in with it. A
    /// passphrase with another salt is a change, which ends every other session; with the same salt it is the same one at
    /// more iterations. A recovery code takes the place of the one there was.
    pub struct NewLock {
        /// The login key of the passphrase until now, 32 bytes: a session alone changes no lock.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub current_login_key: Bytes,
        /// The login key from now on, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub login_key: Bytes,
        /// The version of the bundle it locks; another is in force after a rotation.
        pub bundle_version: u32,
        /// The lock from now on; the KDF parameters of a passphrase lock become the account's.
        pub lock: Lock,
    }

    /// POST `/v1/accounts/me/compromise`, `/v1/accounts/me/recovery/test`, DELETE `/v1/accounts/me`: proof of a passphrase or a recovery code, where a
    /// session alone is not enough.
    pub struct Proof {
        /// The login key of the passphrase, or of the code that is tested, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub login_key: Bytes,
    }

    /// POST `/v1/recovery`: what a recovery code opens. A [`Login`] by the code's login key asks for it.
    pub struct Recoverable {
        /// As GET `/v1/accounts/me` has it.
        pub account: Account,
        /// The identity bundle with its recovery lock alone.
        pub bundle: Bundle,
    }

    /// PUT `/v1/recovery`: another passphrase and another code, in one step. Every session ends.
    pub struct Recovery {
        /// The normalized e-mail.
        pub email: String,
        /// The login key of the code that is used up, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub used_login_key: Bytes,
        /// The login key of the passphrase from now on, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub login_key: Bytes,
        /// The version of the bundle it locks; another is in force after a rotation.
        pub bundle_version: u32,
        /// The passphrase lock from now on; its KDF parameters become the account's.
        pub lock: Lock,
        /// The login key of the code from now on, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub recovery_login_key: Bytes,
        /// Its lock.
        pub recovery_lock: Lock,
    }

    /// A session, and all it takes to unlock one's keys. The token goes into `Authorization: Bearer`, as base64url.
    pub struct Session {
        /// 32 random bytes; the relay keeps their SHA-256.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub token: Bytes,
        /// Whose session.
        pub user: UserId,
        /// When it ends by itself.
        pub expires_at_ms: u64,
        /// As GET `/v1/accounts/me` has it.
        pub account: Account,
        /// As GET `/v1/accounts/me/bundle` has it.
        pub bundle: Bundle,
        /// As GET `/v1/accounts/me/contacts` has it.
        pub contacts: Option<StoredContacts>,
    }

    /// GET `/v1/accounts/me`.
    pub struct Account {
        /// The public identity.
        pub identity: PublicIdentity,
        /// The head of the person's statement chain.
        pub chain: ChainHead,
        /// When the account was made.
        pub created_at_ms: u64,
    }

    /// What others may know of a person. Nothing in it is believed without the fingerprint.
    pub struct PublicIdentity {
        /// The person.
        pub user: UserId,
        /// Their e-mail.
        pub email: String,
        /// The identity key, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub identity_key: IdentityKey,
        /// The certificate of the current encryption key (COSE_Sign1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub key_certificate: Bytes,
        /// How the identity key came to take the place of others: pairs of succession statements (COSE_Sign1), oldest first.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
        pub successions: Vec<Bytes>,
    }

    /// PUT and GET `/v1/accounts/me/contacts`: the pins that follow the account.
    pub struct StoredContacts {
        /// The list, sealed to the person's own encryption key.
        pub sealed: SealedBox,
        /// The contacts statement (COSE_Sign1) over it.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub statement: Bytes,
    }

    /// POST `/v1/reports`.
    pub struct NewReport {
        /// The report statement (COSE_Sign1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub statement: Bytes,
    }

    /// The head of the caller's chain after a statement was accepted.
    pub struct Accepted {
        /// The new head.
        pub chain: ChainHead,
    }
}

impl PublicIdentity {
    /// The person's identity keys, the current one last: those before it as their statements prove, or it alone.
    #[must_use]
    pub fn keys(&self) -> Vec<IdentityKey> {
        let first = self.successions.first();
        let first = first.and_then(|first| unverified_body::<Succession>(&first.0).ok());
        let keys =
            first.and_then(|first| Succession::follow(self.user.into(), first.from, &self.successions).ok());
        let keys = keys.filter(|keys| keys.last() == Some(&self.identity_key));
        keys.unwrap_or_else(|| vec![self.identity_key])
    }

    /// The one of [`PublicIdentity::keys`] that a statement says it is signed by; else the current one, under which it
    /// will not verify.
    #[must_use]
    pub fn key_of(&self, statement: &[u8]) -> IdentityKey {
        if self.successions.is_empty() {
            return self.identity_key;
        }
        signer_among(self.user.into(), self.keys(), statement).unwrap_or(self.identity_key)
    }
}

/// Whether an e-mail address has the one form the relay stores: lower case, one `@` with something on both
/// sides, no white space or control characters, at most 254 bytes (RFC 5321 §4.5.3.1.3).
#[must_use]
pub fn email_is_normal(email: &str) -> bool {
    let Some((local, domain)) = email.split_once('@') else { return false };
    !local.is_empty()
        && !domain.is_empty()
        && !domain.contains('@')
        && email.len() <= 254
        && !email.chars().any(|c| c.is_whitespace() || c.is_control() || c.is_ascii_uppercase())
}
