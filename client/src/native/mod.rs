//! A native platform: the software engine, HTTP by `reqwest`, a device store in memory. For tests, the attack harness
//! and later tools. HTTPS is left to a program that enables a TLS feature of `reqwest`.

mod device;
mod http;
mod source;

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use keyferry_crypto::Software;

use crate::platform::{Platform, TransportError};

pub use device::MemoryDevice;
pub use http::{HttpLines, HttpTransport};
pub use source::BytesSource;

/// The native platform. It needs a Tokio runtime with time and I/O; futures are not `Send`.
pub struct Native {
    engine: Software,
    transport: HttpTransport,
    device: MemoryDevice,
    ahead_ms: Cell<u64>,
}

impl Native {
    /// Reaches the relay at `origin`, as `http://127.0.0.1:8080`, and remembers in `device`.
    ///
    /// # Errors
    /// [`TransportError`] when no HTTP client can be made.
    pub fn new(origin: &str, device: MemoryDevice) -> Result<Self, TransportError> {
        let transport = HttpTransport::new(origin)?;
        Ok(Native { engine: Software, transport, device, ahead_ms: Cell::new(0) })
    }

    /// Sets the clock ahead, so that a test need not wait for an expiry.
    pub fn set_clock_ahead(&self, milliseconds: u64) {
        self.ahead_ms.set(milliseconds);
    }
}

impl Platform for Native {
    type Engine = Software;
    type Transport = HttpTransport;
    type Device = MemoryDevice;

    fn engine(&self) -> &Software {
        &self.engine
    }

    fn transport(&self) -> &HttpTransport {
        &self.transport
    }

    fn device(&self) -> &MemoryDevice {
        &self.device
    }

    fn now_ms(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(now.as_millis()).unwrap_or(u64::MAX).saturating_add(self.ahead_ms.get())
    }

    async fn sleep_ms(&self, milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}
