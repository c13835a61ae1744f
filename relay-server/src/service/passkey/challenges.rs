//! Challenges that were given out and not answered yet. In memory alone: a restart costs who is just logging in one more try.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long a challenge is good.
const LIFE_MS: u64 = 5 * 60_000;
/// When there are more, the oldest goes: a flood costs memory of a few mebibytes and no more.
const MOST: usize = 65_536;

/// Challenges, each good for one answer.
#[derive(Default)]
pub struct Challenges(Mutex<Open>);

#[derive(Default)]
struct Open {
    /// Until when each is good.
    until_ms: HashMap<[u8; 32], u64>,
    /// In the order they were given, answered ones too.
    order: VecDeque<[u8; 32]>,
}

impl Challenges {
    /// Remembers a challenge that was given at `now_ms`.
    pub fn give(&self, challenge: [u8; 32], now_ms: u64) {
        let mut open = self.lock();
        while let Some(oldest) = open.order.front().copied() {
            let over = open.until_ms.get(&oldest).is_none_or(|until_ms| *until_ms <= now_ms);
            if !over && open.order.len() < MOST {
                break;
            }
            open.order.pop_front();
            open.until_ms.remove(&oldest);
        }
        open.order.push_back(challenge);
        open.until_ms.insert(challenge, now_ms.saturating_add(LIFE_MS));
    }

    /// Whether this challenge was given and is good still; from now on it is not.
    pub fn take(&self, challenge: &[u8], now_ms: u64) -> bool {
        self.lock().until_ms.remove(challenge).is_some_and(|until_ms| now_ms < until_ms)
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // A holder that panicked left at worst a challenge that nobody can answer.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_good_once_and_not_for_long() {
        let challenges = Challenges::default();
        challenges.give([1; 32], 1000);
        challenges.give([2; 32], 1000);
        assert!(!challenges.take(&[3; 32], 1000), "never given");
        assert!(!challenges.take(&[1; 31], 1000), "another length");
        assert!(challenges.take(&[1; 32], 1000));
        assert!(!challenges.take(&[1; 32], 1000), "taken before");
        assert!(!challenges.take(&[2; 32], 1000 + LIFE_MS), "too old");
    }

    #[test]
    fn the_number_of_open_challenges_is_bounded() {
        let challenges = Challenges::default();
        let numbered = |number: usize| {
            let mut challenge = [0; 32];
            challenge[..8].copy_from_slice(&number.to_le_bytes());
            challenge
        };
        (0..=MOST).for_each(|number| challenges.give(numbered(number), 0));
        assert!(!challenges.take(&numbered(0), 0), "the oldest went");
        assert!(challenges.take(&numbered(1), 0));
        assert_eq!(challenges.lock().order.len(), MOST);
        challenges.give([9; 32], LIFE_MS);
        assert_eq!(challenges.lock().order.len(), 1, "what is over goes with the next");
    }
}
