//! Changing a passphrase, and making the one there is dearer to guess. One lock is rewritten; no key changes.

use keyferry_crypto::lock::{lock_with_passphrase, unlock_with_passphrase};
use keyferry_crypto::passphrase::{derive_keys, generate_parameters};
use keyferry_crypto::{BundleKey, LockKey, LoginKey};
use keyferry_protocol::wire::account::NewLock;
use keyferry_protocol::wire::bundle::{Bundle, KdfParameters, KeyField};
use keyferry_protocol::{Code, route};

use crate::client::{check_passphrase, login_key};
use crate::device::{self, KnownLogin, rollback};
use crate::error::ClientError;
use crate::platform::Platform;
use crate::relay::Submission;
use crate::session::{Inner, Session};
use crate::unlock::check_bundle;

/// A passphrase lock that was just opened, and what it took.
pub(crate) struct OpenedLock {
    pub bundle: Bundle,
    pub bundle_key: BundleKey,
    pub kdf: KdfParameters,
    pub login: LoginKey,
    pub lock: LockKey,
}

impl<P: Platform> Session<P> {
    /// Puts another passphrase in the place of `current`: from then on `current` opens nothing that is served, and every other
    /// session has ended. Files, grants and keys stay as they are.
    ///
    /// # Errors
    /// `passphrase_weak`; `login_failed` when `current` is not the passphrase; `locked` after many such tries.
    pub async fn change_passphrase(&self, current: &str, new: &str) -> Result<(), ClientError> {
        let inner = &self.inner;
        check_passphrase(inner.platform.engine(), new)?;
        let _turn = inner.locking.lock().await;
        let opened = inner.prove_passphrase(current).await?;
        let kdf = generate_parameters(inner.platform.engine(), inner.iterations)?;
        inner.relock(&opened, new, kdf).await
    }
}

impl<P: Platform> Inner<P> {
    /// Opens the passphrase lock, and counts failures.
    pub async fn prove_passphrase(&self, passphrase: &str) -> Result<OpenedLock, ClientError> {
        self.guard.check(self.platform.now_ms())?;
        let opened = self.open_lock(passphrase).await;
        self.guard.count(self.platform.now_ms(), opened)
    }

    /// Opens the passphrase lock of the bundle that is served now, if that is the one whose keys are in use.
    async fn open_lock(&self, passphrase: &str) -> Result<OpenedLock, ClientError> {
        let engine = self.platform.engine();
        let bundle: Bundle = self.relay.get(&route::my_bundle()).await?;
        let kdf = check_bundle(&bundle)?.clone();
        let is_mine = |field, key: &[u8]| bundle.key(field).is_some_and(|sealed| sealed.public_key.0 == key);
        if !is_mine(KeyField::Signing, self.me.signing.public.as_bytes())
            || !is_mine(KeyField::Encryption, &self.me.encryption_key().public_key.0)
        {
            return Err(rollback("your key bundle"));
        }
        let derived = derive_keys(engine, &self.me.email, passphrase, &kdf).await?;
        let bundle_key = unlock_with_passphrase(engine, self.me.user.into(), &bundle, &derived.lock)
            .await
            .map_err(|_| ClientError::new(Code::LoginFailed, "this is not the passphrase until now"))?;
        Ok(OpenedLock { bundle, bundle_key, kdf, login: derived.login, lock: derived.lock })
    }

    /// Locks anew what `opened` opened, and has the relay take that lock in the place of the other.
    async fn relock(
        &self,
        opened: &OpenedLock,
        passphrase: &str,
        kdf: KdfParameters,
    ) -> Result<(), ClientError> {
        let engine = self.platform.engine();
        let OpenedLock { bundle, bundle_key, .. } = opened;
        let derived = derive_keys(engine, &self.me.email, passphrase, &kdf).await?;
        let owner = self.me.user.into();
        let lock =
            lock_with_passphrase(engine, owner, bundle, kdf.clone(), &derived.lock, bundle_key).await?;
        let new = NewLock {
            current_login_key: login_key(&opened.login),
            login_key: login_key(&derived.login),
            bundle_version: bundle.version,
            lock,
        };
        // Should the answer be lost, this device knows both.
        self.remember_login(&opened.kdf, Some(kdf.clone())).await?;
        self.relay.put_until_answered(&Submission::put(route::my_passphrase(), &new)?).await?;
        self.remember_login(&kdf, None).await
    }

    /// Locks the bundle at the price of today, if it was locked at a lower one. It is tried again at the next login, so a
    /// failure stops nothing.
    pub async fn strengthen(&self, opened: &OpenedLock, passphrase: &str) {
        if opened.kdf.iterations < self.iterations {
            let _turn = self.locking.lock().await;
            let kdf = KdfParameters { iterations: self.iterations, salt: opened.kdf.salt.clone() };
            let _ = self.relock(opened, passphrase, kdf).await;
        }
    }

    pub async fn remember_login(
        &self,
        kdf: &KdfParameters,
        next: Option<KdfParameters>,
    ) -> Result<(), ClientError> {
        let known = KnownLogin { user: self.me.user, kdf: kdf.clone(), next };
        device::put(&*self.platform, &device::login_key(&self.me.email), &known).await
    }
}
