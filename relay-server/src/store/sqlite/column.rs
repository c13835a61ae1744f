//! Columns to domain values and back.

use keyferry_protocol::{Bytes, Digest, EncodingError};
use rusqlite::ffi::{SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
use rusqlite::types::Type;
use rusqlite::{ErrorCode, Params, Row, Transaction};
use serde::de::DeserializeOwned;

use crate::store::error::{CommitError, Conflict, StoreError};

/// A column that holds something this program never wrote.
pub fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Blob, Box::new(error))
}

/// An id of 16 bytes.
pub fn id<T>(row: &Row<'_>, name: &str, make: fn([u8; 16]) -> T) -> rusqlite::Result<T> {
    row.get(name).map(make)
}

/// An id or NULL.
pub fn optional_id<T>(row: &Row<'_>, name: &str, make: fn([u8; 16]) -> T) -> rusqlite::Result<Option<T>> {
    row.get::<_, Option<[u8; 16]>>(name).map(|bytes| bytes.map(make))
}

/// A byte string.
pub fn bytes(row: &Row<'_>, name: &str) -> rusqlite::Result<Bytes> {
    row.get::<_, Vec<u8>>(name).map(Bytes)
}

/// 32 bytes.
pub fn digest(row: &Row<'_>, name: &str) -> rusqlite::Result<Digest> {
    row.get(name).map(Digest)
}

/// A name out of a closed list.
pub fn named<T>(
    row: &Row<'_>,
    name: &str,
    parse: fn(&str) -> Result<T, EncodingError>,
) -> rusqlite::Result<T> {
    parse(row.get_ref(name)?.as_str()?).map_err(unreadable)
}

/// A wire type, stored as JSON.
pub fn json<T: DeserializeOwned>(row: &Row<'_>, name: &str) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(name)?.as_str()?).map_err(unreadable)
}

/// A wire type as JSON.
pub fn to_json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Broken(error.to_string()))
}

/// Inserts a row. One with the same key is [`Conflict::Exists`], one about something that is not there [`Conflict::Gone`].
pub fn insert(transaction: &Transaction<'_>, sql: &str, values: impl Params) -> Result<(), CommitError> {
    match transaction.prepare_cached(sql).and_then(|mut statement| statement.execute(values)) {
        Ok(_) => Ok(()),
        Err(error) if breaks(&error, &[SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE]) => {
            Err(Conflict::Exists.into())
        }
        Err(error) if breaks(&error, &[SQLITE_CONSTRAINT_FOREIGNKEY]) => Err(Conflict::Gone.into()),
        Err(error) => Err(StoreError::from(error).into()),
    }
}

/// Changes exactly one row, or conflicts.
pub fn change_one(
    transaction: &Transaction<'_>,
    conflict: Conflict,
    sql: &str,
    values: impl Params,
) -> Result<(), CommitError> {
    let changed = transaction
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute(values))
        .map_err(StoreError::from)?;
    if changed == 1 { Ok(()) } else { Err(conflict.into()) }
}

fn breaks(error: &rusqlite::Error, constraints: &[i32]) -> bool {
    error.sqlite_error().is_some_and(|cause| {
        cause.code == ErrorCode::ConstraintViolation && constraints.contains(&cause.extended_code)
    })
}
