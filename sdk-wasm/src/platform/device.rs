//! The device's memory: IndexedDB, or a map where there is none.

use keyferry_client::platform::{DeviceError, DeviceStore};
use wasm_bindgen::prelude::*;

use super::in_flight::said;
use crate::engine::Rope;

#[wasm_bindgen]
extern "C" {
    /// A device's memory (`pkg/src/platform/device.ts`).
    pub type DeviceHost;

    #[wasm_bindgen(method, catch)]
    pub(crate) async fn get(this: &DeviceHost, key: &str, number: Option<u32>) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn put(this: &DeviceHost, key: &str, value: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn swap(
        this: &DeviceHost,
        key: &str,
        from: Option<&str>,
        to: Option<&str>,
        number: u32,
        part: Option<Rope>,
    ) -> Result<bool, JsValue>;
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
    type Buffer = Rope;

    async fn get(&self, key: &str) -> Result<Option<String>, DeviceError> {
        self.host.get(key, None).await.map(|text| text.as_string()).map_err(failed)
    }

    async fn put(&self, key: &str, value: &str) -> Result<(), DeviceError> {
        self.host.put(key, value).await.map_err(failed)
    }

    async fn swap(
        &self,
        key: &str,
        from: Option<&str>,
        to: Option<&str>,
        part: Option<(u32, Rope)>,
    ) -> Result<bool, DeviceError> {
        let (number, part) = part.map_or((0, None), |(number, part)| (number, Some(part)));
        self.host.swap(key, from, to, number, part).await.map_err(failed)
    }

    async fn part(&self, key: &str, number: u32) -> Result<Option<Rope>, DeviceError> {
        let part = self.host.get(key, Some(number)).await.map_err(failed)?;
        // A part is a rope or nothing.
        Ok((!part.is_undefined()).then(|| part.unchecked_into()))
    }
}

fn failed(thrown: JsValue) -> DeviceError {
    DeviceError(said(&thrown))
}
