//! Passkeys (WebAuthn Level 3). What an authenticator signs logs in; what its PRF gives only locks, and is in none of these.

use super::bundle::Lock;
use super::wire;
use crate::encoding::Bytes;
use crate::id::UserId;

wire! {
    /// GET `/v1/login/challenge`.
    pub struct PasskeyChallenge {
        /// 32 random bytes, good for one answer within five minutes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub challenge: Bytes,
    }

    /// POST `/v1/accounts/me/passkeys`.
    pub struct NewPasskey {
        /// The login key of the passphrase, 32 bytes: a session alone adds no lock.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub current_login_key: Bytes,
        /// What its owner calls it: 1 to 64 characters.
        pub name: String,
        /// The version of the bundle it locks; another is in force after a rotation.
        pub bundle_version: u32,
        /// The lock, of kind `passkey`.
        pub lock: Lock,
        /// `clientDataJSON` of the registration (WebAuthn §5.8.1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub client_data: Bytes,
        /// Its authenticator data (WebAuthn §6.1), with the credential's public key. Nobody attests it.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub authenticator_data: Bytes,
    }

    /// GET `/v1/accounts/me/passkeys`, oldest first.
    pub struct Passkey {
        /// The credential id.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub credential: Bytes,
        /// What its owner calls it.
        pub name: String,
        /// The host of the pages it works on.
        pub rp_id: String,
        /// When it was added.
        pub created_at_ms: u64,
        /// When it logged in last.
        pub used_at_ms: Option<u64>,
    }

    /// POST `/v1/login/passkey`: an assertion by a discoverable credential. Nothing else says who logs in.
    pub struct PasskeyLogin {
        /// The credential id.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub credential: Bytes,
        /// The user handle: whose credential it is, by the authenticator's word.
        pub user: UserId,
        /// `clientDataJSON` of the assertion.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub client_data: Bytes,
        /// Its authenticator data.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub authenticator_data: Bytes,
        /// The signature over authenticator data and SHA-256 of the client data (WebAuthn §6.3.3).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub signature: Bytes,
    }
}
