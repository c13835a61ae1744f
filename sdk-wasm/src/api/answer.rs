//! From a flow's result to a promise's, and from JavaScript's arguments to ids.

use core::pin::Pin;

use js_sys::Promise;
use keyferry_client::ClientError;
use keyferry_protocol::{Code, EncodingError, Fingerprint, Role, Suite};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::view::Show;

/// What a flow comes to.
pub(super) type Answer = Result<JsValue, ClientError>;

#[wasm_bindgen]
extern "C" {
    /// Makes JavaScript's values and errors (`pkg/src/platform/result.ts`).
    #[derive(Clone)]
    pub type ResultHost;

    #[wasm_bindgen(method)]
    pub(super) fn value(this: &ResultHost, json: &str) -> JsValue;
    #[wasm_bindgen(method)]
    fn error(
        this: &ResultHost,
        code: &str,
        message: &str,
        request_id: Option<String>,
        retry_after_ms: Option<f64>,
    ) -> JsValue;
}

impl ResultHost {
    /// A value, as JavaScript sees it.
    pub(super) fn show(&self, found: impl Show) -> JsValue {
        found.show().map_or(JsValue::UNDEFINED, |value| self.value(&value.to_text()))
    }

    /// Runs a flow. All of them go through one kind of future, so the machinery of promises is there once.
    pub(super) fn promise(&self, flow: impl Future<Output = Answer> + 'static) -> Promise {
        self.run(Box::pin(flow))
    }

    fn run(&self, flow: Pin<Box<dyn Future<Output = Answer>>>) -> Promise {
        let results = self.clone();
        future_to_promise(async move { flow.await.map_err(|error| results.fail(&error)) })
    }

    /// An error with its code.
    pub(super) fn fail(&self, error: &ClientError) -> JsValue {
        let retry_after_ms = error.retry_after_ms.map(|milliseconds| milliseconds as f64);
        self.error(error.code.name(), &error.message, error.request_id.clone(), retry_after_ms)
    }
}

/// The end of a flow that gives nothing else.
pub(super) fn done(ended: Result<(), ClientError>) -> Answer {
    ended.map(|()| JsValue::UNDEFINED)
}

/// An id or a fingerprint that JavaScript gave.
pub(super) fn parsed<T: core::str::FromStr<Err = EncodingError>>(text: &str) -> Result<T, ClientError> {
    text.parse().map_err(|_| invalid("this is no id of that kind"))
}

pub(super) fn fingerprint(text: &str) -> Result<Fingerprint, ClientError> {
    Fingerprint::parse(text).map_err(|_| invalid("a fingerprint has 64 lowercase hex digits"))
}

pub(super) fn suite(text: Option<String>) -> Result<Suite, ClientError> {
    text.map_or(Ok(Suite::default()), |text| {
        Suite::parse(&text).map_err(|_| ClientError::new(Code::SuiteUnsupported, "there is no such suite"))
    })
}

pub(super) fn role(text: &str) -> Result<Role, ClientError> {
    Role::parse(text).map_err(|_| invalid("there is no such role"))
}

/// A point in time, in milliseconds since 1970.
pub(super) fn time_ms(milliseconds: f64) -> Result<u64, ClientError> {
    if milliseconds.is_finite() && milliseconds >= 0.0 {
        Ok(milliseconds as u64)
    } else {
        Err(invalid("this is no valid date"))
    }
}

pub(super) fn invalid(message: &str) -> ClientError {
    ClientError::new(Code::ValueInvalid, message)
}
