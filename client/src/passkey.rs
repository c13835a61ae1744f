//! Passkeys: an authenticator's signature logs in, what its PRF gives opens a lock. A relay sees the one and never the other.

use keyferry_crypto::lock::{PasskeyId, lock_with_passkey, unlock_with_passkey};
use keyferry_crypto::passkey::{lock_key, prf_salt};
use keyferry_protocol::wire::account;
use keyferry_protocol::wire::bundle::Lock;
use keyferry_protocol::wire::passkey::{NewPasskey, Passkey, PasskeyChallenge, PasskeyLogin};
use keyferry_protocol::{Bytes, Code, UserId, route};

use crate::client::{Client, login_key};
use crate::device::{self, KnownLogin};
use crate::error::ClientError;
use crate::platform::{Authenticator, NewCredential, Platform};
use crate::relay::{Relay, Submission};
use crate::session::Session;
use crate::unlock::has_keys;

/// My passkeys.
pub struct Passkeys<P: Platform> {
    pub(crate) session: Session<P>,
}

impl<P: Platform> Passkeys<P> {
    /// Makes a passkey that logs in and opens the account's keys, beside the passphrase. Where the platform's have no PRF, nothing
    /// is stored anywhere.
    ///
    /// # Errors
    /// `login_failed` when `passphrase` is another; `locked` after many such tries; `platform_unsupported`; `aborted`;
    /// `already_exists` when the authenticator has one of the account's.
    pub async fn add(
        &self,
        authenticator: &impl Authenticator,
        name: &str,
        passphrase: &str,
    ) -> Result<(), ClientError> {
        let inner = &self.session.inner;
        let _turn = inner.locking.lock().await;
        let opened = inner.prove_passphrase(passphrase).await?;
        let others = opened.bundle.locks.iter().filter_map(|lock| match lock {
            Lock::Passkey { credential, .. } => Some(credential),
            _ => None,
        });
        let (rp_id, challenge) = (authenticator.rp_id(), challenge(&inner.relay).await?);
        let asked = NewCredential {
            challenge: &challenge.0,
            salt: &prf_salt(&rp_id),
            user: inner.me.user,
            email: &inner.me.email,
            others: others.collect(),
        };
        let made = authenticator.create(asked).await?;
        let id = PasskeyId { rp_id: &rp_id, credential: &made.credential };
        let (engine, owner) = (inner.platform.engine(), inner.me.user.into());
        let lock =
            lock_with_passkey(engine, owner, &opened.bundle, id, &lock_key(&made.prf), &opened.bundle_key)
                .await?;
        let new = NewPasskey {
            current_login_key: login_key(&opened.login),
            name: name.into(),
            bundle_version: opened.bundle.version,
            lock,
            client_data: made.client_data,
            authenticator_data: made.authenticator_data,
        };
        let stored = inner.relay.put_until_answered(&Submission::post(route::my_passkeys(), &new)?).await;
        // Where the answer was lost the relay may have it.
        if stored.as_ref().is_err_and(|error| !error.is_transient()) {
            authenticator.forget(&made.credential);
        }
        stored
    }

    /// My passkeys, oldest first.
    ///
    /// # Errors
    /// `network`.
    pub async fn list(&self) -> Result<Vec<Passkey>, ClientError> {
        self.session.inner.relay.get(&route::my_passkeys()).await
    }

    /// Removes a passkey and its lock: it opens nothing any more.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn remove(&self, credential: &Bytes) -> Result<(), ClientError> {
        self.session.inner.relay.delete(&route::my_passkey(credential)).await
    }
}

impl<P: Platform> Client<P> {
    /// Logs in by a passkey, whose person need not say who they are. Checks everything that [`Client::login`] checks but the
    /// passphrase's parameters, of which this device still knows what it knew.
    ///
    /// # Errors
    /// `login_failed` when the relay does not know the passkey; `platform_unsupported`; `aborted`; those of unlocking.
    pub async fn login_with_passkey(
        &self,
        authenticator: &impl Authenticator,
    ) -> Result<Session<P>, ClientError> {
        self.guard.check(self.platform.now_ms())?;
        let result = self.try_passkey(authenticator).await;
        self.guard.count(self.platform.now_ms(), result)
    }

    async fn try_passkey(&self, authenticator: &impl Authenticator) -> Result<Session<P>, ClientError> {
        let (rp_id, challenge) = (authenticator.rp_id(), challenge(&self.relay).await?);
        let given = authenticator.get(&challenge.0, &prf_salt(&rp_id)).await?;
        let user = given.user.0.as_slice().try_into().map(UserId::from_random);
        let user =
            user.map_err(|_| ClientError::new(Code::LoginFailed, "this passkey is of another application"))?;
        let login = PasskeyLogin {
            credential: given.credential.clone(),
            user,
            client_data: given.client_data,
            authenticator_data: given.authenticator_data,
            signature: given.signature,
        };
        let mut session: account::Session =
            self.relay.ask(&Submission::post(route::passkey_sessions(), &login)?).await?;
        let email = session.account.identity.email.clone();
        let known: Option<KnownLogin> = device::get(&*self.platform, &device::login_key(&email)).await?;
        if session.user != user || known.is_some_and(|known| known.user != user) {
            return Err(ClientError::new(Code::KeyChanged, "the relay serves another account"));
        }
        has_keys(&session.bundle)?;
        let id = PasskeyId { rp_id: &rp_id, credential: &given.credential };
        let (engine, owner) = (self.platform.engine(), user.into());
        let bundle_key =
            unlock_with_passkey(engine, owner, &session.bundle, id, &lock_key(&given.prf)).await?;
        let unlocked = self.open_account(&session.account, &session.bundle, &email, &bundle_key).await?;
        let begun = self.enter(unlocked, &mut session).await?;
        let inner = begun.inner.clone();
        self.platform.aside(Box::pin(async move { inner.report_private_key().await })).await;
        Ok(begun)
    }
}

async fn challenge<P: Platform>(relay: &Relay<P>) -> Result<Bytes, ClientError> {
    let given: PasskeyChallenge = relay.get(route::PASSKEY_CHALLENGE).await?;
    Ok(given.challenge)
}
