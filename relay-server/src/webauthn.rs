//! What an authenticator said, checked as WebAuthn Level 3 §7.1 (registration) and §7.2 (assertion) have it.
//!
//! Nobody attests here ("none", §8.7), so of a registration only client data and authenticator data come. Two algorithms are
//! known: ES256, and EdDSA by `protocol`'s strict verification.

mod authenticator_data;
mod client_data;
mod credential_key;

pub use authenticator_data::AuthenticatorData;
pub use client_data::{Ceremony, ClientData};
pub use credential_key::CredentialKey;

/// Why an answer of an authenticator does not count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub &'static str);

/// The host of an origin, if a page there may use WebAuthn at all: https, or http on one's own machine.
#[must_use]
pub fn host_of(origin: &str) -> Option<&str> {
    let (scheme, authority) = origin.split_once("://")?;
    let host = authority.split_once(':').map_or(authority, |(host, _)| host);
    let secure = scheme == "https" || (scheme == "http" && is_local(host));
    (secure && !host.is_empty()).then_some(host)
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_secure_pages_have_a_host() {
        assert_eq!(host_of("https://app.example:8443"), Some("app.example"));
        assert_eq!(host_of("http://localhost:8460"), Some("localhost"));
        for origin in ["http://app.example", "http://localhost.example", "app.example", "https://", "null"] {
            assert_eq!(host_of(origin), None, "{origin}");
        }
    }
}
