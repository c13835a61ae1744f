//! Rotation of a person's encryption key. The identity stays, and so does the fingerprint.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::statement::KeyCertificate;
use keyferry_protocol::wire::account::{Accepted, StoredContacts};
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KdfParameters, KeyField, Lock};
use keyferry_protocol::wire::rotation::{KeyRotation, OwnLock};
use keyferry_protocol::{Digest, EncryptionKey, OrganizationId, Verified};

use super::{accept_end, own, rotated};
use crate::service::chain::PersonalChain;
use crate::service::view::dangling;
use crate::service::{Caller, ServiceError, account, bundle, passkey, passphrase, recovery};
use crate::state::State;
use crate::store::record::AccountRecord;
use crate::store::{Change, Commit};

/// Puts a person's next key in the place of the one until now: bundle, certificate, locks, contacts and everything that was
/// wrapped to it. Every other session ends.
pub async fn complete(state: &State, caller: &Caller, new: KeyRotation) -> Result<Accepted, ServiceError> {
    let mut chain = PersonalChain::load(state, caller.user).await?;
    let old = account::own(state, caller).await?;
    state.login_limit.take(&Digest::of(old.email.as_bytes()))?;
    if !passphrase::proves(&new.current_login_key, old.login_verifier) {
        return Err(passphrase::refuse(state, caller, Operation::KeyRotated).await);
    }
    let (document, before) = bundle::load(state, caller.user.into(), BundleKind::Identity).await?;
    let certificate = chain.accept::<KeyCertificate>(&new.key_certificate)?;
    let from = check_certificate(&old, certificate.body())?;
    let rotation = own(state, caller, certificate.body().key().id()).await?;
    if rotation.organization.is_some() {
        return Err(ServiceError::not_found());
    }
    let kdf = check_bundle(&old, &before, &new, certificate.body())?;
    let next = AccountRecord { key_certificate: new.key_certificate.clone(), ..old.clone() };
    // Whatever role the person gets meanwhile brings locks that are not among these.
    let organizations = state.registry.organizations_of(caller.user).await?;
    let mut unmoved = Vec::new();
    for organization in &organizations {
        unmoved.push(((*organization).into(), state.registry.head((*organization).into()).await?));
    }
    let mut changes = locks(state, caller, &mut chain, &next, &organizations, new.locks).await?;
    changes.extend(contacts(state, caller, &mut chain, &next, new.contacts).await?);
    let wraps = accept_end(state, &mut chain, &rotation, from.id(), &new.rotation).await?;
    let chain_head = chain.head();
    changes.push(bundle::store(state, caller.user.into(), new.bundle, Some(document), caller.now_ms).await?);
    // A fresh bundle key cannot be locked to a passkey that is not at hand.
    let (removed, told) = passkey::remove_all(state, &caller.visitor(), caller.user).await?;
    changes.extend([
        chain.change(),
        Change::KeyCertificate {
            user: caller.user,
            from: old.key_certificate.clone(),
            to: next.key_certificate,
            organizations,
        },
        Change::Passphrase {
            user: caller.user,
            from: old.login_verifier,
            kdf,
            login_verifier: Digest::of(&new.login_key.0),
        },
        Change::Rotate(rotation),
        removed,
        Change::EndSessions { user: caller.user, but: Some(caller.session) },
    ]);
    changes.extend(new.recovery_login_key.map(|login_key| recovery::code(&old, &login_key)));
    let events = [rotated(caller, wraps), caller.event(Operation::KeypairGenerated)];
    let events = events.into_iter().chain(told).collect();
    bundle::commit(state, Commit { unmoved, changes, events, ..caller.commit() }).await?;
    state.notices.end_sessions(caller.user, Some(caller.session));
    Ok(Accepted { chain: chain_head })
}

/// The identity certifies the key after the one in force, which this gives.
fn check_certificate(old: &AccountRecord, next: &KeyCertificate) -> Result<EncryptionKey, ServiceError> {
    let bytes = &old.key_certificate.0;
    let current = Verified::<KeyCertificate>::check(bytes, old.user.into(), &old.identity_key)
        .map_err(|_| dangling("a valid key certificate"))?;
    let current = current.body();
    if Some(next.version) != current.version.checked_add(1) || next.key() == current.key() {
        return Err(ServiceError::value("A key certificate counts on from the one before, for another key."));
    }
    Ok(current.key())
}

