//! A person who is logged in.

use keyferry_client::{ClientError, Session};
use wasm_bindgen::prelude::*;

use super::answer::ResultHost;
use super::watch::{JsAbortSignal, linked};
use crate::platform::JsPlatform;
use crate::view::{Notice, Person};

/// A session. Its keys are handles that cannot be exported.
#[wasm_bindgen]
pub struct RawSession {
    pub(super) session: Session<JsPlatform>,
    pub(super) results: ResultHost,
}

impl RawSession {
    pub(super) fn open(
        result: Result<Session<JsPlatform>, ClientError>,
        results: &ResultHost,
    ) -> Result<Self, JsValue> {
        let results = results.clone();
        result.map_err(|error| results.fail(&error)).map(|session| RawSession { session, results })
    }
}

#[wasm_bindgen]
impl RawSession {
    /// Who is logged in.
    #[wasm_bindgen(unchecked_return_type = "Person")]
    #[must_use]
    pub fn me(&self) -> JsValue {
        self.results.show(&Person::from(self.session.me()))
    }

    /// Gives notices to `on_notice` until `signal` stops it. `on_connected` is called after every connection.
    pub async fn notices(
        &self,
        on_connected: js_sys::Function,
        on_notice: js_sys::Function,
        signal: Option<JsAbortSignal>,
    ) -> Result<(), JsValue> {
        let link = linked(signal);
        // What a listener throws is its own affair; the stream goes on.
        let connected = || drop(on_connected.call0(&JsValue::UNDEFINED));
        let notice = |notice| {
            drop(on_notice.call1(&JsValue::UNDEFINED, &self.results.show(&Notice::from(notice))));
        };
        let listened = self.session.notices(&connected, &notice, link.abort()).await;
        listened.map_err(|error| self.results.fail(&error))
    }

    /// Ends the session at the relay.
    pub async fn logout(&self) -> Result<(), JsValue> {
        self.session.logout().await.map_err(|error| self.results.fail(&error))
    }
}
