//! Rotation of a person's own key.

use std::rc::Rc;

use keyferry_crypto::bundle::{BundleKeys, NewBundle, generate_identity, rotate_encryption};
use keyferry_crypto::lock::{lock_with_passphrase, lock_with_recovery_code};
use keyferry_crypto::passphrase::{derive_keys, generate_parameters};
use keyferry_crypto::recovery::RecoveryCode;
use keyferry_crypto::{DecryptionKey, SigningKey};
use keyferry_protocol::statement::KeyCertificate;
use keyferry_protocol::wire::account::StoredContacts;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KdfParameters, Lock};
use keyferry_protocol::wire::organization::{NewLock, OrganizationView};
use keyferry_protocol::wire::rotation::{KeyRotation, OwnLock, OwnMembership};
use keyferry_protocol::{Bytes, Code, Role, route};
use zeroize::Zeroizing;

use super::Rotating;
use crate::chain::Pen;
use crate::client::{check_passphrase, login_key};
use crate::contacts::ContactList;
use crate::error::ClientError;
use crate::file::Watch;
use crate::organization::{KnownOrganization, OpenedBundle};
use crate::passphrase::OpenedLock;
use crate::platform::Platform;
use crate::relay::Submission;
use crate::session::{Inner, Session};

/// What a rotation of one's own keys takes.
pub struct NewKeys<'a> {
    /// The passphrase until now.
    pub passphrase: &'a str,
    /// The passphrase from now on, if it is to be another.
    pub new_passphrase: Option<&'a str>,
    /// Whether the identity is replaced, too.
    pub identity: bool,
}

/// The next bundle with its locks, and what logs in by them.
struct Next<P: Platform> {
    bundle: Bundle,
    key: DecryptionKey<P::Engine>,
    /// The next identity, where it is replaced.
    signing: Option<SigningKey<P::Engine>>,
    kdf: KdfParameters,
    login: Bytes,
    code: Option<Zeroizing<String>>,
    code_login: Option<Bytes>,
}

impl<P: Platform> Session<P> {
    /// Makes one's next encryption key and a fresh bundle key with new locks, and wraps everything one holds to it. The
    /// fingerprint stays, grants stand, every other session ends. Where there is a recovery code, this gives the next one: the
    /// one before opens nothing any more.
    ///
    /// With another identity the fingerprint is another, too, and this session ends with the others: log in again. In
    /// organizations of one's own one is a member by it right away; in others an owner has to confirm it before one acts there,
    /// and files that one was granted open still.
    ///
    /// # Errors
    /// `passphrase_weak`; `login_failed` when the passphrase is another; `locked` after many such tries;
    /// `commitment_mismatch` for a key that was replaced.
    pub async fn rotate_keys(
        &self,
        new: NewKeys<'_>,
        watch: &Watch,
    ) -> Result<Option<Zeroizing<String>>, ClientError> {
        self.inner.rotate_keys(new, watch).await
    }
}

impl<P: Platform> Inner<P> {
    async fn rotate_keys(
        &self,
        new: NewKeys<'_>,
        watch: &Watch,
    ) -> Result<Option<Zeroizing<String>>, ClientError> {
        if let Some(passphrase) = new.new_passphrase {
            check_passphrase(self.platform.engine(), passphrase)?;
        }
        let _turn = self.locking.lock().await;
        let opened = self.prove_passphrase(new.passphrase).await?;
        let next = watch.abort.race(self.next_bundle(&opened, &new)).await?;
        let rotating = Rotating {
            organization: None,
            owner: self.me.user.into(),
            old: self.me.decryption_key(),
            new: next.key.public.clone(),
            wraps: Default::default(),
        };
        self.begin_rotation(&rotating).await?;
        self.fetch_contacts().await?;
        // Should the answer be lost, this device knows both.
        self.remember_login(&opened.kdf, Some(next.kdf.clone())).await?;
        let list = loop {
            watch.abort.race(self.rewrap_all(&rotating, watch)).await?;
            // From here on nothing stops it: what is half sent may be taken.
            let ended =
                self.append_with(async |pen| self.end_rotation(pen, &opened, &next, &rotating).await).await;
            match ended {
                Err(error) if error.code == Code::RotationIncomplete => {}
                _ => break ended?,
            }
        };
        *self.me.encryption.borrow_mut() = next.key;
        // It is done, whatever this device can remember of it; the code must reach its owner.
        let _ = self.remember_login(&next.kdf, None).await;
        let remembered = self.memory.update(|memory| {
            memory.bundle_version = next.bundle.version;
            memory.see_key(self.me.user, next.bundle.version)?;
            list.map_or(Ok(()), |list| memory.contacts.see(Some(list)))
        });
        let _ = remembered.await;
        Ok(next.code)
    }

