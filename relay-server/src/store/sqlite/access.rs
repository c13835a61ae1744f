//! Requests and grants.

use keyferry_protocol::grant::GrantState;
use keyferry_protocol::request::RequestState;
use keyferry_protocol::{Bytes, FileId, GrantId, OrganizationId, RequestId, UserId};
use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, params};

use super::column::{bytes, change_one, id, insert, json, optional_id, to_json};
use super::files::{current_version, wrap_of};
use super::organizations::organizations_of;
use super::rotations::empty_staged;
use crate::store::error::{CommitError, Conflict, StoreError};
use crate::store::record::{GrantRecord, RequestRecord, WrapRecord};

/// What is read of a request, for [`request_of`].
pub const REQUEST: &str = "SELECT request, organization, file, version, requester, statement, reason, state, created_at_ms, \
     resealed, resealer FROM requests";

pub fn request_of(row: &Row<'_>) -> rusqlite::Result<RequestRecord> {
    Ok(RequestRecord {
        request: id(row, "request", RequestId::from_random)?,
        organization: id(row, "organization", OrganizationId::from_random)?,
        file: id(row, "file", FileId::from_random)?,
        version: row.get("version")?,
        requester: id(row, "requester", UserId::from_random)?,
        statement: bytes(row, "statement")?,
        reason: json(row, "reason")?,
        state: json(row, "state")?,
        created_at_ms: row.get("created_at_ms")?,
        resealed: row.get::<_, Option<Vec<u8>>>("resealed")?.map(Bytes),
        resealer: optional_id(row, "resealer", UserId::from_random)?,
    })
}

