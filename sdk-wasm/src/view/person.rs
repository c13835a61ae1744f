//! People.

use keyferry_client as client;
use tsify::Tsify;

use super::show::view;

view! {
    /// A person, as the relay names them. `pin` says what the fingerprint is worth.
    pub struct Person {
        /// Their id.
        pub user: String,
        /// Their e-mail, by the relay's word.
        pub email: String,
        /// SHA-256 that names their identity key: 64 hex digits.
        pub fingerprint: String,
        /// The fingerprint as 12 words, to be compared aloud.
        pub words: String,
        /// Whether it is the one that was verified.
        pub pin: Pin,
    }
}

impl From<client::Person> for Person {
    fn from(person: client::Person) -> Self {
        Person {
            user: person.user.to_string(),
            fingerprint: person.fingerprint.to_string(),
            words: person.words(),
            pin: person.pin.into(),
            email: person.email,
        }
    }
}

view! {
    /// How far a fingerprint can be relied on.
    pub enum Pin {
        /// Compared out of band, or one's own.
        Verified,
        /// Taken on first contact by an explicit decision.
        Trusted,
        /// Never compared.
        Unverified,
        /// Another than the one that was verified or trusted.
        Changed,
    }
}

impl From<client::Pin> for Pin {
    fn from(pin: client::Pin) -> Self {
        match pin {
            client::Pin::Verified => Pin::Verified,
            client::Pin::Trusted => Pin::Trusted,
            client::Pin::Unverified => Pin::Unverified,
            client::Pin::Changed => Pin::Changed,
        }
    }
}
