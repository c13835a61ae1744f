//! SQLite adapters.

mod access;
mod accounts;
mod column;
mod database;
mod erasure;
mod events;
mod files;
mod organizations;
mod passkeys;
mod registry;
mod rekey;
mod rotation_due;
mod rotations;
#[cfg(test)]
mod tests;
mod uploads;

pub use database::Database;
pub use registry::SqliteRegistry;
