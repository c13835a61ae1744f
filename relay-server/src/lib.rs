//! The relay: HTTP in, a rule from `protocol`, one transaction, HTTP out. It cannot link `crypto`.
//!
//! Map: [`config`] reads flags, environment and file; [`server`] starts and stops; `routes` turn HTTP into one
//! call of `service`, which loads, applies the rule and commits change and audit event together into [`store`].

pub mod config;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub mod log;
pub mod operator;
pub mod server;
pub mod store;
pub mod tls;

mod clock;
mod problem;
mod random;
mod routes;
mod service;
mod state;
mod webauthn;

pub use config::{Config, Options};
pub use operator::Operator;
pub use server::Server;
