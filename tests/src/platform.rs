//! The native platform with a watched engine.

use keyferry_client::Platform;
use keyferry_client::native::{HttpTransport, MemoryDevice, Native};

use crate::spy::{Known, Spy};

/// What a client stands on that hides nothing from its test.
pub struct Watched {
    native: Native,
    engine: Spy,
}

impl Watched {
    /// Reaches the relay at `url` from a new device, and tells `known` every secret.
    #[must_use]
    pub fn new(url: &str, known: Known) -> Self {
        Self::on(url, known, MemoryDevice::default())
    }

    /// The same from a device that is there already.
    #[must_use]
    pub fn on(url: &str, known: Known, device: MemoryDevice) -> Self {
        let native = Native::new(url, device).expect("an HTTP client can be made");
        Self { native, engine: Spy::new(known) }
    }
}

impl Platform for Watched {
    type Engine = Spy;
    type Transport = HttpTransport;
    type Device = MemoryDevice;

    fn engine(&self) -> &Spy {
        &self.engine
    }

    fn transport(&self) -> &HttpTransport {
        self.native.transport()
    }

    fn device(&self) -> &MemoryDevice {
        self.native.device()
    }

    fn now_ms(&self) -> u64 {
        self.native.now_ms()
    }

    async fn sleep_ms(&self, milliseconds: u64) {
        self.native.sleep_ms(milliseconds).await;
    }
}
