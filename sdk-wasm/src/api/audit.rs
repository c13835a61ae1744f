//! The audit trail.

use js_sys::Promise;
use keyferry_client::AuditPageQuery;
use wasm_bindgen::prelude::*;

use super::answer::parsed;
use super::session::RawSession;
use crate::view::AuditEvent;

#[wasm_bindgen]
impl RawSession {
    /// What I did.
    #[wasm_bindgen(js_name = myAudit, unchecked_return_type = "Promise<AuditEvent[]>")]
    pub fn my_audit(&self, before: Option<f64>, limit: Option<u32>) -> Promise {
        let page = page(before, limit);
        self.flow(async move |it| it.show_each::<AuditEvent, _>(it.session.audit().mine(page).await?))
    }

    /// What happened in an organization.
    #[wasm_bindgen(js_name = organizationAudit, unchecked_return_type = "Promise<AuditEvent[]>")]
    pub fn organization_audit(&self, id: String, before: Option<f64>, limit: Option<u32>) -> Promise {
        let page = page(before, limit);
        self.flow(async move |it| {
            it.show_each::<AuditEvent, _>(it.session.audit().organization(parsed(&id)?, page).await?)
        })
    }
}

fn page(before: Option<f64>, limit: Option<u32>) -> AuditPageQuery {
    AuditPageQuery { before: before.map(|number| number as u64), limit }
}
