//! Who may read a file version's content, asked anew at every request.

use keyferry_protocol::FileId;
use keyferry_protocol::grant::GrantRefusal;

use super::authority::Member;
use super::{Caller, ServiceError};
use crate::state::State;
use crate::store::record::{GrantRecord, VersionRecord};

/// Why a read is allowed.
pub enum Reader {
    /// The caller holds the organization's vault.
    Vault,
    /// A grant, active and not expired.
    Grant(GrantRecord),
}

/// Permission to read one file version, now.
pub struct ReadAccess {
    /// What may be read.
    pub version: VersionRecord,
    /// Why.
    pub reader: Reader,
}

/// Whether the caller may read this version now.
///
/// # Errors
/// `not_found`, `role_insufficient`, `grant_revoked`, `grant_expired`, `version_replaced`.
pub async fn authorize_read(
    state: &State,
    caller: &Caller,
    file: FileId,
    version: u32,
) -> Result<ReadAccess, ServiceError> {
    let version = state.registry.version(file, version).await?.ok_or_else(ServiceError::not_found)?;
    let grants = state.registry.grants_on(caller.user, file, version.version).await?;
    let member = match Member::of(state, caller, version.organization).await {
        Ok(member) => member,
        Err(error) => return Err(former(&grants, error)),
    };
    if member.role().holds_vault() {
        let opens = state.registry.vault_wrap(file, version.version).await?.is_some();
        return if opens {
            Ok(ReadAccess { version, reader: Reader::Vault })
        } else {
            Err(ServiceError::replaced())
        };
    }
    match usable(grants, caller.now_ms) {
        Ok(grant) => Ok(ReadAccess { version, reader: Reader::Grant(grant) }),
        Err(refusal) => Err(moved(state, caller, &version).await?.unwrap_or(refusal)),
    }
}

/// Whose grant moved on to a later version learns that.
async fn moved(
    state: &State,
    caller: &Caller,
    version: &VersionRecord,
) -> Result<Option<ServiceError>, ServiceError> {
    let current = state.registry.current_version(version.file).await?;
    let Some(later) = current.filter(|current| current.version > version.version) else { return Ok(None) };
    let grants = state.registry.grants_on(caller.user, later.file, later.version).await?;
    Ok(usable(grants, caller.now_ms).is_ok().then(ServiceError::replaced))
}

/// Who held a grant and is no member any more learns that it ended; a stranger learns nothing.
fn former(grants: &[GrantRecord], error: ServiceError) -> ServiceError {
    let ended = matches!(&error, ServiceError::Refused { .. }) && !grants.is_empty();
    if ended { GrantRefusal::Revoked.into() } else { error }
}

/// The newest grant that opens the version now; otherwise what became of the newest one.
fn usable(grants: Vec<GrantRecord>, now_ms: u64) -> Result<GrantRecord, ServiceError> {
    let mut refusal = None;
    for grant in grants {
        match grant.state.check(grant.expires_at_ms, now_ms) {
            Ok(()) => return Ok(grant),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    Err(refusal.map_or_else(ServiceError::role_insufficient, ServiceError::from))
}
