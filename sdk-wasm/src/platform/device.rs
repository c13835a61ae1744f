//! The device's memory: IndexedDB, or a map where there is none.

use keyferry_client::platform::{DeviceError, DeviceStore};
use wasm_bindgen::prelude::*;

use super::in_flight::said;

#[wasm_bindgen]
extern "C" {
    /// A device's memory (`pkg/src/platform/device.ts`).
    pub type DeviceHost;

    #[wasm_bindgen(method, catch)]
    pub(crate) async fn get(this: &DeviceHost, key: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn put(this: &DeviceHost, key: &str, value: &str) -> Result<(), JsValue>;
}

/// The device's memory.
pub struct Device {
    host: DeviceHost,
}

impl Device {
    pub(super) fn new(host: DeviceHost) -> Self {
        Device { host }
    }
}

impl DeviceStore for Device {
    async fn get(&self, key: &str) -> Result<Option<String>, DeviceError> {
        self.host.get(key).await.map(|text| text.as_string()).map_err(|thrown| DeviceError(said(&thrown)))
    }

    async fn put(&self, key: &str, value: &str) -> Result<(), DeviceError> {
        self.host.put(key, value).await.map_err(|thrown| DeviceError(said(&thrown)))
    }
}
