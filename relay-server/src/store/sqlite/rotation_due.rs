//! Which bundles of keys have to be replaced.

use keyferry_protocol::OwnerId;
use keyferry_protocol::wire::bundle::BundleKind;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::column::change_one;
use crate::store::error::{CommitError, Conflict, StoreError};

pub fn set(
    transaction: &Transaction<'_>,
    owner: OwnerId,
    kind: BundleKind,
    since_ms: Option<u64>,
) -> Result<(), CommitError> {
    change_one(
        transaction,
        Conflict::Chain,
        "UPDATE current_bundles
         SET rotation_due_ms = CASE WHEN ?4 IS NULL THEN NULL ELSE coalesce(rotation_due_ms, ?4) END
         WHERE owner_kind = ?1 AND owner = ?2 AND kind = ?3",
        params![owner.kind(), owner.as_bytes(), kind.name(), since_ms],
    )
}

pub fn get(connection: &Connection, owner: OwnerId, kind: BundleKind) -> Result<Option<u64>, StoreError> {
    let sql =
        "SELECT rotation_due_ms FROM current_bundles WHERE owner_kind = ?1 AND owner = ?2 AND kind = ?3";
    let values = params![owner.kind(), owner.as_bytes(), kind.name()];
    Ok(connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?.flatten())
}
