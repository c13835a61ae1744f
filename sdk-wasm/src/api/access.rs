//! Requests and grants.

use wasm_bindgen::prelude::*;

use super::answer::{fingerprint, parsed, time_ms};
use super::session::RawSession;
use crate::view::{AccessRequest, Grant, each};

#[wasm_bindgen]
impl RawSession {
    /// Asks for a file.
    #[wasm_bindgen(js_name = createRequest, unchecked_return_type = "AccessRequest")]
    pub async fn create_request(
        &self,
        file: &str,
        reason: &str,
        expires_at_ms: f64,
    ) -> Result<JsValue, JsValue> {
        let flow = async {
            let (file, expires_at_ms) = (parsed(file)?, time_ms(expires_at_ms)?);
            Ok(AccessRequest::from(self.session.requests().create(file, reason, expires_at_ms).await?))
        };
        self.results.answer(flow).await
    }

    /// My requests.
    #[wasm_bindgen(js_name = myRequests, unchecked_return_type = "AccessRequest[]")]
    pub async fn my_requests(&self) -> Result<JsValue, JsValue> {
        let flow = async { Ok(each::<_, AccessRequest>(self.session.requests().mine().await?)) };
        self.results.answer(flow).await
    }

    /// An organization's requests.
    #[wasm_bindgen(js_name = listRequests, unchecked_return_type = "AccessRequest[]")]
    pub async fn list_requests(&self, organization: &str) -> Result<JsValue, JsValue> {
        let flow = async {
            Ok(each::<_, AccessRequest>(self.session.requests().list(parsed(organization)?).await?))
        };
        self.results.answer(flow).await
    }

    /// One request.
    #[wasm_bindgen(js_name = getRequest, unchecked_return_type = "AccessRequest")]
    pub async fn get_request(&self, id: &str) -> Result<JsValue, JsValue> {
        let flow = async { Ok(AccessRequest::from(self.session.requests().get(parsed(id)?).await?)) };
        self.results.answer(flow).await
    }

    /// Wraps the file's key to the requester.
    #[wasm_bindgen(js_name = approveRequest, unchecked_return_type = "Grant")]
    pub async fn approve_request(
        &self,
        id: &str,
        compared: &str,
        expires_at_ms: Option<f64>,
    ) -> Result<JsValue, JsValue> {
        let flow = async {
            let (id, compared) = (parsed(id)?, fingerprint(compared)?);
            let expires_at_ms = expires_at_ms.map(time_ms).transpose()?;
            Ok(Grant::from(self.session.requests().approve(id, compared, expires_at_ms).await?))
        };
        self.results.answer(flow).await
    }

    /// Refuses a request.
    #[wasm_bindgen(js_name = denyRequest)]
    pub async fn deny_request(&self, id: &str) -> Result<(), JsValue> {
        self.results.done(async { self.session.requests().deny(parsed(id)?).await }).await
    }

    /// Takes one's own request back.
    #[wasm_bindgen(js_name = withdrawRequest)]
    pub async fn withdraw_request(&self, id: &str) -> Result<(), JsValue> {
        self.results.done(async { self.session.requests().withdraw(parsed(id)?).await }).await
    }

    /// Grants I may read by.
    #[wasm_bindgen(js_name = myGrants, unchecked_return_type = "Grant[]")]
    pub async fn my_grants(&self) -> Result<JsValue, JsValue> {
        self.results.answer(async { Ok(each::<_, Grant>(self.session.grants().mine().await?)) }).await
    }

    /// An organization's grants.
    #[wasm_bindgen(js_name = listGrants, unchecked_return_type = "Grant[]")]
    pub async fn list_grants(&self, organization: &str) -> Result<JsValue, JsValue> {
        let flow =
            async { Ok(each::<_, Grant>(self.session.grants().list(parsed(organization)?).await?)) };
        self.results.answer(flow).await
    }

    /// Ends a grant.
    #[wasm_bindgen(js_name = revokeGrant, unchecked_return_type = "Grant")]
    pub async fn revoke_grant(&self, id: &str) -> Result<JsValue, JsValue> {
        let flow = async { Ok(Grant::from(self.session.grants().revoke(parsed(id)?).await?)) };
        self.results.answer(flow).await
    }
}
