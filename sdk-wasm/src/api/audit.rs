//! The audit trail.

use keyferry_client::AuditPageQuery;
use wasm_bindgen::prelude::*;

use super::answer::parsed;
use super::session::RawSession;
use crate::view::{AuditEvent, each};

#[wasm_bindgen]
impl RawSession {
    /// What I did.
    #[wasm_bindgen(js_name = myAudit, unchecked_return_type = "AuditEvent[]")]
    pub async fn my_audit(&self, before: Option<f64>, limit: Option<u32>) -> Result<JsValue, JsValue> {
        let page = page(before, limit);
        self.results.answer(async { Ok(each::<_, AuditEvent>(self.session.audit().mine(page).await?)) }).await
    }

    /// What happened in an organization.
    #[wasm_bindgen(js_name = organizationAudit, unchecked_return_type = "AuditEvent[]")]
    pub async fn organization_audit(
        &self,
        id: &str,
        before: Option<f64>,
        limit: Option<u32>,
    ) -> Result<JsValue, JsValue> {
        let flow = async {
            let events = self.session.audit().organization(parsed(id)?, page(before, limit)).await?;
            Ok(each::<_, AuditEvent>(events))
        };
        self.results.answer(flow).await
    }
}

fn page(before: Option<f64>, limit: Option<u32>) -> AuditPageQuery {
    AuditPageQuery { before: before.map(|number| number as u64), limit }
}
