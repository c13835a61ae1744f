//! Requests for access, as the flows show them.

use keyferry_protocol::{FileId, Fingerprint, OrganizationId, RequestId};

use crate::error::ClientError;
use crate::file::FileInfo;
use crate::grant::Grant;
use crate::person::Person;
use crate::platform::Platform;
use crate::session::{Session, pending};

pub use keyferry_protocol::request::RequestState;

/// A consultant's request for a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessRequest {
    /// Its id.
    pub id: RequestId,
    /// The organization asked.
    pub organization: OrganizationId,
    /// What for.
    pub file: FileInfo,
    /// Who asks.
    pub requester: Person,
    /// The reason: for approvers, and for the requester in the session that asked.
    pub reason: Option<String>,
    /// The file's name, for approvers, by [`Requests::get`].
    pub name: Option<String>,
    /// Until when, in milliseconds since 1970.
    pub expires_at_ms: u64,
    /// Where it stands.
    pub state: RequestState,
    /// When it was made, by the relay's clock, in milliseconds since 1970.
    pub created_at_ms: u64,
}

/// What I can do with requests.
pub struct Requests<P: Platform> {
    pub(crate) session: Session<P>,
}

impl<P: Platform> Requests<P> {
    /// Asks for a file. The reason is sealed to the organization's vault.
    ///
    /// # Errors
    /// `role_insufficient`, `key_unverified`, `not_found`, `value_invalid`.
    pub async fn create(&self, _file: FileId, _reason: &str, _expires_at_ms: u64) -> Result<AccessRequest, ClientError> {
        let _ = &self.session;
        Err(pending())
    }

    /// My requests.
    ///
    /// # Errors
    /// What verifying them finds.
    pub async fn mine(&self) -> Result<Vec<AccessRequest>, ClientError> {
        Err(pending())
    }

    /// An organization's requests.
    ///
    /// # Errors
    /// What verifying them finds; `role_insufficient`.
    pub async fn list(&self, _organization: OrganizationId) -> Result<Vec<AccessRequest>, ClientError> {
        Err(pending())
    }

    /// One request; approvers also see the file's name.
    ///
    /// # Errors
    /// What verifying it finds; `not_found`.
    pub async fn get(&self, _id: RequestId) -> Result<AccessRequest, ClientError> {
        Err(pending())
    }

    /// Wraps the file's key to the requester. `fingerprint` is the one that was compared with them; it must be pinned.
    /// Without `expires_at_ms` the grant lasts as long as was asked, and no longer than the policy allows.
    ///
    /// # Errors
    /// `key_unverified` and `key_changed` before anything is wrapped; `request_closed`, `role_insufficient`.
    pub async fn approve(
        &self,
        _id: RequestId,
        _fingerprint: Fingerprint,
        _expires_at_ms: Option<u64>,
    ) -> Result<Grant, ClientError> {
        Err(pending())
    }

    /// Refuses a request.
    ///
    /// # Errors
    /// `request_closed`, `role_insufficient`.
    pub async fn deny(&self, _id: RequestId) -> Result<(), ClientError> {
        Err(pending())
    }

    /// Takes one's own request back.
    ///
    /// # Errors
    /// `request_closed`.
    pub async fn withdraw(&self, _id: RequestId) -> Result<(), ClientError> {
        Err(pending())
    }
}
