//! Passkeys.

use keyferry_client as client;
use tsify::Tsify;

use super::show::view;

view! {
    /// A passkey that logs in and opens one's keys.
    pub struct Passkey {
        /// Its credential id, as base64url.
        pub id: String,
        /// What its owner calls it.
        pub name: String,
        /// The host of the pages it works on.
        pub host: String,
        /// When it was added.
        #[tsify(type = "Date")]
        pub created_at: u64,
        /// When it logged in last.
        #[tsify(optional, type = "Date")]
        pub used_at: Option<u64>,
    }
}

impl From<client::Passkey> for Passkey {
    fn from(passkey: client::Passkey) -> Self {
        Passkey {
            id: passkey.credential.to_string(),
            name: passkey.name,
            host: passkey.rp_id,
            created_at: passkey.created_at_ms,
            used_at: passkey.used_at_ms,
        }
    }
}
