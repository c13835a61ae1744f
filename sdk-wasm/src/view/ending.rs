//! What is told of keys in somebody else's hands.

use keyferry_client as client;
use tsify::Tsify;

use super::show::view;

view! {
    /// What a compromise may have laid open, and who was told.
    pub struct Compromised {
        /// The files whose wrapped key or ciphertext was served to the account before, the latest first; at most 1,000.
        pub fetched: Vec<Fetched>,
        /// How many there are in all.
        pub fetched_files: u64,
        /// The organizations in whose trails it stands.
        pub organizations: Vec<String>,
    }
}

impl From<client::Compromised> for Compromised {
    fn from(told: client::Compromised) -> Self {
        Compromised {
            fetched: told.fetched.into_iter().map(Fetched::from).collect(),
            fetched_files: told.fetched_files,
            organizations: told.organizations.iter().map(ToString::to_string).collect(),
        }
    }
}

view! {
    /// A file whose wrapped key or ciphertext was served to an account.
    pub struct Fetched {
        /// Whose file.
        pub organization: String,
        /// Which.
        pub file: String,
        /// The first time, by the relay's clock.
        #[tsify(type = "Date")]
        pub first_at: u64,
        /// The last time.
        #[tsify(type = "Date")]
        pub last_at: u64,
    }
}

impl From<client::Fetched> for Fetched {
    fn from(fetched: client::Fetched) -> Self {
        Fetched {
            organization: fetched.organization.to_string(),
            file: fetched.file.to_string(),
            first_at: fetched.first_ms,
            last_at: fetched.last_ms,
        }
    }
}