pub fn request(connection: &Connection, request: RequestId) -> Result<Option<RequestRecord>, StoreError> {
    let sql = format!("{REQUEST} WHERE request = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([request.as_bytes()], request_of).optional()?)
}

pub fn requests_of(
    connection: &Connection,
    organization: OrganizationId,
) -> Result<Vec<RequestRecord>, StoreError> {
    requests(connection, "organization = ?1", [organization.as_bytes()])
}

pub fn requests_by(connection: &Connection, user: UserId) -> Result<Vec<RequestRecord>, StoreError> {
    requests(connection, "requester = ?1", [user.as_bytes()])
}

fn requests(
    connection: &Connection,
    condition: &str,
    values: impl Params,
) -> Result<Vec<RequestRecord>, StoreError> {
    let sql = format!("{REQUEST} WHERE {condition} ORDER BY created_at_ms DESC, rowid DESC");
    let mut query = connection.prepare_cached(&sql)?;
    let rows = query.query_map(values, request_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn insert_request(transaction: &Transaction<'_>, request: &RequestRecord) -> Result<(), CommitError> {
    insert(
        transaction,
        "INSERT INTO requests VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, NULL)",
        params![
            request.request.as_bytes(),
            request.organization.as_bytes(),
            request.file.as_bytes(),
            request.version,
            request.requester.as_bytes(),
            request.statement.0,
            to_json(&request.reason)?,
            to_json(&request.state)?,
            request.created_at_ms,
        ],
    )
}

pub fn close_request(
    transaction: &Transaction<'_>,
    request: RequestId,
    state: RequestState,
) -> Result<(), CommitError> {
    change_one(
        transaction,
        Conflict::RequestClosed,
        "UPDATE requests SET state = ?2 WHERE request = ?1 AND state = ?3",
        params![request.as_bytes(), to_json(&state)?, to_json(&RequestState::Pending)?],
    )
}

const GRANT: &str = "SELECT grant_id, organization, file, version, request, granter, recipient, statement, \
     expires_at_ms, revoked_at_ms, revocation, created_at_ms FROM grants";

fn grant_of(row: &Row<'_>) -> rusqlite::Result<GrantRecord> {
    Ok(GrantRecord {
        grant: id(row, "grant_id", GrantId::from_random)?,
        organization: id(row, "organization", OrganizationId::from_random)?,
        file: id(row, "file", FileId::from_random)?,
        version: row.get("version")?,
        request: id(row, "request", RequestId::from_random)?,
        granter: id(row, "granter", UserId::from_random)?,
        recipient: id(row, "recipient", UserId::from_random)?,
        statement: bytes(row, "statement")?,
        expires_at_ms: row.get("expires_at_ms")?,
        state: row
            .get::<_, Option<u64>>("revoked_at_ms")?
            .map_or(GrantState::Active, |revoked_at_ms| GrantState::Revoked { revoked_at_ms }),
        revocation: row.get::<_, Option<Vec<u8>>>("revocation")?.map(Bytes),
        created_at_ms: row.get("created_at_ms")?,
    })
}

pub fn grant(connection: &Connection, grant: GrantId) -> Result<Option<GrantRecord>, StoreError> {
    let sql = format!("{GRANT} WHERE grant_id = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([grant.as_bytes()], grant_of).optional()?)
}

pub fn grants_of(
    connection: &Connection,
    organization: OrganizationId,
) -> Result<Vec<GrantRecord>, StoreError> {
    grants(connection, "organization = ?1", [organization.as_bytes()])
}

pub fn grants_for(connection: &Connection, user: UserId) -> Result<Vec<GrantRecord>, StoreError> {
    grants(connection, "recipient = ?1", [user.as_bytes()])
}

pub fn grants_on(
    connection: &Connection,
    user: UserId,
    file: FileId,
) -> Result<Vec<GrantRecord>, StoreError> {
    grants(connection, "recipient = ?1 AND file = ?2", params![user.as_bytes(), file.as_bytes()])
}

fn grants(
    connection: &Connection,
    condition: &str,
    values: impl Params,
) -> Result<Vec<GrantRecord>, StoreError> {
    let sql = format!("{GRANT} WHERE {condition} ORDER BY created_at_ms DESC, rowid DESC");
    let mut query = connection.prepare_cached(&sql)?;
    let rows = query.query_map(values, grant_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn grant_wrap(connection: &Connection, grant: GrantId) -> Result<Option<WrapRecord>, StoreError> {
    let sql = "SELECT wrapped_dek, statement, wrapper FROM grant_wraps WHERE grant_id = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([grant.as_bytes()], wrap_of).optional()?)
}

pub fn insert_grant(
    transaction: &Transaction<'_>,
    grant: &GrantRecord,
    wrap: &WrapRecord,
) -> Result<(), CommitError> {
    // It was signed for what was current then.
    if current_version(transaction, grant.file)?.is_some_and(|current| current.version > grant.version) {
        return Err(Conflict::Version.into());
    }
    insert(
        transaction,
        "INSERT INTO grants VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, NULL, ?10)",
        params![
            grant.grant.as_bytes(),
            grant.organization.as_bytes(),
            grant.file.as_bytes(),
            grant.version,
            grant.request.as_bytes(),
            grant.granter.as_bytes(),
            grant.recipient.as_bytes(),
            grant.statement.0,
            grant.expires_at_ms,
            grant.created_at_ms,
        ],
    )?;
    insert_grant_wrap(transaction, grant.grant, wrap)
}

/// The DEK for a grant's recipient.
pub fn insert_grant_wrap(
    transaction: &Transaction<'_>,
    grant: GrantId,
    wrap: &WrapRecord,
) -> Result<(), CommitError> {
    insert(
        transaction,
        "INSERT INTO grant_wraps VALUES (?1, ?2, ?3, ?4)",
        params![grant.as_bytes(), wrap.wrapped_dek.0, wrap.statement.0, wrap.wrapper.as_bytes()],
    )
}

pub fn revoke_grant(
    transaction: &Transaction<'_>,
    grant: GrantId,
    statement: &Bytes,
    revoked_at_ms: u64,
) -> Result<(), CommitError> {
    change_one(
        transaction,
        Conflict::GrantRevoked,
        "UPDATE grants SET revoked_at_ms = ?2, revocation = ?3 WHERE grant_id = ?1 AND revoked_at_ms IS NULL",
        params![grant.as_bytes(), revoked_at_ms, statement.0],
    )?;
    transaction
        .execute("DELETE FROM grant_wraps WHERE grant_id = ?1", [grant.as_bytes()])
        .map_err(StoreError::from)?;
    Ok(empty_staged(transaction, "kind = 'grant' AND subject = ?1", [grant.as_bytes()])?)
}

pub fn end_access(
    transaction: &Transaction<'_>,
    user: UserId,
    ended_at_ms: u64,
    organizations: &[OrganizationId],
) -> Result<(), CommitError> {
    if organizations_of(transaction, user)? != organizations {
        return Err(Conflict::Chain.into());
    }
    // Whoever has the keys may have begun them.
    let rotations = "DELETE FROM rotations WHERE user = ?1";
    let wraps =
        "DELETE FROM grant_wraps WHERE grant_id IN (SELECT grant_id FROM grants WHERE recipient = ?1)";
    let grants = "UPDATE grants SET revoked_at_ms = ?2 WHERE recipient = ?1 AND revoked_at_ms IS NULL";
    let requests = "UPDATE requests SET state = ?2 WHERE requester = ?1 AND state = ?3";
    let (pending, withdrawn) = (to_json(&RequestState::Pending)?, to_json(&RequestState::Withdrawn)?);
    transaction
        .execute(rotations, [user.as_bytes()])
        .and_then(|_| transaction.execute(wraps, [user.as_bytes()]))
        .and_then(|_| transaction.execute(grants, params![user.as_bytes(), ended_at_ms]))
        .and_then(|_| transaction.execute(requests, params![user.as_bytes(), withdrawn, pending]))
        .map_err(StoreError::from)?;
    Ok(())
}
