//! The audit trail.

use keyferry_protocol::audit::AuditEvent;
use keyferry_protocol::wire::access::AuditPage;
use keyferry_protocol::{OrganizationId, route};

use crate::error::ClientError;
use crate::platform::Platform;
use crate::session::Session;

/// Which part of a trail; it is read newest first.
#[derive(Clone, Copy, Default, Debug)]
pub struct AuditPageQuery {
    /// Only events with a lower number.
    pub before: Option<u64>,
    /// At most so many, up to 500.
    pub limit: Option<u32>,
}

impl AuditPageQuery {
    fn on(&self, path: &str) -> String {
        let before = self.before.map(|number| format!("before={number}"));
        let limit = self.limit.map(|count| format!("limit={count}"));
        let query: Vec<String> = before.into_iter().chain(limit).collect();
        if query.is_empty() { path.into() } else { format!("{path}?{}", query.join("&")) }
    }
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
    pub async fn mine(&self, page: AuditPageQuery) -> Result<Vec<AuditEvent>, ClientError> {
        self.page(&page.on(&route::my_audit())).await
    }

    /// What happened in an organization, newest first.
    ///
    /// # Errors
    /// `role_insufficient`.
    pub async fn organization(
        &self,
        id: OrganizationId,
        page: AuditPageQuery,
    ) -> Result<Vec<AuditEvent>, ClientError> {
        self.page(&page.on(&route::organization_audit(id))).await
    }

    async fn page(&self, path: &str) -> Result<Vec<AuditEvent>, ClientError> {
        self.session.inner.relay.get::<AuditPage>(path).await.map(|page| page.events)
    }
}
