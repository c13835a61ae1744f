//! Files: completed versions and their listing.

use keyferry_protocol::wire::file::FileEntry;
use keyferry_protocol::{FileId, OrganizationId};

use super::authority::Member;
use super::view::Views;
use super::{Caller, ServiceError};
use crate::state::State;

/// The organization's files, for every member.
pub async fn list(
    state: &State,
    caller: &Caller,
    organization: OrganizationId,
) -> Result<Vec<FileEntry>, ServiceError> {
    Member::of(state, caller, organization).await?;
    let versions = state.registry.files(organization).await?;
    Views::new(state).files(&versions).await
}

/// One file's current version, for every member of its organization.
pub async fn one(state: &State, caller: &Caller, file: FileId) -> Result<FileEntry, ServiceError> {
    let version = state.registry.current_version(file).await?.ok_or_else(ServiceError::not_found)?;
    Member::of(state, caller, version.organization).await?;
    Views::new(state).file(&version).await
}
