//! What JavaScript sees of Keyferry: thin bindings over `keyferry-client`. The npm package in `pkg/` gives them their
//! final shape.
//!
//! Map: [`engine`] is WebCrypto as an engine, [`platform`] what else a browser or Node provides, [`view`] what flows
//! give as JavaScript sees it, [`api`] the flows as promises.

pub mod api;
pub mod engine;
pub mod platform;
#[cfg(feature = "vectors")]
pub mod vectors;
pub mod view;
