//! Whether every store does its work.

use std::time::Duration;

use keyferry_protocol::Code;

use super::ServiceError;
use crate::state::State;
use crate::store::StoreError;

/// A store that takes longer does not answer: an operator's probe waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks every store, all at once.
///
/// # Errors
/// [`ServiceError::NotReady`], which names the stores that are down; the log says why.
pub async fn check(state: &State) -> Result<(), ServiceError> {
    let (registry, private_keys, content) = tokio::join!(
        in_time(state.registry.ready()),
        in_time(state.private_keys.ready()),
        in_time(state.uploads.content().ready()),
    );
    let answers = [("registry", registry), ("private_keys", private_keys), ("content", content)];
    let down: Vec<_> =
        answers.into_iter().filter_map(|(store, answer)| Some((store, answer.err()?))).collect();
    for (store, cause) in &down {
        tracing::warn!(store, %cause, "not ready");
    }
    if down.is_empty() {
        return Ok(());
    }
    let all_full = down.iter().all(|(_, cause)| matches!(cause, StoreError::Full));
    let code = if all_full { Code::StorageFull } else { Code::StoreUnavailable };
    Err(ServiceError::NotReady { code, down: down.into_iter().map(|(store, _)| store).collect() })
}

async fn in_time(answer: impl Future<Output = Result<(), StoreError>>) -> Result<(), StoreError> {
    let late = || StoreError::Unavailable(format!("no answer in {} s", PATIENCE.as_secs()));
    tokio::time::timeout(PATIENCE, answer).await.unwrap_or_else(|_| Err(late()))
}
