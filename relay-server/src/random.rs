//! Random bytes from the operating system.

use crate::store::StoreError;

/// `N` random bytes.
///
/// # Errors
/// [`StoreError::Unavailable`] when the operating system gives none.
pub fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    Ok(bytes)
}
