//! Load, apply the rule from `protocol`, save change and audit event together.

pub mod access;
pub mod account;
pub mod audit;
pub mod authority;
pub mod bundle;
pub mod caller;
pub mod chain;
pub mod compromise;
pub mod content;
pub mod ending;
pub mod erasure;
pub mod error;
pub mod file;
pub mod grant;
pub mod invitation;
pub mod key;
pub mod membership;
pub mod notice;
pub mod organization;
pub mod passkey;
pub mod passphrase;
pub mod rate_limit;
pub mod readiness;
pub mod recovery;
pub mod rekey;
pub mod request;
pub mod rotation;
pub mod session;
pub mod upload;
pub mod view;

pub use caller::{Caller, Visitor};
pub use error::ServiceError;
