//! The relay's clock, read at the edge and handed down.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970.
#[must_use]
pub fn now_ms() -> u64 {
    // A clock before 1970 or beyond the year 584,942,417 is broken; zero expires nothing and grants nothing new.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
}
