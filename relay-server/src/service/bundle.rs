//! Key bundles: what the relay can check of them, how they are stored and served.

use keyferry_protocol::context::WrapScope;
use keyferry_protocol::statement::KeyCertificate;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KeyField, Lock};
use keyferry_protocol::wire::sealed_box::SealedBox;
use keyferry_protocol::{EncryptionKey, OwnerId, UserId, Verified};

use super::chain::{ExpectedWrap, PersonalChain};
use super::view::dangling;
use super::{Caller, ServiceError};
use crate::random::random;
use crate::state::State;
use crate::store::record::AccountRecord;
use crate::store::{BundleDocument, Change, Commit, CommitError, Conflict, DocumentId};

/// AES-256-GCM nonces (NIST SP 800-38D §8.2.2).
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
/// A PKCS#8 RSA-4096 key has about 2,400 bytes.
const MAX_SEALED_KEY_BYTES: usize = 4096;

/// Checks what is visible of a new bundle: kind, version and which public keys it holds.
///
/// # Errors
/// `value_invalid`.
pub fn check_new(
    bundle: &Bundle,
    kind: BundleKind,
    version: u32,
    keys: &[(KeyField, &[u8])],
) -> Result<(), ServiceError> {
    if bundle.kind != kind || bundle.version != version || bundle.keys.len() != keys.len() {
        return Err(ServiceError::value(
            "A new bundle has the kind it is sent as, the next version from 1 and exactly its own keys.",
        ));
    }
    for (field, public_key) in keys {
        let key = bundle.key(*field).ok_or(ServiceError::value("A bundle lacks a key."))?;
        let sealed = key.ciphertext.0.len();
        if key.public_key.0 != *public_key {
            return Err(ServiceError::value("A bundle's public key is not the certified one."));
        }
        if key.nonce.0.len() != NONCE_BYTES || sealed <= TAG_BYTES || sealed > MAX_SEALED_KEY_BYTES {
            return Err(ServiceError::value("A sealed key has impossible lengths."));
        }
    }
    Ok(())
}

/// The current encryption key of an account, by its own certificate.
///
/// # Errors
/// A store that is inconsistent: the certificate was verified before it was stored.
pub fn encryption_key(account: &AccountRecord) -> Result<EncryptionKey, ServiceError> {
    let bytes = &account.key_certificate.0;
    Verified::<KeyCertificate>::check(bytes, account.user.into(), &account.identity_key)
        .map(|certificate| certificate.body().key())
        .map_err(|_| dangling("a valid key certificate"))
}

/// Accepts a member lock of `bundle` for `member`: the next statement of `signer`'s chain vouches for it.
///
/// # Errors
/// The statement's codes, `value_invalid` for a lock that is for somebody else.
pub fn accept_lock(
    chain: &mut PersonalChain,
    signer: &Caller,
    owner: OwnerId,
    bundle: &Bundle,
    lock: &Lock,
    member: &AccountRecord,
) -> Result<(), ServiceError> {
    let Lock::Member { user, recipient_key, wrapped, statement, signer: named } = lock else {
        return Err(ServiceError::value("An organization's bundle takes locks of kind `member` only."));
    };
    let key = encryption_key(member)?;
    if *user != member.user || *named != signer.user || *recipient_key != key.id() {
        return Err(ServiceError::value("A lock is for another person or key, or names another signer."));
    }
    if wrapped.0.len() != key.suite.wrapped_bytes() {
        return Err(ServiceError::value("A wrapped key has an impossible length."));
    }
    chain.accept_wrap(
        statement,
        &ExpectedWrap {
            scope: WrapScope::Lock { owner, bundle: bundle.kind, version: bundle.version },
            recipient: member.user.into(),
            recipient_key: key.id(),
            commitment: bundle.commitment(owner),
            wrapped,
            grant: None,
        },
    )
}

/// Writes `bundle` as a new document; the returned change makes it the one in force.
pub async fn store(
    state: &State,
    owner: OwnerId,
    bundle: Bundle,
    from: Option<DocumentId>,
    now_ms: u64,
) -> Result<Change, ServiceError> {
    check_locks(&bundle.locks)?;
    let kind = bundle.kind;
    let document = BundleDocument { id: DocumentId(random()?), owner, bundle, created_at_ms: now_ms };
    state.private_keys.put(&document).await?;
    Ok(Change::CurrentBundle { owner, kind, from, to: document.id })
}

/// The bundle in force with all its locks, and its document.
pub async fn load(
    state: &State,
    owner: OwnerId,
    kind: BundleKind,
) -> Result<(DocumentId, Bundle), ServiceError> {
    let id = state.registry.current_bundle(owner, kind).await?.ok_or_else(ServiceError::not_found)?;
    let document = state.private_keys.get(id).await?.ok_or_else(|| dangling("a bundle document"))?;
    if document.owner != owner || document.bundle.kind != kind {
        return Err(dangling("the right bundle document"));
    }
    Ok((id, document.bundle))
}

/// The bundle in force with the caller's own locks.
pub async fn serve(
    state: &State,
    caller: &Caller,
    owner: OwnerId,
    kind: BundleKind,
) -> Result<Bundle, ServiceError> {
    let mut last = None;
    loop {
        let id = state.registry.current_bundle(owner, kind).await?.ok_or_else(ServiceError::not_found)?;
        let served = state.private_keys.serve(id, caller.user).await?;
        match served {
            Some(bundle) => {
                count(state, id, caller.now_ms);
                return Ok(bundle);
            }
            // The same document as before has no lock for the caller; another one took its place in between.
            None if last == Some(id) => return Err(ServiceError::not_found()),
            None => last = Some(id),
        }
    }
}

