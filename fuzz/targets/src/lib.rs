//! What fuzzing asks of every parser of outside bytes, in plain functions: `fuzz/fuzz_targets` hands them to libFuzzer,
//! and a test calls them with the inputs committed in `fuzz/corpus`.
//!
//! Each function takes any bytes and returns, or it panics: then what its documentation says does not hold.
//!
//! Map: [`statement`] and [`organization`] are what people sign; [`cbor`] what it is written in; [`wrap`], [`bundle`],
//! [`manifest`], [`sealed_box`], [`content`] and its kin what is sealed; [`json`], [`problem`] and [`names`] what
//! travels around it; [`tus`] and [`range`] the headers a relay reads. [`TARGETS`] lists them, [`seeds`] begins them.

mod cbor;
mod content;
mod fixture;
mod input;
mod json;
mod keys;
mod names;
mod organization;
mod relay;
mod sealed;
mod seeds;
mod statement;

pub use cbor::cbor;
pub use content::{content, content_bytes, content_range};
pub use json::{json, problem};
pub use keys::{bundle, wrap};
pub use names::names;
pub use organization::organization;
pub use relay::{range, tus};
pub use sealed::{manifest, sealed_box};
pub use seeds::{Seed, seeds};
pub use statement::statement;

/// One target.
pub struct Target {
    /// Its name: that of its function, its program and its folder of inputs.
    pub name: &'static str,
    /// What it asks.
    pub run: fn(&[u8]),
}

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        /// Every target.
        pub const TARGETS: &[Target] = &[$(Target { name: stringify!($name), run: $name }),*];
    };
}

targets!(
    bundle,
    cbor,
    content,
    content_bytes,
    content_range,
    json,
    manifest,
    names,
    organization,
    problem,
    range,
    sealed_box,
    statement,
    tus,
    wrap,
);
