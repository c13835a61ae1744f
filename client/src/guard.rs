//! An end to silent retries: after a number of failures in a row, nothing is tried for a while.

use std::cell::Cell;

use keyferry_protocol::Code;

use crate::error::ClientError;

/// Failures in a row that are let through.
const MAX_FAILURES: u32 = 20;
/// How long it stays locked after the last failure, in milliseconds.
const LOCKED_MS: u64 = 60_000;

/// Counts failed openings. An opener that answers for ever would be an oracle.
#[derive(Default)]
pub(crate) struct Guard {
    failures: Cell<u32>,
    last_ms: Cell<u64>,
}

impl Guard {
    /// Refuses while locked.
    ///
    /// # Errors
    /// `locked`, with the time to wait.
    pub fn check(&self, now_ms: u64) -> Result<(), ClientError> {
        let until_ms = self.last_ms.get().saturating_add(LOCKED_MS);
        if self.failures.get() < MAX_FAILURES || now_ms >= until_ms {
            return Ok(());
        }
        let mut error = ClientError::new(Code::Locked, "too many failures in a row; wait a minute");
        error.retry_after_ms = Some(until_ms - now_ms);
        Err(error)
    }

    /// Counts how an opening ended, and hands it on.
    pub fn count<T>(&self, now_ms: u64, result: Result<T, ClientError>) -> Result<T, ClientError> {
        match &result {
            Ok(_) => self.failures.set(0),
            Err(error) if is_opening_failure(error.code) => {
                self.failures.set(self.failures.get().saturating_add(1));
                self.last_ms.set(now_ms);
            }
            Err(_) => {}
        }
        result
    }
}

fn is_opening_failure(code: Code) -> bool {
    matches!(
        code,
        Code::UnlockFailed
            | Code::KeypairMismatch
            | Code::CommitmentMismatch
            | Code::ContentCorrupt
            | Code::ContextMismatch
            | Code::LoginFailed
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_end_and_begin_again_later() {
        let guard = Guard::default();
        for _ in 0..MAX_FAILURES {
            guard.check(1000).unwrap();
            let failed: Result<(), _> = Err(ClientError::new(Code::UnlockFailed, ""));
            guard.count(1000, failed).unwrap_err();
        }
        let locked = guard.check(2000).unwrap_err();
        assert_eq!((locked.code, locked.retry_after_ms), (Code::Locked, Some(LOCKED_MS - 1000)));
        guard.check(1000 + LOCKED_MS).unwrap();
        guard.count(0, Ok(())).unwrap();
        guard.check(2000).unwrap();
    }
}
