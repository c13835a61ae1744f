//! From an open session to unlocked keys: everything the relay serves about oneself is checked here.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::lock::Mutex;
use keyferry_crypto::bundle::open;
use keyferry_crypto::lock::unlock_with_passphrase;
use keyferry_crypto::{BundleKey, LockKey};
use keyferry_protocol::audit::Operation;
use keyferry_protocol::statement::{KeyCertificate, Report};
use keyferry_protocol::wire::account::{self, NewReport, PublicIdentity};
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KdfParameters, Lock};
use keyferry_protocol::{ChainHead, Code, FileId, GrantId, OrganizationId, SortedMap, Verified, route};
use zeroize::Zeroizing;

use crate::chain::Chain;
use crate::client::{Client, me};
use crate::device::{self, Memory, Recollection, rollback};
use crate::error::ClientError;
use crate::guard::Guard;
use crate::platform::Platform;
use crate::relay::{Relay, Submission};
use crate::session::{Inner, Me, Session};

/// A person's unlocked keys and what their device remembers.
pub(crate) struct Unlocked<P: Platform> {
    pub me: Me<P>,
    pub memory: Memory,
    pub chain: ChainHead,
}

impl<P: Platform> Client<P> {
    /// Opens the passphrase lock of the bundle that came with a session, and checks every key against what is served and
    /// known. Gives the bundle key, too.
    pub(crate) async fn unlock(
        &self,
        session: &account::Session,
        email: &str,
        lock_key: &LockKey,
    ) -> Result<(Unlocked<P>, BundleKey), ClientError> {
        let account::Session { account, bundle, .. } = session;
        check_bundle(bundle)?;
        let bundle_key =
            unlock_with_passphrase(self.platform.engine(), session.user.into(), bundle, lock_key).await?;
        Ok((self.open_account(account, bundle, email, &bundle_key).await?, bundle_key))
    }

    /// Opens every key of a person's bundle, and checks each against what is served and known.
    pub(crate) async fn open_account(
        &self,
        account: &account::Account,
        bundle: &Bundle,
        email: &str,
        bundle_key: &BundleKey,
    ) -> Result<Unlocked<P>, ClientError> {
        let user = account.identity.user;
        let keys = open(self.platform.engine(), user.into(), bundle, bundle_key).await?;
        let mut me = me(user, email, keys.signing, keys.encryption)?;
        check_identity(&me, &account.identity)?;
        me.keys = account.identity.keys();
        let memory = self.recall(&me, bundle, account.chain).await?;
        Ok(Unlocked { me, memory, chain: account.chain })
    }

    /// What this device remembers of the account, checked against what is served now.
    async fn recall(&self, me: &Me<P>, bundle: &Bundle, chain: ChainHead) -> Result<Memory, ClientError> {
        let known = device::get(&*self.platform, &device::account_key(me.user)).await?;
        let mut memory = known.unwrap_or_else(|| Memory::new(me.fingerprint()));
        if !me.keys.iter().any(|key| key.fingerprint(me.user.into()) == memory.fingerprint) {
            return Err(ClientError::new(Code::KeyChanged, "this device knows another identity of yours"));
        }
        memory.fingerprint = me.fingerprint();
        if bundle.version < memory.bundle_version {
            return Err(rollback("your key bundle"));
        }
        memory.bundle_version = bundle.version;
        memory.see_chain(chain)?;
        Ok(memory)
    }

    /// Begins a session with the contacts that came with it.
    pub(crate) async fn enter(
        &self,
        unlocked: Unlocked<P>,
        session: &mut account::Session,
    ) -> Result<Session<P>, ClientError> {
        let contacts = session.contacts.take();
        let begun = self.begin(unlocked, session).await?;
        begun.inner.take_contacts(contacts).await?;
        Ok(begun)
    }