/// Counts an access while the bundle is on its way: nobody waits for a counter that may lag.
pub fn count(state: &State, id: DocumentId, now_ms: u64) {
    let store = state.private_keys.clone();
    tokio::spawn(async move {
        if let Err(cause) = store.count(id, now_ms).await {
            tracing::warn!(%cause, "an access to a key bundle was not counted");
        }
    });
}

/// Commits changes of bundles in force, and removes the documents that nothing points to after that.
///
/// # Errors
/// As the registry's commit.
pub async fn commit(state: &State, commit: Commit) -> Result<(), ServiceError> {
    let (old, new): (Vec<_>, Vec<_>) = commit
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::CurrentBundle { from, to, .. } => Some((*from, Some(*to))),
            Change::DropBundle { from, .. } => Some((Some(*from), None)),
            _ => None,
        })
        .unzip();
    let result = state.registry.commit(commit).await;
    match &result {
        Ok(()) => forget(state, old.into_iter().flatten()).await,
        Err(CommitError::Conflict(_)) => forget(state, new.into_iter().flatten()).await,
        // Whether a failing store committed is not known: an orphan is harmless, a missing bundle is not.
        Err(CommitError::Store(_)) => {}
    }
    Ok(result?)
}

async fn forget(state: &State, documents: impl IntoIterator<Item = DocumentId>) {
    for document in documents {
        if let Err(cause) = state.private_keys.remove(document).await {
            tracing::warn!(%cause, "a bundle document that nothing points to stays");
        }
    }
}

/// A passkey can be lost with its device: there is always another way in beside it.
fn check_locks(locks: &[Lock]) -> Result<(), ServiceError> {
    let passkey = |lock: &Lock| matches!(lock, Lock::Passkey { .. });
    if !locks.is_empty() && locks.iter().all(passkey) {
        return Err(ServiceError::value("A passkey's lock stands beside another lock."));
    }
    Ok(())
}

/// A lock is made for one version of a bundle, and opens no other.
///
/// # Errors
/// `chain_conflict` after a rotation.
pub fn check_version(bundle: &Bundle, version: u32) -> Result<(), ServiceError> {
    if bundle.version == version { Ok(()) } else { Err(Conflict::Chain.into()) }
}

/// Puts a lock in the place of the one of its kind.
pub fn replace_lock(bundle: &mut Bundle, lock: Lock) {
    let kind = std::mem::discriminant(&lock);
    bundle.locks.retain(|old| std::mem::discriminant(old) != kind);
    bundle.locks.push(lock);
}

/// Removes the locks of `user`.
pub fn remove_locks(bundle: &mut Bundle, user: UserId) {
    bundle.locks.retain(|lock| lock_of(lock) != Some(user));
}

/// Whose member lock it is.
#[must_use]
pub const fn lock_of(lock: &Lock) -> Option<UserId> {
    match lock {
        Lock::Member { user, .. } => Some(*user),
        Lock::Passphrase { .. } | Lock::Recovery { .. } | Lock::Passkey { .. } => None,
    }
}

/// A public key of a plausible length for its suite.
///
/// # Errors
/// `value_invalid`.
pub fn check_public_key(key: &EncryptionKey) -> Result<(), ServiceError> {
    let bytes = key.public_key.0.len();
    let plausible = match key.suite.modulus_bits() {
        Some(bits) => bytes > bits / 8 && bytes <= EncryptionKey::MAX_BYTES,
        None => bytes == 32,
    };
    if plausible {
        Ok(())
    } else {
        Err(ServiceError::value("A public key has an impossible length for its suite."))
    }
}

/// A box that is sealed to `key`, with plausible lengths.
///
/// # Errors
/// `value_invalid`.
pub fn check_box(sealed: &SealedBox, key: &EncryptionKey) -> Result<(), ServiceError> {
    if sealed.suite != key.suite || sealed.recipient_key != key.id() {
        return Err(ServiceError::value("The text is sealed to another key than the current one."));
    }
    let wrapped = sealed.wrapped.0.len() == key.suite.wrapped_bytes();
    if !wrapped || sealed.nonce.0.len() != NONCE_BYTES || sealed.ciphertext.0.len() < TAG_BYTES {
        return Err(ServiceError::value("A sealed text has impossible lengths."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyferry_protocol::Bytes;

    #[test]
    fn a_passkeys_lock_never_stands_alone() {
        let (nonce, ciphertext) = (Bytes(vec![1; 12]), Bytes(vec![2; 48]));
        let recovery = Lock::Recovery { nonce: nonce.clone(), ciphertext: ciphertext.clone() };
        let (rp_id, credential) = ("localhost".to_owned(), Bytes(vec![3]));
        let passkey = Lock::Passkey { rp_id, credential, nonce, ciphertext };
        assert!(check_locks(&[passkey.clone(), passkey.clone()]).is_err());
        assert!(check_locks(&[passkey, recovery]).is_ok());
        assert!(check_locks(&[]).is_ok(), "a closed account has none");
    }
}
