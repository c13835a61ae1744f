//! Signing statements. Verifying is public business: `keyferry_protocol::Verified`.

use keyferry_protocol::statement::Unsigned;

use crate::engine::{Engine, EngineError};
use crate::key::SigningKey;

/// Signs a statement: its COSE_Sign1 bytes (RFC 9052 §4.2).
///
/// # Errors
/// [`EngineError::Refused`] when the statement names another issuer than the key's owner.
pub async fn sign_statement<E: Engine>(
    engine: &E,
    key: &SigningKey<E>,
    statement: &Unsigned,
) -> Result<Vec<u8>, EngineError> {
    if statement.issuer != key.owner {
        return Err(EngineError::Refused);
    }
    let signer = key.public.fingerprint(key.owner);
    let signature = engine.sign(&key.handle, &statement.signing_input(signer)).await?;
    Ok(statement.signed(signer, &signature))
}
