//! The flows of Keyferry's clients, generic over a [`Platform`]: browsers, native tests, the attack harness and later
//! tools run the very same code.
//!
//! Everything a relay serves is verified here before it is used: organizations by replaying their signed chain, keys
//! by fingerprints that people compared, wraps and grants by their statements. A failure is a [`ClientError`] with a
//! stable code.
//!
//! Map: [`Client`] registers and logs in; a [`Session`] holds a person's keys as handles and leads to the areas
//! [`Organizations`], [`Passkeys`], [`Files`], [`Requests`], [`Grants`], [`People`], [`Invitations`] and [`Audit`]. [`platform`] is
//! what a platform provides.

mod abort;
mod audit;
mod chain;
mod client;
mod contacts;
mod device;
mod ending;
mod error;
mod file;
mod grant;
mod guard;
mod invitation;
pub mod lanes;
#[cfg(feature = "native")]
pub mod native;
mod notice;
mod organization;
mod passkey;
mod passphrase;
mod people;
mod person;
pub mod platform;
mod recovery;
mod relay;
mod request;
mod rotation;
mod session;
mod unlock;
mod verify;

pub use abort::Abort;
pub use audit::{Audit, AuditPageQuery};
pub use client::{Client, Credentials, Registration};
pub use error::{ClientError, Failure};
pub use file::{ContentStream, FileInfo, Files, OpenedFile, Phase, Progress, UploadOptions, Watch};
pub use grant::{Grant, GrantStanding, Grants};
pub use invitation::{Invitation, Invitations};
pub use keyferry_protocol::audit::AuditEvent;
pub use keyferry_protocol::wire::notice::Notice;
pub use keyferry_protocol::wire::organization::InvitationState;
pub use keyferry_protocol::wire::passkey::Passkey;
pub use organization::{Member, Organization, Organizations};
pub use passkey::Passkeys;
pub use people::People;
pub use person::{Person, Pin};
pub use platform::Platform;
pub use recovery::LostPassphrase;
pub use request::{AccessRequest, RequestState, Requests};
pub use rotation::NewKeys;
pub use session::Session;
