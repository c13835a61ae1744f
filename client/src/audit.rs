//! The audit trail.

use keyferry_protocol::OrganizationId;
use keyferry_protocol::audit::AuditEvent;

use crate::error::ClientError;
use crate::platform::Platform;
use crate::session::{Session, pending};

/// Which part of a trail; it is read newest first.
#[derive(Clone, Copy, Default, Debug)]
pub struct AuditPageQuery {
    /// Only events with a lower number.
    pub before: Option<u64>,
    /// At most so many, up to 500.
    pub limit: Option<u32>,
}

/// The audit trail.
pub struct Audit<P: Platform> {
    pub(crate) session: Session<P>,
}

impl<P: Platform> Audit<P> {
    /// What I did, newest first.
    ///
    /// # Errors
    /// Those of the relay.
    pub async fn mine(&self, _page: AuditPageQuery) -> Result<Vec<AuditEvent>, ClientError> {
        let _ = &self.session;
        Err(pending())
    }

    /// What happened in an organization, newest first.
    ///
    /// # Errors
    /// `role_insufficient`.
    pub async fn organization(&self, _id: OrganizationId, _page: AuditPageQuery) -> Result<Vec<AuditEvent>, ClientError> {
        Err(pending())
    }
}