    /// Makes the session object and stores what the device now knows.
    pub(crate) async fn begin(
        &self,
        unlocked: Unlocked<P>,
        session: &account::Session,
    ) -> Result<Session<P>, ClientError> {
        let Unlocked { me, memory, chain } = unlocked;
        if session.user != me.user {
            return Err(ClientError::new(Code::KeyChanged, "the relay opened a session for another account"));
        }
        let inner = Inner {
            relay: Relay::new(self.platform.clone(), Some(bearer(session))),
            memory: Recollection::new(self.platform.clone(), me.user, memory),
            platform: self.platform.clone(),
            chain: Chain::new(chain),
            me,
            replayed: RefCell::new(SortedMap::new()),
            vaults: RefCell::new(SortedMap::new()),
            reasons: RefCell::new(SortedMap::new()),
            names: RefCell::new(SortedMap::new()),
            guard: Guard::default(),
            locking: Mutex::default(),
            iterations: self.iterations,
        };
        inner.memory.update(|memory| memory.see_chain(chain)).await?;
        Ok(Session { inner: Rc::new(inner) })
    }
}

impl<P: Platform> Inner<P> {
    /// Says in the audit trail that the private keys were opened.
    pub async fn report_private_key(&self) {
        self.report(Operation::PrivateKeyDecrypted, None, None, None).await;
    }

    /// Says in the audit trail that a file's key was unwrapped.
    pub async fn report_unwrapped(&self, organization: OrganizationId, file: FileId, grant: Option<GrantId>) {
        self.report(Operation::KeyUnwrapped, Some(organization), Some(file), grant).await;
    }

    /// A report is worth nothing to the person who makes it, so a lost one stops nothing.
    async fn report(
        &self,
        operation: Operation,
        organization: Option<OrganizationId>,
        file: Option<FileId>,
        grant: Option<GrantId>,
    ) {
        let body = Report { operation: operation.name().into(), organization, file, grant };
        let _ = self
            .append(async |pen| {
                let statement = pen.sign(body.clone()).await?.bytes;
                Submission::post(route::reports(), &NewReport { statement })
            })
            .await;
    }
}

/// The token goes into the Authorization header of this session's requests.
fn bearer(session: &account::Session) -> Zeroizing<String> {
    Zeroizing::new(session.token.to_string())
}

/// Its passphrase lock's parameters, if it is a person's bundle, and whole.
pub(crate) fn check_bundle(bundle: &Bundle) -> Result<&KdfParameters, ClientError> {
    has_keys(bundle)?;
    let kdf = bundle.locks.iter().find_map(|lock| match lock {
        Lock::Passphrase { kdf, .. } => Some(kdf),
        Lock::Member { .. } | Lock::Recovery { .. } | Lock::Passkey { .. } => None,
    });
    kdf.ok_or_else(|| ClientError::new(Code::StateMissing, "the key bundle has no passphrase lock"))
}

/// It must be a person's, and whole.
pub(crate) fn has_keys(bundle: &Bundle) -> Result<(), ClientError> {
    if bundle.kind != BundleKind::Identity {
        return Err(ClientError::new(Code::UnlockFailed, "the relay served another bundle"));
    }
    if bundle.keys.len() < 2 {
        return Err(ClientError::new(Code::StateMissing, "the relay served no key bundle"));
    }
    Ok(())
}

/// The public identity others are served must be that of the unlocked keys.
fn check_identity<P: Platform>(me: &Me<P>, identity: &PublicIdentity) -> Result<(), ClientError> {
    let mismatch =
        || ClientError::new(Code::KeypairMismatch, "the relay serves others a public key that is not yours");
    if identity.user != me.user || identity.identity_key != me.signing.public {
        return Err(mismatch());
    }
    let certificate =
        Verified::<KeyCertificate>::check(&identity.key_certificate.0, me.user.into(), &me.signing.public)
            .map_err(|_| mismatch())?;
    if certificate.body().key() != me.encryption_key() { Err(mismatch()) } else { Ok(()) }
}
