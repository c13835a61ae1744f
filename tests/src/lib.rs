//! What end-to-end tests stand on: a [`Relay`] of this checkout and a [`Mongod`], each started on a free port and ended
//! with the test; a [`Wire`] between client and relay that records, breaks and turns; [`Needles`] that are looked for
//! in every encoding; [`Spy`], an engine that remembers every secret it was trusted with; and an [`Office`] of people
//! whose clients stand on it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test support: what fails here must end the test where it stands"
)]

mod mongod;
mod needle;
mod office;
mod platform;
mod relay;
mod spy;
mod wire;

pub use mongod::Mongod;
pub use needle::{Finding, Needles};
pub use office::Office;
pub use platform::Watched;
pub use relay::Relay;
pub use spy::{Known, Named, Spy};
pub use wire::Wire;
