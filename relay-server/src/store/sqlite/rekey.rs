//! A version in the place of another: grants move to it, and what opened the one before is deleted.

use std::collections::BTreeSet;

use keyferry_protocol::{FileId, GrantId};
use rusqlite::{Transaction, params};

use super::access::insert_grant_wrap;
use super::column::{change_one, id};
use super::rotations::empty_staged;
use crate::store::error::{CommitError, Conflict, StoreError};
use crate::store::record::{GrantRecord, WrapRecord};

/// Moves `grants` from `version` of `file` to the version they name, and deletes every wrap of `version`.
///
/// None that opens the file at `now_ms` may be missing. One that expired since its signer looked may be there: it
/// opens nothing.
pub fn replace_version(
    transaction: &Transaction<'_>,
    file: FileId,
    version: u32,
    grants: &[(GrantRecord, WrapRecord)],
    now_ms: u64,
) -> Result<(), CommitError> {
    let moved: BTreeSet<GrantId> = grants.iter().map(|(grant, _)| grant.grant).collect();
    if !remaining(transaction, file, version, now_ms)?.is_subset(&moved) {
        return Err(Conflict::Grants.into());
    }
    delete_wraps(transaction, file, version)?;
    for (grant, wrap) in grants {
        move_grant(transaction, version, grant)?;
        insert_grant_wrap(transaction, grant.grant, wrap)?;
    }
    change_one(
        transaction,
        Conflict::Gone,
        "INSERT INTO retired_uploads SELECT upload FROM versions WHERE file = ?1 AND version = ?2",
        params![file.as_bytes(), version],
    )
}

/// Grants that open the version, of people who are members still.
fn remaining(
    transaction: &Transaction<'_>,
    file: FileId,
    version: u32,
    now_ms: u64,
) -> Result<BTreeSet<GrantId>, StoreError> {
    let sql = "SELECT grant_id FROM grants JOIN members
            ON members.organization = grants.organization AND members.user = grants.recipient
        WHERE file = ?1 AND version = ?2 AND revoked_at_ms IS NULL AND expires_at_ms > ?3";
    let mut query = transaction.prepare_cached(sql)?;
    let rows = query.query_map(params![file.as_bytes(), version, now_ms], |row| {
        id(row, "grant_id", GrantId::from_random)
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn delete_wraps(transaction: &Transaction<'_>, file: FileId, version: u32) -> Result<(), StoreError> {
    let of_version = params![file.as_bytes(), version];
    transaction.execute("DELETE FROM vault_wraps WHERE file = ?1 AND version = ?2", of_version)?;
    let of_grants = "DELETE FROM grant_wraps
        WHERE grant_id IN (SELECT grant_id FROM grants WHERE file = ?1 AND version = ?2)";
    transaction.execute(of_grants, of_version)?;
    let staged = "(kind = 'version' AND subject = ?1 AND version = ?2)
        OR (kind = 'grant' AND version = ?2 AND subject IN (SELECT grant_id FROM grants WHERE file = ?1))";
    empty_staged(transaction, staged, of_version)
}

fn move_grant(transaction: &Transaction<'_>, from: u32, grant: &GrantRecord) -> Result<(), CommitError> {
    change_one(
        transaction,
        Conflict::Grants,
        "UPDATE grants SET version = ?4, granter = ?5, statement = ?6
            WHERE grant_id = ?1 AND file = ?2 AND version = ?3 AND revoked_at_ms IS NULL",
        params![
            grant.grant.as_bytes(),
            grant.file.as_bytes(),
            from,
            grant.version,
            grant.granter.as_bytes(),
            grant.statement.0
        ],
    )
}
