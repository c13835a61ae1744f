//! Registering and logging in.

use std::rc::Rc;

use futures_util::future::join;
use keyferry_crypto::bundle::{NewBundle, generate_identity};
use keyferry_crypto::lock::lock_with_passphrase;
use keyferry_crypto::passphrase::{
    MAX_ITERATIONS, MIN_ITERATIONS, PassphraseError, PassphraseKeys, SALT_BYTES, derive_keys,
    generate_parameters, normalize_email,
};
use keyferry_crypto::sign::sign_statement;
use keyferry_crypto::{DecryptionKey, Engine as _, LoginKey, SigningKey};
use keyferry_protocol::statement::KeyCertificate;
use keyferry_protocol::wire::account::{self, Login, LoginParameters, LoginParametersQuery, email_is_normal};
use keyferry_protocol::wire::bundle::KdfParameters;
use keyferry_protocol::{Bytes, ChainHead, Code, Digest, Statement, Suite, UserId, route};

use crate::device::{self, KnownLogin, Memory};
use crate::error::ClientError;
use crate::guard::Guard;
use crate::passphrase::OpenedLock;
use crate::platform::Platform;
use crate::relay::{Relay, Submission};
use crate::session::{Me, Session};
use crate::unlock::Unlocked;
use zeroize::Zeroizing;

/// The fewest characters of a new passphrase, after normalization.
const MIN_PASSPHRASE_CHARS: usize = 10;

/// A client of one relay.
pub struct Client<P: Platform> {
    pub(crate) platform: Rc<P>,
    pub(crate) relay: Relay<P>,
    pub(crate) guard: Guard,
    pub(crate) iterations: u32,
}

/// What a person logs in with.
pub struct Credentials<'a> {
    /// Normalized here.
    pub email: &'a str,
    /// Normalized here.
    pub passphrase: &'a str,
    /// That the passphrase was changed on another device: then other KDF parameters than this device knows are no alarm.
    pub changed_elsewhere: bool,
}

impl<'a> Credentials<'a> {
    /// E-mail and passphrase, unchanged as far as this device knows.
    #[must_use]
    pub const fn new(email: &'a str, passphrase: &'a str) -> Self {
        Credentials { email, passphrase, changed_elsewhere: false }
    }
}

/// A new account.
pub struct Registration<'a> {
    /// Normalized here.
    pub email: &'a str,
    /// At least 10 characters after normalization; how strong it is, the application judges.
    pub passphrase: &'a str,
    /// The suite of the person's encryption key.
    pub suite: Suite,
    /// The secret of an invitation to register, where the relay asks for one.
    pub invitation: Option<&'a str>,
}

impl<P: Platform> Client<P> {
    /// A client that stands on `platform`.
    #[must_use]
    pub fn new(platform: P) -> Self {
        let platform = Rc::new(platform);
        let relay = Relay::new(platform.clone(), None);
        Client { relay, platform, guard: Guard::default(), iterations: MIN_ITERATIONS }
    }

    /// The same, with more PBKDF2 iterations than the 600,000 of today for passphrases. Accounts that have fewer get as many at
    /// their next login.
    ///
    /// # Errors
    /// `value_invalid` for a number out of bounds.
    pub fn with_iterations(self, iterations: u32) -> Result<Self, ClientError> {
        if (MIN_ITERATIONS..=MAX_ITERATIONS).contains(&iterations) {
            return Ok(Client { iterations, ..self });
        }
        Err(ClientError::new(Code::ValueInvalid, "iterations are from 600,000 to 10,000,000"))
    }

    /// What this client stands on.
    #[must_use]
    pub fn platform(&self) -> &P {
        &self.platform
    }

