//! Recovery codes: made while one knows the passphrase, used when it is lost. A code is good for one recovery, which makes
//! the next.

use keyferry_crypto::lock::{lock_with_passphrase, lock_with_recovery_code, unlock_with_recovery_code};
use keyferry_crypto::passphrase::{derive_keys, generate_parameters};
use keyferry_crypto::recovery::RecoveryCode;
use keyferry_protocol::wire::account::{Login, NewLock, Proof, Recoverable, Recovery};
use keyferry_protocol::wire::bundle::Bundle;
use keyferry_protocol::{Code, route};
use zeroize::Zeroizing;

use crate::client::{Client, check_passphrase, login_key, normal_email};
use crate::error::ClientError;
use crate::platform::Platform;
use crate::relay::Submission;
use crate::session::{Inner, Session};
use crate::unlock::has_keys;

/// What it takes to recover an account.
pub struct LostPassphrase<'a> {
    /// Normalized here.
    pub email: &'a str,
    /// The 15 words of the code, however they are spaced.
    pub code: &'a str,
    /// The passphrase from now on.
    pub passphrase: &'a str,
}

impl<P: Platform> Session<P> {
    /// Makes a recovery code in the place of the one there was, and gives its 15 words: to be written down, and kept where
    /// papers are kept. Whoever has them can open the account.
    ///
    /// # Errors
    /// `login_failed` when `passphrase` is another; `locked` after many such tries.
    pub async fn create_recovery_code(&self, passphrase: &str) -> Result<Zeroizing<String>, ClientError> {
        let inner = &self.inner;
        let engine = inner.platform.engine();
        let _turn = inner.locking.lock().await;
        let opened = inner.prove_passphrase(passphrase).await?;
        let code = RecoveryCode::generate(engine)?;
        let keys = code.keys(engine, &inner.me.email);
        let owner = inner.me.user.into();
        let lock =
            lock_with_recovery_code(engine, owner, &opened.bundle, &keys.lock, &opened.bundle_key).await?;
        let new = NewLock {
            current_login_key: login_key(&opened.login),
            login_key: login_key(&keys.login),
            bundle_version: opened.bundle.version,
            lock,
        };
        inner.relay.put_until_answered(&Submission::put(route::my_recovery(), &new)?).await?;
        Ok(code.words())
    }
}

impl<P: Platform> Session<P> {
    /// Opens the lock of one's recovery code, and has the relay write down that the code is there. It is not used up.
    ///
    /// # Errors
    /// `value_invalid` for words that are no code; `unlock_failed` or `login_failed` for another one; `locked` after many
    /// such tries.
    pub async fn test_recovery_code(&self, code: &str) -> Result<(), ClientError> {
        let guard = &self.inner.guard;
        guard.check(self.inner.platform.now_ms())?;
        guard.count(self.inner.platform.now_ms(), self.try_recovery_code(code).await)
    }

    async fn try_recovery_code(&self, code: &str) -> Result<(), ClientError> {
        let Inner { relay, me, platform, .. } = &*self.inner;
        let keys = parse(code)?.keys(platform.engine(), &me.email);
        let bundle: Bundle = relay.get(&route::my_bundle()).await?;
        unlock_with_recovery_code(platform.engine(), me.user.into(), &bundle, &keys.lock).await?;
        let proof = Proof { login_key: login_key(&keys.login) };
        relay.put_until_answered(&Submission::post(route::my_recovery_test(), &proof)?).await
    }
}

fn parse(code: &str) -> Result<RecoveryCode, ClientError> {
    RecoveryCode::parse(code)
        .ok_or_else(|| ClientError::new(Code::ValueInvalid, "these are not the 15 words of a recovery code"))
}

impl<P: Platform> Client<P> {
    /// Opens an account by its recovery code, puts another passphrase in the place of the lost one and ends every session. Gives
    /// the next code: the one used opens nothing any more. After it one logs in, with `changed_elsewhere`.
    ///
    /// # Errors
    /// `value_invalid` for words that are no code; `passphrase_weak`; `login_failed` for another code; those of unlocking.
    pub async fn recover(&self, lost: LostPassphrase<'_>) -> Result<Zeroizing<String>, ClientError> {
        self.guard.check(self.platform.now_ms())?;
        let result = self.try_recover(&lost).await;
        self.guard.count(self.platform.now_ms(), result)
    }

    async fn try_recover(&self, lost: &LostPassphrase<'_>) -> Result<Zeroizing<String>, ClientError> {
        let engine = self.platform.engine();
        let email = normal_email(engine, lost.email)?;
        check_passphrase(engine, lost.passphrase)?;
        let used = parse(lost.code)?.keys(engine, &email);
        let asked = Login { email: email.clone(), login_key: login_key(&used.login) };
        let served: Recoverable = self.relay.ask(&Submission::post(route::recovery(), &asked)?).await?;
        let (user, bundle) = (served.account.identity.user, served.bundle);
        has_keys(&bundle)?;
        let bundle_key = unlock_with_recovery_code(engine, user.into(), &bundle, &used.lock).await?;
        self.open_account(&served.account, &bundle, &email, &bundle_key).await?;

        let kdf = generate_parameters(engine, self.iterations)?;
        let passphrase = derive_keys(engine, &email, lost.passphrase, &kdf).await?;
        let code = RecoveryCode::generate(engine)?;
        let next = code.keys(engine, &email);
        let recovery = Recovery {
            email,
            used_login_key: login_key(&used.login),
            login_key: login_key(&passphrase.login),
            bundle_version: bundle.version,
            lock: lock_with_passphrase(engine, user.into(), &bundle, kdf, &passphrase.lock, &bundle_key)
                .await?,
            recovery_login_key: login_key(&next.login),
            recovery_lock: lock_with_recovery_code(engine, user.into(), &bundle, &next.lock, &bundle_key)
                .await?,
        };
        self.relay.put_until_answered(&Submission::put(route::recovery(), &recovery)?).await?;
        Ok(code.words())
    }
}
