//! SQLite adapters.

mod access;
mod accounts;
mod column;
mod database;
mod events;
mod files;
mod organizations;
mod registry;
mod rekey;
mod rotations;
mod uploads;

pub use database::Database;
pub use registry::SqliteRegistry;