    /// Makes every key of a new account, registers it, and logs in.
    ///
    /// # Errors
    /// `passphrase_weak`, `value_invalid` for an e-mail, `already_exists`, `registration_closed`.
    pub async fn register(&self, registration: Registration<'_>) -> Result<Session<P>, ClientError> {
        let engine = self.platform.engine();
        let email = normal_email(engine, registration.email)?;
        check_passphrase(engine, registration.passphrase)?;
        let kdf = generate_parameters(engine, self.iterations)?;
        let derived = derive_keys(engine, &email, registration.passphrase, &kdf).await?;
        let mut user = [0; 16];
        engine.fill_random(&mut user)?;
        let account =
            self.new_account(UserId::from_random(user), &email, registration.suite, &kdf, &derived).await?;
        let (unlocked, mut message) = account;
        message.invitation = registration.invitation.map(String::from);
        self.relay.submit(&Submission::post(route::accounts(), &message)?).await?;
        let known = KnownLogin { user: unlocked.me.user, kdf, next: None };
        device::put(&*self.platform, &device::login_key(&email), &known).await?;
        let session = self.open_session(&email, &derived).await?;
        self.begin(unlocked, &session).await
    }

    async fn new_account(
        &self,
        user: UserId,
        email: &str,
        suite: Suite,
        kdf: &KdfParameters,
        derived: &PassphraseKeys,
    ) -> Result<(Unlocked<P>, account::Registration), ClientError> {
        let engine = self.platform.engine();
        let NewBundle { mut bundle, bundle_key, keys } = generate_identity(engine, user, suite, 1).await?;
        let lock =
            lock_with_passphrase(engine, user.into(), &bundle, kdf.clone(), &derived.lock, &bundle_key)
                .await?;
        bundle.locks.push(lock);
        let me = me(user, email, keys.signing, keys.encryption)?;
        let certificate =
            KeyCertificate { suite, public_key: me.encryption_key().public_key, version: bundle.version };
        let statement =
            Statement::following(ChainHead::EMPTY, user.into(), self.platform.now_ms(), certificate)
                .unsigned();
        let certificate = sign_statement(engine, &me.signing, &statement).await?;
        let chain = ChainHead { sequence: 1, hash: Digest::of(&certificate) };
        let message = account::Registration {
            user,
            email: email.into(),
            kdf: kdf.clone(),
            login_key: login_key(&derived.login),
            identity_key: me.signing.public,
            key_certificate: certificate.into(),
            bundle,
            invitation: None,
        };
        let memory = Memory { chain, ..Memory::new(me.fingerprint()) };
        Ok((Unlocked { me, memory, chain }, message))
    }

    /// Logs in and unlocks the person's keys. No key is ever made here.
    ///
    /// # Errors
    /// `login_failed`, `kdf_policy`, `kdf_changed`, `unlock_failed`, `keypair_mismatch`, `state_missing`, `rollback`,
    /// `locked`.
    pub async fn login(&self, credentials: Credentials<'_>) -> Result<Session<P>, ClientError> {
        self.guard.check(self.platform.now_ms())?;
        let result = self.try_login(credentials).await;
        self.guard.count(self.platform.now_ms(), result)
    }

    async fn try_login(&self, credentials: Credentials<'_>) -> Result<Session<P>, ClientError> {
        let engine = self.platform.engine();
        let email = normal_email(engine, credentials.email)?;
        let passphrase = credentials.passphrase;
        let known: Option<KnownLogin> = device::get(&*self.platform, &device::login_key(&email)).await?;
        let expected = known.as_ref().filter(|_| !credentials.changed_elsewhere);
        let (kdf, derived) = self.derive_for_login(&email, passphrase, expected).await?;
        let mut session = self.open_session(&email, &derived).await?;
        if known.is_some_and(|known| known.user != session.user) {
            return Err(ClientError::new(
                Code::KeyChanged,
                "the relay serves another account for this e-mail",
            ));
        }
        let (unlocked, bundle_key) = self.unlock(&session, &email, &derived.lock).await?;
        let remembered = KnownLogin { user: session.user, kdf, next: None };
        device::put(&*self.platform, &device::login_key(&email), &remembered).await?;
        let begun = self.enter(unlocked, &mut session).await?;
        let (inner, passphrase) = (begun.inner.clone(), Zeroizing::new(passphrase.to_owned()));
        let lock = OpenedLock {
            bundle: session.bundle,
            bundle_key,
            kdf: remembered.kdf,
            login: derived.login,
            lock: derived.lock,
        };
        let aside = async move {
            inner.report_private_key().await;
            inner.strengthen(&lock, &passphrase).await;
        };
        self.platform.aside(Box::pin(aside)).await;
        Ok(begun)
    }

