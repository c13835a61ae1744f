//! Grants of access, as the flows show them.

use keyferry_protocol::{GrantId, OrganizationId};

use crate::error::ClientError;
use crate::file::FileInfo;
use crate::person::Person;
use crate::platform::Platform;
use crate::session::{Session, pending};

/// A grant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Whose file it opens.
    pub organization: OrganizationId,
    /// Which.
    pub file: FileInfo,
    /// Who may read.
    pub recipient: Person,
    /// Who signed.
    pub granter: Person,
    /// Until when, in milliseconds since 1970.
    pub expires_at_ms: u64,
    /// Where it stands now, by this device's clock.
    pub standing: GrantStanding,
    /// When it was made, by the relay's clock, in milliseconds since 1970.
    pub created_at_ms: u64,
}

/// Where a grant stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GrantStanding {
    /// Opens its file.
    Active,
    /// Ended by an approver.
    Revoked,
    /// Its time is over.
    Expired,
}

/// What I can do with grants.
pub struct Grants<P: Platform> {
    pub(crate) session: Session<P>,
}

impl<P: Platform> Grants<P> {
    /// Grants I may read by.
    ///
    /// # Errors
    /// What verifying them finds.
    pub async fn mine(&self) -> Result<Vec<Grant>, ClientError> {
        let _ = &self.session;
        Err(pending())
    }

    /// An organization's grants.
    ///
    /// # Errors
    /// What verifying them finds; `role_insufficient`.
    pub async fn list(&self, _organization: OrganizationId) -> Result<Vec<Grant>, ClientError> {
        Err(pending())
    }

    /// Ends a grant; the relay deletes its wrapped key. Grants are looked for in the organizations I hold the vault of.
    ///
    /// # Errors
    /// `grant_revoked` when it was ended before, `role_insufficient`, `not_found`.
    pub async fn revoke(&self, _id: GrantId) -> Result<Grant, ClientError> {
        Err(pending())
    }
}
