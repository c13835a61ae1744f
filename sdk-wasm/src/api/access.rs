//! Requests and grants.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::answer::{done, fingerprint, parsed, time_ms};
use super::session::RawSession;
use crate::view::{AccessRequest, Grant};

#[wasm_bindgen]
impl RawSession {
    /// Asks for a file.
    #[wasm_bindgen(js_name = createRequest, unchecked_return_type = "Promise<AccessRequest>")]
    pub fn create_request(&self, file: String, reason: String, expires_at_ms: f64) -> Promise {
        self.flow(async move |it| {
            let (file, expires_at_ms) = (parsed(&file)?, time_ms(expires_at_ms)?);
            it.show::<AccessRequest>(it.session.requests().create(file, &reason, expires_at_ms).await?)
        })
    }

    /// My requests.
    #[wasm_bindgen(js_name = myRequests, unchecked_return_type = "Promise<AccessRequest[]>")]
    pub fn my_requests(&self) -> Promise {
        self.flow(async move |it| it.show_each::<AccessRequest, _>(it.session.requests().mine().await?))
    }

    /// An organization's requests.
    #[wasm_bindgen(js_name = listRequests, unchecked_return_type = "Promise<AccessRequest[]>")]
    pub fn list_requests(&self, organization: String) -> Promise {
        self.flow(async move |it| {
            it.show_each::<AccessRequest, _>(it.session.requests().list(parsed(&organization)?).await?)
        })
    }

    /// One request.
    #[wasm_bindgen(js_name = getRequest, unchecked_return_type = "Promise<AccessRequest>")]
    pub fn get_request(&self, id: String) -> Promise {
        self.flow(async move |it| it.show::<AccessRequest>(it.session.requests().get(parsed(&id)?).await?))
    }

    /// Wraps the file's key to the requester.
    #[wasm_bindgen(js_name = approveRequest, unchecked_return_type = "Promise<Grant>")]
    pub fn approve_request(&self, id: String, compared: String, expires_at_ms: Option<f64>) -> Promise {
        self.flow(async move |it| {
            let (id, compared) = (parsed(&id)?, fingerprint(&compared)?);
            let expires_at_ms = expires_at_ms.map(time_ms).transpose()?;
            it.show::<Grant>(it.session.requests().approve(id, compared, expires_at_ms).await?)
        })
    }

    /// Refuses a request.
    #[wasm_bindgen(js_name = denyRequest, unchecked_return_type = "Promise<void>")]
    pub fn deny_request(&self, id: String) -> Promise {
        self.flow(async move |it| done(it.session.requests().deny(parsed(&id)?).await))
    }

    /// Takes one's own request back.
    #[wasm_bindgen(js_name = withdrawRequest, unchecked_return_type = "Promise<void>")]
    pub fn withdraw_request(&self, id: String) -> Promise {
        self.flow(async move |it| done(it.session.requests().withdraw(parsed(&id)?).await))
    }

    /// Grants I may read by.
    #[wasm_bindgen(js_name = myGrants, unchecked_return_type = "Promise<Grant[]>")]
    pub fn my_grants(&self) -> Promise {
        self.flow(async move |it| it.show_each::<Grant, _>(it.session.grants().mine().await?))
    }

    /// An organization's grants.
    #[wasm_bindgen(js_name = listGrants, unchecked_return_type = "Promise<Grant[]>")]
    pub fn list_grants(&self, organization: String) -> Promise {
        self.flow(async move |it| {
            it.show_each::<Grant, _>(it.session.grants().list(parsed(&organization)?).await?)
        })
    }

    /// Ends a grant.
    #[wasm_bindgen(js_name = revokeGrant, unchecked_return_type = "Promise<Grant>")]
    pub fn revoke_grant(&self, id: String) -> Promise {
        self.flow(async move |it| it.show::<Grant>(it.session.grants().revoke(parsed(&id)?).await?))
    }
}
