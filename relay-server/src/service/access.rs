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
    let grants = state.registry.grants_on(caller.user, file).await?;
    let member = match Member::of(state, caller, version.organization).await {
        Ok(member) => member,
        Err(error) => return Err(former(&grants, error)),
    };
    let reader = if member.role().holds_vault() {
        Reader::Vault
    } else {
        Reader::Grant(usable(grants, version.version, caller.now_ms)?)
    };
    // A version that was re-keyed has no wrap left, for anybody.
    let opens = state.registry.vault_wrap(file, version.version).await?.is_some();
    if opens { Ok(ReadAccess { version, reader }) } else { Err(ServiceError::replaced()) }
}

/// Who held a grant and is no member any more learns that it ended; a stranger learns nothing.
fn former(grants: &[GrantRecord], error: ServiceError) -> ServiceError {
    let ended = matches!(&error, ServiceError::Refused { .. }) && !grants.is_empty();
    if ended { GrantRefusal::Revoked.into() } else { error }
}

/// The newest grant that opens the version now. Else, of a person's grants on the file: whether one opens the version in its
/// place, or what became of the newest.
fn usable(grants: Vec<GrantRecord>, version: u32, now_ms: u64) -> Result<GrantRecord, ServiceError> {
    let (mut moved, mut refusal) = (false, None);
    for grant in grants {
        match grant.state.check(grant.expires_at_ms, now_ms) {
            Ok(()) if grant.version == version => return Ok(grant),
            Ok(()) => moved |= grant.version > version,
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    if moved {
        return Err(ServiceError::replaced());
    }
    Err(refusal.map_or_else(ServiceError::role_insufficient, ServiceError::from))
}