    /// The account's parameters and the keys they lead to. Where this device knows the parameters, the relay is asked
    /// meanwhile; others that it may accept cost a second derivation.
    async fn derive_for_login(
        &self,
        email: &str,
        passphrase: &str,
        known: Option<&KnownLogin>,
    ) -> Result<(KdfParameters, PassphraseKeys), ClientError> {
        let engine = self.platform.engine();
        let early = async {
            match known {
                Some(known) => Some(derive_keys(engine, email, passphrase, &known.kdf).await),
                None => None,
            }
        };
        let query = LoginParametersQuery { email: email.into() };
        let asked = Submission::post(route::login_parameters(), &query)?;
        let (served, early) = join(self.relay.ask(&asked), early).await;
        let LoginParameters { kdf } = served?;
        check_parameters(&kdf, known)?;
        let derived = match early.filter(|_| known.is_some_and(|known| known.kdf == kdf)) {
            Some(derived) => derived?,
            None => derive_keys(engine, email, passphrase, &kdf).await?,
        };
        Ok((kdf, derived))
    }

    async fn open_session(
        &self,
        email: &str,
        derived: &PassphraseKeys,
    ) -> Result<account::Session, ClientError> {
        let login = Login { email: email.into(), login_key: login_key(&derived.login) };
        let asked = self.relay.ask(&Submission::post(route::sessions(), &login)?).await;
        // An account without a bundle is no reason to make one.
        asked.map_err(|error| match error.code {
            Code::NotFound => error.with_code(Code::StateMissing),
            _ => error,
        })
    }
}

/// The login key leaves here for the relay, which keeps only its SHA-256; it opens nothing.
pub(crate) fn login_key(login: &LoginKey) -> Bytes {
    Bytes(login.expose().to_vec())
}

pub(crate) fn me<P: Platform>(
    user: UserId,
    email: &str,
    signing: Option<SigningKey<P::Engine>>,
    encryption: Option<DecryptionKey<P::Engine>>,
) -> Result<Me<P>, ClientError> {
    match (signing, encryption) {
        (Some(signing), Some(encryption)) => {
            let keys = vec![signing.public];
            Ok(Me { user, email: email.into(), signing, keys, encryption: encryption.into() })
        }
        _ => Err(ClientError::new(Code::StateMissing, "the key bundle lacks a key")),
    }
}

pub(crate) fn normal_email<E: keyferry_crypto::Engine>(
    engine: &E,
    email: &str,
) -> Result<String, ClientError> {
    let email = normalize_email(engine, email);
    if email_is_normal(&email) {
        return Ok(email);
    }
    Err(ClientError::new(Code::ValueInvalid, "this is no e-mail address"))
}

/// Refuses parameters out of bounds, and others than this device knows, before anything is derived.
fn check_parameters(kdf: &KdfParameters, known: Option<&KnownLogin>) -> Result<(), ClientError> {
    if !(MIN_ITERATIONS..=MAX_ITERATIONS).contains(&kdf.iterations) || kdf.salt.0.len() != SALT_BYTES {
        return Err(PassphraseError::KdfPolicy.into());
    }
    if known.is_some_and(|known| !known.expects(kdf)) {
        let message = "the relay serves other KDF parameters than this device knows";
        return Err(ClientError::new(Code::KdfChanged, message));
    }
    Ok(())
}

pub(crate) fn check_passphrase<E: keyferry_crypto::Engine>(
    engine: &E,
    passphrase: &str,
) -> Result<(), ClientError> {
    if engine.normalize_nfkc(passphrase).chars().count() >= MIN_PASSPHRASE_CHARS {
        return Ok(());
    }
    let message = format!("a passphrase needs at least {MIN_PASSPHRASE_CHARS} characters");
    Err(ClientError::new(Code::PassphraseWeak, message))
}
