//! People, as the flows show them.

use keyferry_protocol::json::{Json, JsonError, Value};
use keyferry_protocol::wire::account::PublicIdentity;
use keyferry_protocol::{Fingerprint, UserId};

/// How far a fingerprint can be relied on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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

impl Pin {
    /// The name as it is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Pin::Verified => "verified",
            Pin::Trusted => "trusted",
            Pin::Unverified => "unverified",
            Pin::Changed => "changed",
        }
    }
}

impl Json for Pin {
    fn to_json(&self) -> Value {
        Value::String(self.name().to_owned())
    }

    fn from_json(value: Value) -> Result<Self, JsonError> {
        let name = value.string()?;
        let pins = [Pin::Verified, Pin::Trusted, Pin::Unverified, Pin::Changed];
        pins.into_iter().find(|pin| pin.name() == name).ok_or(JsonError::Shape("a pin"))
    }

    fn hole() -> Self {
        Pin::Unverified
    }
}

/// A person, as the relay names them. The fingerprint is computed here; `pin` says what it is worth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// Their id.
    pub user: UserId,
    /// Their e-mail, by the relay's word.
    pub email: String,
    /// The fingerprint of the identity key the relay serves.
    pub fingerprint: Fingerprint,
    /// Whether it is the one that was verified.
    pub pin: Pin,
}

impl Person {
    /// Names the person a served identity describes.
    #[must_use]
    pub fn of(identity: &PublicIdentity, pin: Pin) -> Self {
        Person {
            user: identity.user,
            email: identity.email.clone(),
            fingerprint: identity.identity_key.fingerprint(identity.user.into()),
            pin,
        }
    }

    /// The fingerprint as 12 words.
    #[must_use]
    pub fn words(&self) -> String {
        self.fingerprint.words()
    }
}
