//! The flows as promises. Arguments are primitives; the TypeScript of `pkg/` gives them names.

mod access;
mod answer;
mod audit;
mod client;
mod content;
mod file;
mod organization;
mod passkey;
mod people;
mod session;
mod types;
mod watch;

pub use answer::ResultHost;
pub use client::RawClient;
pub use content::{RawOpener, RawSealer};
pub use file::{RawFile, RawStream};
pub use session::RawSession;