/// The next bundle holds the same identity and the certified key, and opens by the same kinds of secrets as the one before.
fn check_bundle(
    old: &AccountRecord,
    before: &Bundle,
    new: &KeyRotation,
    certificate: &KeyCertificate,
) -> Result<KdfParameters, ServiceError> {
    let keys = [
        (KeyField::Signing, old.identity_key.as_bytes().as_slice()),
        (KeyField::Encryption, certificate.public_key.0.as_slice()),
    ];
    bundle::check_new(&new.bundle, BundleKind::Identity, before.version.saturating_add(1), &keys)?;
    if new.bundle.suite != certificate.suite {
        return Err(ServiceError::value("The bundle has another suite than the key's certificate."));
    }
    let Some((Lock::Passphrase { kdf, .. }, others)) = new.bundle.locks.split_first() else {
        return Err(ServiceError::value("The first lock is of kind `passphrase`."));
    };
    passphrase::check(kdf, &new.login_key, &new.bundle.locks[0])?;
    let same = kdf.salt == old.kdf.salt;
    if same != passphrase::proves(&new.login_key, old.login_verifier) || (same && *kdf != old.kdf) {
        return Err(ServiceError::value(
            "The same passphrase keeps its parameters; another takes a fresh salt.",
        ));
    }
    match (others, &new.recovery_login_key, old.recovery_verifier) {
        ([], None, None) => Ok(kdf.clone()),
        ([lock], Some(login_key), Some(_)) => recovery::check(login_key, lock).map(|()| kdf.clone()),
        _ => Err(ServiceError::value(
            "Whoever has a recovery code gets a new one, with its lock; nobody else.",
        )),
    }
}

/// The caller's own locks, on every bundle they have one on, wrapped to the next key and vouched for by themselves. Who lost
/// theirs by a compromise report has the role still, and gets a lock from an owner alone.
async fn locks(
    state: &State,
    caller: &Caller,
    chain: &mut PersonalChain,
    next: &AccountRecord,
    organizations: &[OrganizationId],
    locks: Vec<OwnLock>,
) -> Result<Vec<Change>, ServiceError> {
    let mut held = Vec::new();
    for organization in organizations {
        for kind in [BundleKind::Root, BundleKind::Vault] {
            let stored = bundle::load(state, (*organization).into(), kind).await?;
            if stored.1.locks.iter().any(|lock| bundle::lock_of(lock) == Some(caller.user)) {
                held.push((*organization, kind, stored));
            }
        }
    }
    let mut changes = Vec::new();
    for OwnLock { organization, lock } in locks {
        let place = held.iter().position(|held| (held.0, held.1) == (organization, lock.bundle));
        let (_, _, (document, mut stored)) = held.swap_remove(
            place.ok_or(ServiceError::value("A lock is for a bundle you do not hold, or comes twice."))?,
        );
        bundle::accept_lock(chain, caller, organization.into(), &stored, &lock.lock, next)?;
        bundle::remove_locks(&mut stored, caller.user);
        stored.locks.push(lock.lock);
        changes.push(bundle::store(state, organization.into(), stored, Some(document), caller.now_ms).await?);
    }
    if held.is_empty() {
        Ok(changes)
    } else {
        Err(ServiceError::value("A lock of yours on an organization's bundle is missing."))
    }
}

async fn contacts(
    state: &State,
    caller: &Caller,
    chain: &mut PersonalChain,
    next: &AccountRecord,
    contacts: Option<StoredContacts>,
) -> Result<Option<Change>, ServiceError> {
    let before = state.registry.contacts(caller.user).await?;
    match (before, contacts) {
        (None, None) => Ok(None),
        (Some(before), Some(contacts)) => {
            account::accept_contacts(chain, next, Some(&before), &contacts)?;
            Ok(Some(Change::Contacts { user: caller.user, contacts }))
        }
        _ => Err(ServiceError::value(
            "The contact list goes with the key: sealed to the next one, if there is one.",
        )),
    }
}
