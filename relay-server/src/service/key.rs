//! Serves a wrapped DEK with every statement that proves it.

use keyferry_protocol::FileId;
use keyferry_protocol::audit::Operation;
use keyferry_protocol::wire::file::{GrantProof, WrappedDek};

use super::access::{Reader, authorize_read};
use super::view::{Views, dangling};
use super::{Caller, ServiceError};
use crate::state::State;
use crate::store::Commit;
use crate::store::record::{GrantRecord, WrapRecord};

/// The DEK of a file version, wrapped to the vault for its holders, else to the caller by their grant.
pub async fn wrapped(
    state: &State,
    caller: &Caller,
    file: FileId,
    version: u32,
) -> Result<WrappedDek, ServiceError> {
    let access = authorize_read(state, caller, file, version).await?;
    let mut views = Views::new(state);
    let Some((wrap, grant)) = load(state, &mut views, &access.reader, file, version).await? else {
        // Gone between the check and now, if access is.
        authorize_read(state, caller, file, version).await?;
        return Err(dangling("a wrapped key"));
    };
    let mut event = caller
        .event(Operation::WrappedKeyServed)
        .in_organization(access.version.organization)
        .about_file(file);
    event.grant = grant.as_ref().map(|proof| proof.grant);
    state.registry.commit(Commit { events: vec![event], ..caller.commit() }).await?;
    Ok(WrappedDek {
        entry: views.file(&access.version).await?,
        manifest: access.version.manifest,
        wrapped_dek: wrap.wrapped_dek,
        wrap: wrap.statement,
        wrapper: views.identity(wrap.wrapper).await?,
        grant,
    })
}

async fn load(
    state: &State,
    views: &mut Views<'_>,
    reader: &Reader,
    file: FileId,
    version: u32,
) -> Result<Option<(WrapRecord, Option<GrantProof>)>, ServiceError> {
    match reader {
        Reader::Vault => {
            let wrap = state.registry.vault_wrap(file, version).await?;
            Ok(wrap.map(|wrap| (wrap, None)))
        }
        Reader::Grant(grant) => {
            let wrap = state.registry.grant_wrap(grant.grant).await?;
            // A re-key moves both at once, so a grant that is still where it was has the wrap it had.
            let now = state.registry.grant(grant.grant).await?;
            match wrap.filter(|_| now.is_some_and(|now| now.version == version)) {
                Some(wrap) => Ok(Some((wrap, Some(proof(state, views, grant).await?)))),
                None => Ok(None),
            }
        }
    }
}

async fn proof(
    state: &State,
    views: &mut Views<'_>,
    grant: &GrantRecord,
) -> Result<GrantProof, ServiceError> {
    let request = state.registry.request(grant.request).await?.ok_or_else(|| dangling("a request"))?;
    Ok(GrantProof {
        grant: grant.grant,
        statement: grant.statement.clone(),
        granter: views.identity(grant.granter).await?,
        request: request.statement,
        state: grant.state,
    })
}
