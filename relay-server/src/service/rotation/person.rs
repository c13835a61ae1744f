//! Rotation of a person's encryption key. The identity stays, and so does the fingerprint.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::organization::Organization;
use keyferry_protocol::statement::KeyCertificate;
use keyferry_protocol::wire::account::{Accepted, StoredContacts};
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KdfParameters, KeyField, Lock};
use keyferry_protocol::wire::notice::Notice;
use keyferry_protocol::wire::rotation::{KeyRotation, OwnLock, OwnMembership};
use keyferry_protocol::{Digest, EncryptionKey, OrganizationId, OwnerId, Verified};

use super::{accept_end, own, rotated};
use crate::service::chain::PersonalChain;
use crate::service::view::dangling;
use crate::service::{Caller, ServiceError, account, bundle, notice, passkey, passphrase, recovery};
use crate::state::State;
use crate::store::record::AccountRecord;
use crate::store::{Change, Commit, Event};

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
    let identity = match new.successions.as_slice() {
        [] => None,
        successions => Some(chain.accept_succession(successions)?),
    };
    let certificate = chain.accept::<KeyCertificate>(&new.key_certificate)?;
    let from = check_certificate(&old, certificate.body())?;
    let rotation = own(state, caller, certificate.body().key().id()).await?;
    if rotation.organization.is_some() {
        return Err(ServiceError::not_found());
    }
    let mut next = AccountRecord {
        identity_key: identity.unwrap_or(old.identity_key),
        key_certificate: new.key_certificate.clone(),
        ..old.clone()
    };
    next.successions.extend_from_slice(&new.successions);
    let kdf = check_bundle(&old, &next, &before, &new, certificate.body())?;
    // Whatever role the person gets meanwhile brings locks that are not among these.
    let organizations = state.registry.organizations_of(caller.user).await?;
    let mut unmoved = Vec::new();
    for organization in &organizations {
        unmoved.push(((*organization).into(), state.registry.head((*organization).into()).await?));
    }
    let held: Vec<_> = new.locks.iter().filter(|_| identity.is_some()).collect();
    let held: Vec<_> = held.into_iter().map(|own| (own.organization, own.lock.bundle)).collect();
    let of_root = held.iter().filter(|(_, kind)| *kind == BundleKind::Root);
    let roots: Vec<_> = of_root.map(|(organization, _)| *organization).collect();
    let mut changes = locks(state, caller, &mut chain, &next, &organizations, new.locks).await?;
    let appended = memberships(state, &next, &roots, new.memberships).await?;
    // Their own chains grow by this very commit.
    unmoved.retain(|(owner, _)| !appended.iter().any(|change| appends_to(change, *owner)));
    changes.extend(appended);
    // An identity is replaced because somebody may have had it, and with it what it held.
    changes.extend(held.into_iter().map(|(organization, kind)| {
        let (owner, since_ms) = (organization.into(), Some(caller.now_ms));
        Change::RotationDue { owner, kind, since_ms }
    }));
    changes.extend(contacts(state, caller, &mut chain, &next, new.contacts).await?);
    let wraps = accept_end(state, &mut chain, &rotation, from.id(), &new.rotation).await?;
    let chain_head = chain.head();
    changes.push(bundle::store(state, caller.user.into(), new.bundle, Some(document), caller.now_ms).await?);
    // A fresh bundle key cannot be locked to a passkey that is not at hand.
    let (removed, told) = passkey::remove_all(state, &caller.visitor(), caller.user).await?;
    // Who has another identity logs in anew with it.
    let stays = Some(caller.session).filter(|_| identity.is_none());
    let key_certificate = Change::KeyCertificate {
        user: caller.user,
        from: old.key_certificate.clone(),
        to: new.key_certificate,
        organizations: organizations.clone(),
    };
    let login_verifier = Digest::of(&new.login_key.0);
    let passphrase = Change::Passphrase { user: caller.user, from: old.login_verifier, kdf, login_verifier };
    let ended = Change::EndSessions { user: caller.user, but: stays };
    changes.extend([chain.change(), key_certificate, passphrase, Change::Rotate(rotation), removed, ended]);
    changes.extend(new.recovery_login_key.map(|login_key| recovery::code(&old, &login_key)));
    let mut events = vec![rotated(caller, wraps), caller.event(Operation::KeypairGenerated)];
    events.extend(told);
    if identity.is_some() {
        let (change, told) = replaced(caller, &old, next, &organizations);
        changes.push(change);
        events.extend(told);
    }
    bundle::commit(state, Commit { unmoved, changes, events, ..caller.commit() }).await?;
    state.notices.end_sessions(caller.user, stays);
    for organization in organizations.into_iter().filter(|_| identity.is_some()) {
        if let Some(known) = state.organizations.load(state, organization).await? {
            state.notices.tell(notice::members(&known), Notice::Membership { organization });
        }
    }
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

/// Another identity, not only another encryption key: their organizations see it, too.
fn replaced(
    caller: &Caller,
    old: &AccountRecord,
    next: AccountRecord,
    organizations: &[OrganizationId],
) -> (Change, Vec<Event>) {
    let AccountRecord { user, identity_key: to, successions, .. } = next;
    let change = Change::Identity { user, from: old.identity_key, to, successions };
    let event = Event { details: Some("identity".into()), ..caller.event(Operation::KeyRotated) };
    let theirs = organizations.iter().map(|organization| event.clone().in_organization(*organization));
    (change, theirs.chain([event.clone()]).collect())
}

fn appends_to(change: &Change, owner: OwnerId) -> bool {
    matches!(change, Change::Append { owner: appended, .. } if *appended == owner)
}

/// With another identity: the person's own membership by it, in each organization whose root they have a lock on, and so can sign
/// for: nobody owns one and cannot act there. Elsewhere an owner confirms it.
async fn memberships(
    state: &State,
    next: &AccountRecord,
    roots: &[OrganizationId],
    mut memberships: Vec<OwnMembership>,
) -> Result<Vec<Change>, ServiceError> {
    let mut changes = Vec::new();
    for id in roots {
        let before =
            state.organizations.load(state, *id).await?.ok_or_else(|| dangling("an organization"))?;
        let place = memberships.iter().position(|membership| membership.organization == *id);
        let place =
            place.ok_or(ServiceError::value("An owner signs their own membership by the next identity."))?;
        let membership = memberships.swap_remove(place).membership;
        let mut after = Organization::clone(&before);
        let said = after.apply(&membership.0)?;
        let said = said.filter(|said| said.body().user == next.user && said.body().active);
        let said = said.filter(|said| said.body().identity_key == next.identity_key);
        said.ok_or(ServiceError::statement("The membership is not the person's own by the next identity."))?;
        let (statements, owner) = (vec![membership], (*id).into());
        changes.push(Change::Append { owner, from: before.head, statements, to: after.head });
    }
    if memberships.is_empty() {
        Ok(changes)
    } else {
        Err(ServiceError::value("A membership is of an organization that you do not own, or comes twice."))
    }
}

/// The next bundle holds the identity and the certified key, and opens by the same kinds of secrets as the one before.
fn check_bundle(
    old: &AccountRecord,
    next: &AccountRecord,
    before: &Bundle,
    new: &KeyRotation,
    certificate: &KeyCertificate,
) -> Result<KdfParameters, ServiceError> {
    let keys = [
        (KeyField::Signing, next.identity_key.as_bytes().as_slice()),
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
