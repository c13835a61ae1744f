//! What a browser or Node gives the flows: WebCrypto, `fetch`, a store of the device, the clock.

mod device;
mod in_flight;
mod lines;
mod passkey;
mod source;
mod transport;

use core::future::Future;
use core::pin::Pin;

use keyferry_client::Platform;
use wasm_bindgen::prelude::*;

use crate::engine::{EngineHost, WebCrypto};
use device::Device;
use transport::FetchTransport;

pub use passkey::PasskeyHost;
pub(crate) use source::JsSource;
pub use source::SourceHost;

#[wasm_bindgen]
extern "C" {
    /// Everything JavaScript provides (`pkg/src/platform/host.ts`).
    pub type PlatformHost;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn engine(this: &PlatformHost) -> EngineHost;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn transport(this: &PlatformHost) -> transport::TransportHost;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn device(this: &PlatformHost) -> device::DeviceHost;
    #[wasm_bindgen(method)]
    pub(crate) async fn sleep(this: &PlatformHost, milliseconds: f64);
}

/// The platform of the JavaScript package.
pub struct JsPlatform {
    host: PlatformHost,
    engine: WebCrypto,
    transport: FetchTransport,
    device: Device,
}

impl JsPlatform {
    /// Stands on what `host` provides.
    #[must_use]
    pub fn new(host: PlatformHost) -> Self {
        JsPlatform {
            engine: WebCrypto::new(host.engine()),
            transport: FetchTransport::new(host.transport()),
            device: Device::new(host.device()),
            host,
        }
    }
}

impl Platform for JsPlatform {
    type Engine = WebCrypto;
    type Transport = FetchTransport;
    type Device = Device;

    fn engine(&self) -> &WebCrypto {
        &self.engine
    }

    fn transport(&self) -> &FetchTransport {
        &self.transport
    }

    fn device(&self) -> &Device {
        &self.device
    }

    fn now_ms(&self) -> u64 {
        js_sys::Date::now() as u64
    }

    async fn sleep_ms(&self, milliseconds: u64) {
        self.host.sleep(milliseconds as f64).await;
    }
    async fn aside(&self, work: Pin<Box<dyn Future<Output = ()>>>) {
        wasm_bindgen_futures::spawn_local(work);
    }
}
