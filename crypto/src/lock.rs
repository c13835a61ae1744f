//! Locks: the bundle key, sealed once per way to open the bundle (key slots, as in LUKS).

use keyferry_protocol::context::{
    WrapScope, passkey_lock_context, passphrase_lock_context, recovery_lock_context,
};
use keyferry_protocol::wire::bundle::{Bundle, KdfParameters, Lock};
use keyferry_protocol::{Bytes, Code, EncryptionKey, OwnerId, UserId};

use crate::engine::{Engine, EngineError};
use crate::key::DecryptionKey;
use crate::secret::{BundleKey, LockKey, Secret};
use crate::wrap::{UnwrapError, WrapError, unwrap_key, wrap_key};

/// Why a bundle does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnlockError {
    /// A lock or a sealed private key does not open, whatever is wrong with it.
    #[error("the key bundle does not open")]
    Failed,
    /// A private key opened, and is not the one of the public key beside it.
    #[error("the served public key does not belong to the private key")]
    KeypairMismatch,
    /// The engine failed.
    #[error(transparent)]
    Engine(EngineError),
}

impl UnlockError {
    /// The stable code; `None` where the platform is at fault.
    #[must_use]
    pub const fn code(self) -> Option<Code> {
        match self {
            Self::Failed => Some(Code::UnlockFailed),
            Self::KeypairMismatch => Some(Code::KeypairMismatch),
            Self::Engine(_) => None,
        }
    }
}

impl From<EngineError> for UnlockError {
    fn from(error: EngineError) -> Self {
        if error == EngineError::Refused { Self::Failed } else { Self::Engine(error) }
    }
}

impl From<UnwrapError> for UnlockError {
    fn from(error: UnwrapError) -> Self {
        match error {
            UnwrapError::Failed => Self::Failed,
            UnwrapError::Engine(error) => Self::Engine(error),
        }
    }
}

/// Locks a bundle with a passphrase's lock key. `kdf` are the parameters the lock key was derived with.
///
/// # Errors
/// [`EngineError::Refused`] for a salt that is not 16 bytes.
pub fn lock_with_passphrase<E: Engine>(
    engine: &E,
    owner: OwnerId,
    bundle: &Bundle,
    kdf: KdfParameters,
    lock_key: &LockKey,
    bundle_key: &BundleKey,
) -> impl Future<Output = Result<Lock, EngineError>> {
    let empty = Lock::Passphrase { kdf, nonce: Bytes::default(), ciphertext: Bytes::default() };
    seal(engine, owner, bundle.version, empty, lock_key, bundle_key)
}

/// Opens the passphrase lock of a bundle.
///
/// # Errors
/// [`UnlockError::Failed`] for a wrong key, a changed lock, or none.
pub fn unlock_with_passphrase<E: Engine>(
    engine: &E,
    owner: OwnerId,
    bundle: &Bundle,
    lock_key: &LockKey,
) -> impl Future<Output = Result<BundleKey, UnlockError>> {
    let lock = bundle.locks.iter().find(|lock| matches!(lock, Lock::Passphrase { .. }));
    open(engine, owner, bundle.version, lock, lock_key)
}

/// Locks a bundle with a recovery code's lock key.
///
/// # Errors
/// [`EngineError`].
pub fn lock_with_recovery_code<E: Engine>(
    engine: &E,
    owner: OwnerId,
    bundle: &Bundle,
    lock_key: &LockKey,
    bundle_key: &BundleKey,
) -> impl Future<Output = Result<Lock, EngineError>> {
    let empty = Lock::Recovery { nonce: Bytes::default(), ciphertext: Bytes::default() };
    seal(engine, owner, bundle.version, empty, lock_key, bundle_key)
}

/// Opens the recovery lock of a bundle.
///
/// # Errors
/// [`UnlockError::Failed`] for a wrong key, a changed lock, or none.
pub fn unlock_with_recovery_code<E: Engine>(
    engine: &E,
    owner: OwnerId,
    bundle: &Bundle,
    lock_key: &LockKey,
) -> impl Future<Output = Result<BundleKey, UnlockError>> {
    let lock = bundle.locks.iter().find(|lock| matches!(lock, Lock::Recovery { .. }));
    open(engine, owner, bundle.version, lock, lock_key)
}

/// A passkey, as its lock names it.
#[derive(Clone, Copy)]
pub struct PasskeyId<'a> {
    /// The RP id it is scoped to.
    pub rp_id: &'a str,
    /// Its credential id.
    pub credential: &'a Bytes,
}

/// Locks a bundle with a passkey's lock key.
///
/// # Errors
/// [`EngineError`].
pub fn lock_with_passkey<E: Engine>(
    engine: &E,
    owner: OwnerId,
    bundle: &Bundle,
    passkey: PasskeyId<'_>,
    lock_key: &LockKey,
    bundle_key: &BundleKey,
) -> impl Future<Output = Result<Lock, EngineError>> {
    let (rp_id, credential) = (passkey.rp_id.into(), passkey.credential.clone());
    let empty = Lock::Passkey { rp_id, credential, nonce: Bytes::default(), ciphertext: Bytes::default() };
    seal(engine, owner, bundle.version, empty, lock_key, bundle_key)
}

