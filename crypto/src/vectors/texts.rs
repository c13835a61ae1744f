//! Passphrases, manifests, sealed boxes.

use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KdfParameters, Lock};
use keyferry_protocol::wire::sealed_box::SealedBox;
use keyferry_protocol::{Code, OwnerId, Suite};
use serde_json::{Value, json};

use super::input::{Failure, Inputs, hex};
use super::keys::decryption_key;
use crate::engine::Engine;
use crate::lock::{
    PasskeyId, UnlockError, lock_with_passkey, lock_with_recovery_code, unlock_with_passkey,
    unlock_with_recovery_code,
};
use crate::manifest::{Manifest, open_manifest, seal_manifest};
use crate::passkey::{lock_key, prf_salt};
use crate::passphrase::{derive_keys, normalize_email};
use crate::recovery::RecoveryCode;
use crate::sealed_box::{open_box, seal_box};
use crate::secret::{Dek, Secret};

pub(super) async fn passphrase<E: Engine>(engine: &E, inputs: &Inputs<'_>) -> Result<Value, Failure> {
    let kdf = KdfParameters { iterations: inputs.small("iterations")?, salt: inputs.bytes("salt")?.into() };
    let email = inputs.text("email")?;
    let keys = derive_keys(engine, email, inputs.text("passphrase")?, &kdf)
        .await
        .map_err(|error| Failure::of(error.code(), error))?;
    // Vectors are public: exposing their keys is what they are for.
    Ok(json!({
        "email": normalize_email(engine, email),
        "login_key": hex(keys.login.expose()),
        "lock_key": hex(keys.lock.expose()),
    }))
}

pub(super) async fn recovery<E: Engine>(engine: &E, inputs: &Inputs<'_>) -> Result<Value, Failure> {
    let code = RecoveryCode::parse(inputs.text("words")?)
        .ok_or_else(|| Failure::of(Some(Code::ValueInvalid), "no recovery code"))?;
    let keys = code.keys(engine, inputs.text("email")?);
    let owner = OwnerId::User(inputs.user()?);
    let lock = Lock::Recovery {
        nonce: inputs.bytes("nonce")?.into(),
        ciphertext: inputs.bytes("ciphertext")?.into(),
    };
    let mut bundle = bundle(inputs, lock)?;
    let bundle_key = unlock_with_recovery_code(engine, owner, &bundle, &keys.lock).await.map_err(failed)?;
    bundle.locks = vec![lock_with_recovery_code(engine, owner, &bundle, &keys.lock, &bundle_key).await?];
    let again = unlock_with_recovery_code(engine, owner, &bundle, &keys.lock).await.map_err(failed)?;
    if !again.matches(&bundle_key) {
        return Err(Failure::Broken("a lock made again gives another key".into()));
    }
    // Vectors are public: exposing their keys is what they are for.
    Ok(json!({
        "login_key": hex(keys.login.expose()),
        "lock_key": hex(keys.lock.expose()),
        "bundle_key": hex(bundle_key.expose()),
    }))
}

pub(super) async fn passkey<E: Engine>(engine: &E, inputs: &Inputs<'_>) -> Result<Value, Failure> {
    let (rp_id, key) = (inputs.text("rp_id")?, lock_key(&Secret::take(&mut inputs.array("prf")?)));
    let owner = OwnerId::User(inputs.user()?);
    let credential = inputs.bytes("credential")?.into();
    let id = PasskeyId { rp_id, credential: &credential };
    let lock = Lock::Passkey {
        rp_id: rp_id.into(),
        credential: credential.clone(),
        nonce: inputs.bytes("nonce")?.into(),
        ciphertext: inputs.bytes("ciphertext")?.into(),
    };
    let mut bundle = bundle(inputs, lock)?;
    let bundle_key = unlock_with_passkey(engine, owner, &bundle, id, &key).await.map_err(failed)?;
    bundle.locks = vec![lock_with_passkey(engine, owner, &bundle, id, &key, &bundle_key).await?];
    let again = unlock_with_passkey(engine, owner, &bundle, id, &key).await.map_err(failed)?;
    if !again.matches(&bundle_key) {
        return Err(Failure::Broken("a lock made again gives another key".into()));
    }
    // Vectors are public: exposing their keys is what they are for.
    Ok(json!({
        "prf_salt": hex(&prf_salt(rp_id)),
        "lock_key": hex(key.expose()),
        "bundle_key": hex(bundle_key.expose()),
    }))
}

/// A person's bundle with that lock alone.
fn bundle(inputs: &Inputs<'_>, lock: Lock) -> Result<Bundle, Failure> {
    Ok(Bundle {
        kind: BundleKind::Identity,
        suite: Suite::default(),
        version: inputs.small("version")?,
        keys: Vec::new(),
        locks: vec![lock],
    })
}

fn failed(error: UnlockError) -> Failure {
    Failure::of(error.code(), error)
}

pub(super) async fn manifest<E: Engine>(engine: &E, inputs: &Inputs<'_>) -> Result<Value, Failure> {
    let dek = Dek::take(&mut inputs.array("dek")?);
    let (organization, file, version) = (inputs.organization()?, inputs.file()?, inputs.small("version")?);
    let sealed = inputs.bytes("sealed")?;
    let open = async |sealed: &[u8]| -> Result<Manifest, Failure> {
        open_manifest(engine, &dek, organization, file, version, sealed)
            .await
            .map_err(|error| Failure::of(error.code(), error))
    };
    let manifest = open(&sealed).await?;
    let again = seal_manifest(engine, &dek, organization, file, version, &manifest).await?;
    if open(&again).await? != manifest {
        return Err(Failure::Broken("a manifest sealed again opens as another".into()));
    }
    Ok(json!({
        "name": manifest.name,
        "media_type": manifest.media_type,
        "plaintext_bytes": manifest.plaintext_bytes,
        "modified_at_ms": manifest.modified_at_ms,
        "sha256": manifest.sha256.to_string(),
        "label": manifest.label,
    }))
}

pub(super) async fn sealed_box<E: Engine>(engine: &E, inputs: &Inputs<'_>) -> Result<Value, Failure> {
    let key = decryption_key(engine, inputs).await?;
    let scope = inputs.reason_scope()?;
    let sealed = SealedBox {
        suite: key.public.suite,
        recipient_key: key.public.id(),
        wrapped: inputs.bytes("wrapped")?.into(),
        nonce: inputs.bytes("nonce")?.into(),
        ciphertext: inputs.bytes("ciphertext")?.into(),
    };
    let open = async |sealed: &SealedBox| {
        open_box(engine, &key, scope, sealed).await.map_err(|error| Failure::of(error.code(), error))
    };
    let text = open(&sealed).await?;
    let again = seal_box(engine, &key.public, scope, &text)
        .await
        .map_err(|error| Failure::of(error.code(), error))?;
    if open(&again).await? != text {
        return Err(Failure::Broken("a text sealed again opens as another".into()));
    }
    Ok(json!({ "text": hex(&text) }))
}
