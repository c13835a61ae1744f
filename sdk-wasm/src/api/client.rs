//! Registering and logging in.

use keyferry_client::{Client, Registration};
use wasm_bindgen::prelude::*;

use super::answer::{ResultHost, suite};
use super::session::RawSession;
use crate::platform::{JsPlatform, PlatformHost};

/// A client of one relay.
#[wasm_bindgen]
pub struct RawClient {
    client: Client<JsPlatform>,
    results: ResultHost,
}

#[wasm_bindgen]
impl RawClient {
    /// A client that stands on what `host` provides.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(host: PlatformHost, results: ResultHost) -> Self {
        RawClient { client: Client::new(JsPlatform::new(host)), results }
    }

    /// Registers and logs in.
    pub async fn register(
        &self,
        email: &str,
        passphrase: &str,
        suite_id: Option<String>,
        invitation: Option<String>,
    ) -> Result<RawSession, JsValue> {
        let session = async {
            let suite = suite(suite_id)?;
            let registration = Registration { email, passphrase, suite, invitation: invitation.as_deref() };
            self.client.register(registration).await
        };
        RawSession::open(session.await, &self.results)
    }

    /// Logs in and unlocks.
    pub async fn login(&self, email: &str, passphrase: &str) -> Result<RawSession, JsValue> {
        RawSession::open(self.client.login(email, passphrase).await, &self.results)
    }
}
