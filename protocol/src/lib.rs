//! Public data and rules of Keyferry, shared by clients and relay.
//!
//! No I/O, no async, no secrets: everything here may be read by anyone. The relay and the clients link
//! this crate, so a statement, a context or a state means the same on both sides of the wire.
//!
//! Map: [`id`] and [`encoding`] parse the outside world once; [`statement`] holds what people sign and
//! verifies it; [`context`] gives the canonical bytes every ciphertext is bound to; [`grant`] and
//! [`request`] are the state machines; [`wire`] is the JSON of the HTTP API, [`json`] its reader for
//! clients, [`route`] its paths and
//! [`code`] its stable error codes.

pub mod audit;
pub mod cbor;
pub mod code;
pub mod context;
pub mod encoding;
pub mod fingerprint;
pub mod grant;
pub mod id;
pub mod json;
pub mod key;
pub mod organization;
pub mod request;
pub mod role;
pub mod route;
pub mod sorted_map;
pub mod statement;
pub mod suite;
pub mod wire;
pub mod words;

pub use code::Code;
pub use encoding::{Bytes, Digest, EncodingError};
pub use fingerprint::Fingerprint;
pub use id::{FileId, GrantId, InvitationId, OrganizationId, OwnerId, RequestId, UploadId, UserId};
pub use key::{EncryptionKey, IdentityKey, KeyId};
pub use role::Role;
pub use sorted_map::SortedMap;
pub use statement::{ChainHead, Statement, StatementError, Verified};
pub use suite::Suite;
