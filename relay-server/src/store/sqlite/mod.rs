//! SQLite adapters.

mod database;

pub use database::Database;