/// Opens a passkey's lock of a bundle.
///
/// # Errors
/// [`UnlockError::Failed`] for a wrong key, a changed lock, or none for this passkey.
pub fn unlock_with_passkey<E: Engine>(
    engine: &E,
    owner: OwnerId,
    bundle: &Bundle,
    passkey: PasskeyId<'_>,
    lock_key: &LockKey,
) -> impl Future<Output = Result<BundleKey, UnlockError>> {
    let lock = bundle.locks.iter().find(|lock| match lock {
        Lock::Passkey { rp_id, credential, .. } => {
            (rp_id.as_str(), credential) == (passkey.rp_id, passkey.credential)
        }
        _ => false,
    });
    open(engine, owner, bundle.version, lock, lock_key)
}

/// Fills a lock in: AES-256-GCM, a fresh random nonce.
async fn seal<E: Engine>(
    engine: &E,
    owner: OwnerId,
    version: u32,
    mut lock: Lock,
    lock_key: &LockKey,
    bundle_key: &BundleKey,
) -> Result<Lock, EngineError> {
    let aad = additional_data(owner, version, &lock)?;
    let mut fresh = [0; 12];
    engine.fill_random(&mut fresh)?;
    // The bundle key is what is being locked: it leaves only encrypted.
    let sealed = engine.aes_gcm_seal(&lock_key.0, &fresh, &aad, bundle_key.expose()).await?;
    if let Lock::Passphrase { nonce, ciphertext, .. }
    | Lock::Recovery { nonce, ciphertext }
    | Lock::Passkey { nonce, ciphertext, .. } = &mut lock
    {
        (*nonce, *ciphertext) = (fresh.to_vec().into(), sealed.into());
    }
    Ok(lock)
}

async fn open<E: Engine>(
    engine: &E,
    owner: OwnerId,
    version: u32,
    lock: Option<&Lock>,
    lock_key: &LockKey,
) -> Result<BundleKey, UnlockError> {
    let lock = lock.ok_or(UnlockError::Failed)?;
    let (Lock::Passphrase { nonce, ciphertext, .. }
    | Lock::Recovery { nonce, ciphertext }
    | Lock::Passkey { nonce, ciphertext, .. }) = lock
    else {
        return Err(UnlockError::Failed);
    };
    let aad = additional_data(owner, version, lock)?;
    let nonce: [u8; 12] = nonce.0.as_slice().try_into().map_err(|_| UnlockError::Failed)?;
    let opened = engine.aes_gcm_open(&lock_key.0, &nonce, &aad, &ciphertext.0).await?;
    Secret::from_slice(&opened).map(BundleKey).ok_or(UnlockError::Failed)
}

/// What a lock is bound to. A member's is a wrap, and none of these.
fn additional_data(owner: OwnerId, version: u32, lock: &Lock) -> Result<Vec<u8>, EngineError> {
    Ok(match lock {
        Lock::Passphrase { kdf, .. } => {
            let salt = kdf.salt.0.as_slice().try_into().map_err(|_| EngineError::Refused)?;
            passphrase_lock_context(owner, version, kdf.iterations, salt)
        }
        Lock::Recovery { .. } => recovery_lock_context(owner, version),
        Lock::Passkey { rp_id, credential, .. } => passkey_lock_context(owner, version, rp_id, &credential.0),
        Lock::Member { .. } => return Err(EngineError::Refused),
    })
}

/// Wraps the bundle key to a member's encryption key. The caller has verified the member's fingerprint, and signs the
/// wrap statement that makes a [`Lock::Member`] of it; its scope is [`member_lock_scope`].
///
/// # Errors
/// [`WrapError::KeyInvalid`] for a key no honest person has.
pub async fn lock_for_member<E: Engine>(
    engine: &E,
    owner: OwnerId,
    bundle: &Bundle,
    member: &EncryptionKey,
    bundle_key: &BundleKey,
) -> Result<Vec<u8>, WrapError> {
    wrap_key(engine, member, member_lock_scope(owner, bundle), &bundle_key.0).await
}

/// Opens a member's lock of a bundle. The caller has verified its wrap statement.
///
/// # Errors
/// [`UnlockError::Failed`] for a lock made for another bundle or key, or none for this member.
pub async fn unlock_as_member<E: Engine>(
    engine: &E,
    owner: OwnerId,
    bundle: &Bundle,
    member: UserId,
    key: &DecryptionKey<E>,
) -> Result<BundleKey, UnlockError> {
    let key_id = key.public.id();
    for lock in &bundle.locks {
        match lock {
            Lock::Member { user, recipient_key, wrapped, .. }
                if *user == member && *recipient_key == key_id =>
            {
                let opened = unwrap_key(engine, key, member_lock_scope(owner, bundle), &wrapped.0).await?;
                return Ok(BundleKey(opened));
            }
            _ => {}
        }
    }
    Err(UnlockError::Failed)
}

/// What a member lock's wrap is bound to.
#[must_use]
pub fn member_lock_scope(owner: OwnerId, bundle: &Bundle) -> WrapScope {
    WrapScope::Lock { owner, bundle: bundle.kind, version: bundle.version }
}
