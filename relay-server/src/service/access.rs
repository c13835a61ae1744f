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
/// `not_found`, `role_insufficient`, `grant_revoked`, `grant_expired`.
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
        return Ok(ReadAccess { version, reader: Reader::Vault });
    }
    let grant = usable(grants, caller.now_ms)?;
    Ok(ReadAccess { version, reader: Reader::Grant(grant) })
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
