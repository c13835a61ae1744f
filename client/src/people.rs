//! Pinning fingerprints that people compared.

use keyferry_protocol::{Fingerprint, OrganizationId, UserId};

use crate::error::ClientError;
use crate::person::{Person, Pin};
use crate::platform::Platform;
use crate::session::{Session, pending};

/// People and organizations by fingerprint.
pub struct People<P: Platform> {
    pub(crate) session: Session<P>,
}

impl<P: Platform> People<P> {
    /// Pins a person's fingerprint, as `Verified` or `Trusted`, on this device and in the contact list of the account.
    ///
    /// # Errors
    /// `key_changed` when the relay serves another identity for them; `value_invalid` for another `how`.
    pub async fn pin(&self, _user: UserId, _fingerprint: Fingerprint, _how: Pin) -> Result<Person, ClientError> {
        let _ = &self.session;
        Err(pending())
    }

    /// Pins an organization's fingerprint.
    ///
    /// # Errors
    /// `value_invalid` for a `how` other than `Verified` and `Trusted`.
    pub async fn pin_organization(
        &self,
        _id: OrganizationId,
        _fingerprint: Fingerprint,
        _how: Pin,
    ) -> Result<(), ClientError> {
        Err(pending())
    }

    /// A person, by the relay's word, with what the pin says of it.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get(&self, _user: UserId) -> Result<Person, ClientError> {
        Err(pending())
    }
}
