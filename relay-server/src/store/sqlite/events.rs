//! The audit trail.

use keyferry_protocol::audit::{AuditEvent, Operation};
use keyferry_protocol::{EncodingError, FileId, GrantId, OrganizationId, RequestId, UserId};
use rusqlite::{Connection, Row, Transaction, params};

use super::column::{insert, named, optional_id};
use crate::store::change::Event;
use crate::store::error::{CommitError, StoreError};
use crate::store::registry::Trail;

pub fn insert_event(transaction: &Transaction<'_>, event: &Event) -> Result<(), CommitError> {
    insert(
        transaction,
        "INSERT INTO events VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            event.at_ms,
            event.operation.name(),
            event.user.as_ref().map(UserId::as_bytes),
            event.organization.as_ref().map(OrganizationId::as_bytes),
            event.file.as_ref().map(FileId::as_bytes),
            event.request.as_ref().map(RequestId::as_bytes),
            event.grant.as_ref().map(GrantId::as_bytes),
            event.success,
            event.reported,
            event.address,
            event.details,
        ],
    )
}

pub fn events(
    connection: &Connection,
    trail: Trail,
    before: u64,
    limit: u32,
) -> Result<Vec<AuditEvent>, StoreError> {
    let (column, owner) = match &trail {
        Trail::User(user) => ("user", user.as_bytes()),
        Trail::Organization(organization) => ("organization", organization.as_bytes()),
    };
    let sql =
        format!("SELECT * FROM events WHERE {column} = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3");
    let before = i64::try_from(before).unwrap_or(i64::MAX);
    let mut query = connection.prepare_cached(&sql)?;
    let rows = query.query_map(params![owner, before, limit], event_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn ending(
    connection: &Connection,
    user: UserId,
    operation: Operation,
    at_ms: u64,
    files: u32,
) -> Result<(Vec<AuditEvent>, bool), StoreError> {
    let sql = "WITH served AS (SELECT min(number) AS first, max(number) AS last, count(*) OVER () AS files
            FROM events WHERE user = ?1 AND success AND file IS NOT NULL AND operation IN (?4, ?5)
            GROUP BY organization, file ORDER BY last DESC LIMIT ?6)
        SELECT events.*, coalesce((SELECT max(files) FROM served), 0) AS files FROM events
        WHERE number IN (SELECT first FROM served UNION SELECT last FROM served)
            OR (user = ?1 AND operation = ?2 AND at_ms = ?3)
        ORDER BY number DESC";
    let [key, content] = [Operation::WrappedKeyServed, Operation::FileDownloaded].map(Operation::name);
    let values = params![user.as_bytes(), operation.name(), at_ms, key, content, files];
    let mut query = connection.prepare_cached(sql)?;
    let rows = query.query_map(values, |row| Ok((event_of(row)?, row.get::<_, u32>("files")? > files)))?;
    let found = rows.collect::<Result<Vec<_>, _>>()?;
    let more = found.first().is_some_and(|(_, more)| *more);
    Ok((found.into_iter().map(|(event, _)| event).collect(), more))
}

fn event_of(row: &Row<'_>) -> rusqlite::Result<AuditEvent> {
    Ok(AuditEvent {
        number: row.get("number")?,
        at_ms: row.get("at_ms")?,
        operation: named(row, "operation", parse_operation)?,
        user: optional_id(row, "user", UserId::from_random)?,
        organization: optional_id(row, "organization", OrganizationId::from_random)?,
        file: optional_id(row, "file", FileId::from_random)?,
        request: optional_id(row, "request", RequestId::from_random)?,
        grant: optional_id(row, "grant_id", GrantId::from_random)?,
        success: row.get("success")?,
        reported: row.get("reported")?,
        address: row.get("address")?,
        details: row.get("details")?,
    })
}

fn parse_operation(text: &str) -> Result<Operation, EncodingError> {
    Operation::ALL
        .iter()
        .copied()
        .find(|operation| operation.name() == text)
        .ok_or(EncodingError("operation"))
}
