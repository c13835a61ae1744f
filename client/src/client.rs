//! Registering and logging in.

use std::rc::Rc;

use keyferry_protocol::Suite;

use crate::error::ClientError;
use crate::platform::Platform;
use crate::session::Session;

/// A client of one relay.
pub struct Client<P: Platform> {
    platform: Rc<P>,
}

/// A new account.
pub struct Registration<'a> {
    /// Normalized here.
    pub email: &'a str,
    /// At least 10 characters after normalization; how strong it is, the application judges.
    pub passphrase: &'a str,
    /// The suite of the person's encryption key.
    pub suite: Suite,
    /// The secret of an invitation to register, where the relay asks for one.
    pub invitation: Option<&'a str>,
}

impl<P: Platform> Client<P> {
    /// A client that stands on `platform`.
    #[must_use]
    pub fn new(platform: P) -> Self {
        Client { platform: Rc::new(platform) }
    }

    /// Makes every key of a new account, registers it, and logs in.
    ///
    /// # Errors
    /// `passphrase_weak`, `value_invalid` for an e-mail, `already_exists`, `registration_closed`.
    pub async fn register(&self, _registration: Registration<'_>) -> Result<Session<P>, ClientError> {
        let _ = &self.platform;
        Err(crate::session::pending())
    }

    /// Logs in and unlocks the person's keys. No key is ever made here.
    ///
    /// # Errors
    /// `login_failed`, `kdf_policy`, `kdf_changed`, `unlock_failed`, `keypair_mismatch`, `state_missing`, `rollback`,
    /// `locked`.
    pub async fn login(&self, _email: &str, _passphrase: &str) -> Result<Session<P>, ClientError> {
        Err(crate::session::pending())
    }
}
