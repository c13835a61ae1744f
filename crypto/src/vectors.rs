//! Runs the shared vectors (`tests/vectors/*.json`) over any engine: natively, in Node and in browsers the same files
//! and the same code. Only test builds enable this.

mod content;
mod input;
mod keys;
mod texts;
mod verification;

use serde::Deserialize;
use serde_json::Value;

use crate::engine::{Engine, EngineError};
use crate::{LockKey, Secret};
use input::{Failure, Inputs};

/// One vector: what goes in, and what must come out or which error must.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    kind: String,
    name: String,
    inputs: Value,
    expected: Option<Value>,
    must_fail: Option<String>,
}

/// Runs every vector of one file and says how many there were.
///
/// # Errors
/// A sentence that names the first vector that fails and how.
pub async fn run<E: Engine>(engine: &E, json: &str) -> Result<usize, String> {
    let vectors: Vec<Vector> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    for vector in &vectors {
        let outcome = outcome(engine, &vector.kind, &Inputs(&vector.inputs)).await;
        check(vector, outcome).map_err(|said| format!("{} vector «{}»: {said}", vector.kind, vector.name))?;
    }
    Ok(vectors.len())
}

/// What the KEM of [`crate::wrap`]'s HPKE gives for one side's private and the other's public key (RFC 9180 §4.1).
///
/// # Errors
/// As [`Engine::x25519`].
pub async fn hpke_shared_secret<E: Engine>(
    engine: &E,
    private_key: &E::DecryptionKey,
    public_key: &[u8; 32],
    enc: &[u8; 32],
    recipient: &[u8; 32],
) -> Result<Secret<32>, EngineError> {
    crate::hpke::agree(engine, private_key, public_key, enc, recipient).await
}

/// Key and base nonce that its key schedule makes of that secret (RFC 9180 §5.1). RFC vectors have an AAD, and messages
/// after the first; ours have neither.
#[must_use]
pub fn hpke_message_key(shared_secret: &Secret<32>, info: &[u8]) -> (Secret<32>, [u8; 12]) {
    crate::hpke::message_key(shared_secret, info)
}

/// The lock key of a vector. Everywhere else one comes of a passphrase.
#[must_use]
pub fn lock_key(bytes: &mut [u8; 32]) -> LockKey {
    LockKey(Secret::take(bytes))
}

async fn outcome<E: Engine>(engine: &E, kind: &str, inputs: &Inputs<'_>) -> Result<Value, Failure> {
    match kind {
        "passphrase" => texts::passphrase(engine, inputs).await,
        "recovery" => texts::recovery(engine, inputs).await,
        "passkey" => texts::passkey(engine, inputs).await,
        "manifest" => texts::manifest(engine, inputs).await,
        "sealed_box" => texts::sealed_box(engine, inputs).await,
        "content" => content::content(engine, inputs).await,
        "wrap" => keys::wrap(engine, inputs).await,
        "public_key" => keys::public_key(engine, inputs).await,
        "bundle" => keys::bundle(engine, inputs).await,
        "statement" => keys::statement(engine, inputs).await,
        "verification" => verification::verification(inputs),
        other => Err(Failure::Broken(format!("unknown kind {other}"))),
    }
}

fn check(vector: &Vector, outcome: Result<Value, Failure>) -> Result<(), String> {
    match (outcome, &vector.expected, &vector.must_fail) {
        (Ok(found), Some(expected), None) if found == *expected => Ok(()),
        (Ok(found), Some(expected), None) => Err(format!("gave {found} and not {expected}")),
        (Err(Failure::Code(code)), None, Some(expected)) if code.name() == expected => Ok(()),
        (Ok(_), None, Some(expected)) => Err(format!("passed and must fail with {expected}")),
        (Err(failure), _, _) => Err(format!("failed with {failure}")),
        (Ok(_), _, _) => Err("has neither or both of expected and must_fail".into()),
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Failure::Broken(error.to_string())
    }
}
