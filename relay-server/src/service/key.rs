//! Serves a wrapped DEK with every statement that proves it.

use keyferry_protocol::FileId;
use keyferry_protocol::audit::Operation;
use keyferry_protocol::grant::GrantRefusal;
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
    let (wrap, grant) = load(state, &mut views, &access.reader, file, version).await?;
    let mut event = caller
        .event(Operation::WrappedKeyServed)
        .in_organization(access.version.organization)
        .about_file(file);
    event.grant = grant.as_ref().map(|proof| proof.grant);
    state.registry.commit(Commit { events: vec![event], ..Commit::default() }).await?;
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
) -> Result<(WrapRecord, Option<GrantProof>), ServiceError> {
    match reader {
        Reader::Vault => {
            let wrap = state.registry.vault_wrap(file, version).await?;
            // Gone between the check and now: replaced in this very moment.
            Ok((wrap.ok_or_else(ServiceError::replaced)?, None))
        }
        Reader::Grant(grant) => {
            // Gone between the check and now: revoked in this very moment.
            let wrap = state.registry.grant_wrap(grant.grant).await?.ok_or(GrantRefusal::Revoked)?;
            Ok((wrap, Some(proof(state, views, grant).await?)))
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
