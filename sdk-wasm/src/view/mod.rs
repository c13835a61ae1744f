//! What flows give, as JavaScript sees it. The TypeScript types of the package are made from these.

mod access;
mod audit;
mod file;
#[cfg(target_arch = "wasm32")]
mod names;
mod organization;
mod passkey;
mod person;
mod show;

pub use access::{AccessRequest, Grant, GrantState, Notice, NoticeKind, RequestState};
pub use audit::AuditEvent;
pub use file::{FileInfo, Phase, Progress};
pub use organization::{Invitation, InvitationState, Member, Organization};
pub use passkey::Passkey;
pub use person::{Person, Pin};
pub(crate) use show::Show;
