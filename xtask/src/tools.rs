//! What a run needs on the machine. Each tool is looked for first, fetched only when absent, and asked for
//! by name when it cannot be had. Nothing outside the checkout changes unless a line says so beforehand.

pub mod cargo_deny;
pub mod cargo_install;
pub mod chromium;
pub mod mongod;
pub mod npm;
pub mod python;
pub mod system;
pub mod wasm_target;