    /// Keys and locks that take the place of those of now.
    async fn next_bundle(&self, opened: &OpenedLock, new: &NewKeys<'_>) -> Result<Next<P>, ClientError> {
        let engine = self.platform.engine();
        let OpenedLock { bundle: old, bundle_key: old_key, kdf, login, lock } = opened;
        let owner = self.me.user.into();
        let made = match new.identity {
            false => rotate_encryption(engine, owner, old, old_key, old.suite).await?,
            true => generate_identity(engine, self.me.user, old.suite, old.version + 1).await?,
        };
        let NewBundle { mut bundle, bundle_key, keys: BundleKeys { encryption, signing } } = made;
        let signing = signing.filter(|_| new.identity);
        let key =
            encryption.ok_or_else(|| ClientError::new(Code::StateMissing, "your key bundle holds no key"))?;
        let (kdf, login, lock) = match new.new_passphrase {
            None => (kdf.clone(), login_key(login), {
                lock_with_passphrase(engine, owner, &bundle, kdf.clone(), lock, &bundle_key).await?
            }),
            Some(passphrase) => {
                let kdf = generate_parameters(engine, self.iterations)?;
                let keys = derive_keys(engine, &self.me.email, passphrase, &kdf).await?;
                let lock = lock_with_passphrase(engine, owner, &bundle, kdf.clone(), &keys.lock, &bundle_key)
                    .await?;
                (kdf, login_key(&keys.login), lock)
            }
        };
        let mut next =
            Next { bundle: bundle.clone(), key, signing, kdf, login, code: None, code_login: None };
        bundle.locks.push(lock);
        if old.locks.iter().any(|lock| matches!(lock, Lock::Recovery { .. })) {
            let code = RecoveryCode::generate(engine)?;
            let keys = code.keys(engine, &self.me.email);
            let lock = lock_with_recovery_code(engine, owner, &bundle, &keys.lock, &bundle_key).await?;
            bundle.locks.push(lock);
            next.code = Some(code.words());
            next.code_login = Some(login_key(&keys.login));
        }
        Ok(Next { bundle, ..next })
    }

    async fn end_rotation(
        &self,
        pen: &mut Pen<'_, P>,
        opened: &OpenedLock,
        next: &Next<P>,
        rotating: &Rotating<P>,
    ) -> Result<(Submission, Option<ContactList>), ClientError> {
        let held = self.held_bundles().await?;
        let successions = match &next.signing {
            Some(signing) => pen.succeed(signing).await?,
            None => Vec::new(),
        };
        let certificate = KeyCertificate {
            suite: rotating.new.suite,
            public_key: rotating.new.public_key.clone(),
            version: next.bundle.version,
        };
        let key_certificate = pen.sign(certificate).await?.bytes;
        let (mut locks, mut memberships) = (Vec::new(), Vec::new());
        for (known, held) in held {
            let (organization, owner, me) = (known.id(), known.owner_id(), self.me.user);
            if let Some(signing) = next.signing.as_ref().filter(|_| held.bundle.kind == BundleKind::Root) {
                let role = Some(Role::Owner);
                let membership = self.sign_membership(&held, &known, me, signing.public, role).await?;
                memberships.push(OwnMembership { organization, membership });
            }
            let OpenedBundle { bundle, bundle_key, .. } = held;
            let lock = self.member_lock(pen, owner, &bundle, &bundle_key, me, &rotating.new).await?;
            locks.push(OwnLock { organization, lock: NewLock { bundle: bundle.kind, lock } });
        }
        let (list, contacts) = self.resealed_contacts(pen, rotating).await?;
        let body = KeyRotation {
            current_login_key: login_key(&opened.login),
            login_key: next.login.clone(),
            recovery_login_key: next.code_login.clone(),
            bundle: next.bundle.clone(),
            successions,
            memberships,
            key_certificate,
            locks,
            contacts,
            rotation: pen.sign(rotating.statement()).await?.bytes,
        };
        Ok((Submission::post(route::my_keys(), &body)?, list))
    }

    /// Every organization's bundle that I have a lock on, opened.
    async fn held_bundles(&self) -> Result<Vec<(Rc<KnownOrganization>, OpenedBundle<P>)>, ClientError> {
        let views: Vec<OrganizationView> = self.relay.get(&route::organizations()).await?;
        let mut held = Vec::new();
        for view in &views {
            let known = Rc::new(KnownOrganization::verify(view.organization, view, self.me.user, None)?);
            // Where one holds no key of it, it stops nothing that its words are to be compared again.
            if !self.my_role(&known).is_some_and(Role::holds_vault) {
                continue;
            }
            self.take_view(view.organization, view).await?;
            let holds = [(BundleKind::Root, Role::holds_root as fn(Role) -> bool)];
            for (kind, holds) in holds.into_iter().chain([(BundleKind::Vault, Role::holds_vault as _)]) {
                if !self.my_role(&known).is_some_and(holds) {
                    continue;
                }
                match self.open_organization_bundle(&known, kind).await {
                    Ok(bundle) => held.push((known.clone(), bundle)),
                    // The locks of an account that was suspended are gone; an owner gives new ones, to the next key.
                    Err(error) if error.code == Code::StateMissing => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(held)
    }

    async fn resealed_contacts(
        &self,
        pen: &mut Pen<'_, P>,
        rotating: &Rotating<P>,
    ) -> Result<(Option<ContactList>, Option<StoredContacts>), ClientError> {
        let list = self.memory.read(|memory| memory.contacts.clone());
        if list.version == 0 {
            return Ok((None, None));
        }
        let (list, stored) = self.next_contacts(pen, list, &rotating.new).await?;
        Ok((Some(list), Some(stored)))
    }
}
