//! Rate limits per key: an address, an account, an e-mail.

use std::hash::Hash;
use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::ServiceError;

const PRUNE_ABOVE: usize = 50_000;

/// So many a minute per key, with a burst of one minute's worth.
pub struct RateLimit<K: Hash + Eq + Clone>(DefaultKeyedRateLimiter<K>);

impl<K: Hash + Eq + Clone> RateLimit<K> {
    /// At most `count` a minute; zero counts as one.
    #[must_use]
    pub fn per_minute(count: u32) -> Self {
        RateLimit(RateLimiter::keyed(Quota::per_minute(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN))))
    }

    /// Takes one for `key`.
    ///
    /// # Errors
    /// [`ServiceError::RateLimited`] when none is left.
    pub fn take(&self, key: &K) -> Result<(), ServiceError> {
        if self.0.len() > PRUNE_ABOVE {
            self.0.retain_recent();
        }
        self.0.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            ServiceError::RateLimited { retry_after_s: wait.as_secs() + 1 }
        })
    }
}
