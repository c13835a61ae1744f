//! Wraps, public keys, bundles with their locks, statements.

use keyferry_protocol::statement::KeyCertificate;
use keyferry_protocol::wire::bundle::{Bundle, Lock};
use keyferry_protocol::{ChainHead, Digest, EncryptionKey, IdentityKey, OwnerId, Statement};
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::input::{Failure, Inputs, hex};
use crate::engine::{Engine, SealedPrivateKey};
use crate::key::{DecryptionKey, SigningKey};
use crate::lock::{
    lock_for_member, lock_with_passphrase, lock_with_recovery_code, unlock_as_member, unlock_with_passphrase,
};
use crate::secret::{Dek, LockKey, Secret};
use crate::sign::sign_statement;
use crate::wrap::{unwrap_dek, wrap_dek};

/// The decryption key that a vector seals, opened by the engine under test.
pub(super) async fn decryption_key<E: Engine>(
    engine: &E,
    inputs: &Inputs<'_>,
) -> Result<DecryptionKey<E>, Failure> {
    let suite = inputs.suite()?;
    let (key, aad, sealed) = sealed_private_key(inputs)?;
    let handle = engine.open_decryption_key(suite, &key, &aad, &sealed).await?;
    Ok(DecryptionKey { public: public(inputs)?, handle })
}

pub(super) async fn wrap<E: Engine>(engine: &E, inputs: &Inputs<'_>) -> Result<Value, Failure> {
    let key = decryption_key(engine, inputs).await?;
    let (organization, file, version) = (inputs.organization()?, inputs.file()?, inputs.small("version")?);
    let unwrap = async |wrapped: &[u8]| -> Result<Dek, Failure> {
        unwrap_dek(engine, &key, organization, file, version, wrapped)
            .await
            .map_err(|error| Failure::of(error.code(), error))
    };
    let dek = unwrap(&inputs.bytes("wrapped")?).await?;
    let again = wrap_dek(engine, &key.public, organization, file, version, &dek)
        .await
        .map_err(|error| Failure::of(error.code(), error))?;
    if !unwrap(&again).await?.matches(&dek) {
        return Err(Failure::Broken("a key wrapped again opens as another".into()));
    }
    // Vectors are public: exposing their keys is what they are for.
    Ok(json!({ "dek": hex(dek.expose()) }))
}

pub(super) async fn public_key<E: Engine>(engine: &E, inputs: &Inputs<'_>) -> Result<Value, Failure> {
    let dek = Dek::generate(engine)?;
    let id = [7; 16];
    let (organization, file) =
        (keyferry_protocol::OrganizationId::from_random(id), keyferry_protocol::FileId::from_random(id));
    let wrapped = wrap_dek(engine, &public(inputs)?, organization, file, 1, &dek)
        .await
        .map_err(|error| Failure::of(error.code(), error))?;
    if wrapped.len() != inputs.suite()?.wrapped_bytes() {
        return Err(Failure::Broken(format!("a wrap of {} bytes", wrapped.len())));
    }
    Ok(json!({}))
}

pub(super) async fn bundle<E: Engine>(engine: &E, inputs: &Inputs<'_>) -> Result<Value, Failure> {
    let user = inputs.user()?;
    let owner = OwnerId::User(user);
    let mut bundle =
        Bundle::deserialize(inputs.value("bundle")?).map_err(|error| Failure::Broken(error.to_string()))?;
    let lock_key = LockKey(Secret::take(&mut inputs.array("lock_key")?));
    let failed = |error: crate::lock::UnlockError| Failure::of(error.code(), error);

    let bundle_key = unlock_with_passphrase(engine, owner, &bundle, &lock_key).await.map_err(failed)?;
    let keys = crate::bundle::open(engine, owner, &bundle, &bundle_key).await.map_err(failed)?;
    let encryption = keys.encryption.ok_or_else(|| Failure::Broken("no encryption key".into()))?;
    let as_member = unlock_as_member(engine, owner, &bundle, user, &encryption).await.map_err(failed)?;

    // Both locks again, made by this engine.
    for lock in &mut bundle.locks.clone() {
        match lock {
            Lock::Passphrase { kdf, .. } => {
                *lock =
                    lock_with_passphrase(engine, owner, &bundle, kdf.clone(), &lock_key, &bundle_key).await?;
            }
            Lock::Recovery { .. } => {
                *lock = lock_with_recovery_code(engine, owner, &bundle, &lock_key, &bundle_key).await?;
            }
            Lock::Passkey { .. } => {
                return Err(Failure::Broken("passkeys have vectors of their own".into()));
            }
            Lock::Member { wrapped, .. } => {
                let again = lock_for_member(engine, owner, &bundle, &encryption.public, &bundle_key).await;
                *wrapped = again.map_err(|error| Failure::of(error.code(), error))?.into();
            }
        }
        bundle.locks.rotate_left(1);
        bundle.locks.pop();
        bundle.locks.push(lock.clone());
    }
    let again = unlock_with_passphrase(engine, owner, &bundle, &lock_key).await.map_err(failed)?;
    let again_as_member =
        unlock_as_member(engine, owner, &bundle, user, &encryption).await.map_err(failed)?;
    if ![as_member, again, again_as_member].iter().all(|other| other.matches(&bundle_key)) {
        return Err(Failure::Broken("locks give different bundle keys".into()));
    }
    // Vectors are public: exposing their keys is what they are for.
    Ok(json!({ "bundle_key": hex(bundle_key.expose()) }))
}

pub(super) async fn statement<E: Engine>(engine: &E, inputs: &Inputs<'_>) -> Result<Value, Failure> {
    let owner = OwnerId::User(inputs.user()?);
    let (key, aad, sealed) = sealed_private_key(inputs)?;
    let handle = engine.open_signing_key(&key, &aad, &sealed).await?;
    let public = IdentityKey::parse(&inputs.bytes("public_key")?)
        .map_err(|error| Failure::Broken(error.to_string()))?;
    let head =
        ChainHead { sequence: inputs.number("sequence")? - 1, hash: Digest(inputs.array("previous")?) };
    let body = KeyCertificate {
        suite: inputs.suite()?,
        public_key: inputs.bytes("encryption_key")?.into(),
        version: inputs.small("version")?,
    };
    let statement = Statement::following(head, owner, inputs.number("issued_at_ms")?, body);
    let signed = sign_statement(engine, &SigningKey { owner, public, handle }, &statement.unsigned()).await?;
    Ok(json!({ "statement": hex(&signed) }))
}

fn public(inputs: &Inputs<'_>) -> Result<EncryptionKey, Failure> {
    Ok(EncryptionKey { suite: inputs.suite()?, public_key: inputs.bytes("public_key")?.into() })
}

fn sealed_private_key(inputs: &Inputs<'_>) -> Result<(Secret<32>, Vec<u8>, SealedPrivateKey), Failure> {
    let key = Secret::take(&mut inputs.array("seal_key")?);
    let nonce = inputs.array("seal_nonce")?;
    let sealed = SealedPrivateKey { nonce, ciphertext: inputs.bytes("sealed_private_key")? };
    Ok((key, inputs.bytes("seal_aad")?, sealed))
}
