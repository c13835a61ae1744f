//! Opening an organization's keys by one's own member lock.

use keyferry_crypto::bundle::{BundleKeys, open};
use keyferry_crypto::lock::{lock_for_member, member_lock_scope, unlock_as_member};
use keyferry_crypto::sign::sign_statement;
use keyferry_crypto::{BundleKey, DecryptionKey, SigningKey};
use keyferry_protocol::statement::{Body, Unsigned, Wrap, signer_among};
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KeyField, Lock};
use keyferry_protocol::{Bytes, Code, Digest, EncryptionKey, OwnerId, Statement, UserId, route};

use super::known::{KnownOrganization, unsigned};
use crate::chain::Pen;
use crate::error::ClientError;
use crate::platform::Platform;
use crate::session::Inner;
use crate::verify::{WrapExpectation, Wrapper, check_wrap};

/// An opened organization bundle.
pub(crate) struct OpenedBundle<P: Platform> {
    pub bundle: Bundle,
    pub bundle_key: BundleKey,
    pub keys: BundleKeys<P::Engine>,
}

impl<P: Platform> Inner<P> {
    /// The vault's key as a handle, opened once per session and vault.
    pub async fn vault(&self, known: &KnownOrganization) -> Result<DecryptionKey<P::Engine>, ClientError> {
        let certified = known.vault_key()?;
        let opened = self.vaults.borrow().get(&known.id()).cloned();
        if let Some(key) = opened.filter(|key| key.public == certified) {
            return Ok(key);
        }
        let opened = self.open_organization_bundle(known, BundleKind::Vault).await?;
        let key = opened.keys.encryption.ok_or_else(|| missing("the vault bundle holds no key"))?;
        self.vaults.borrow_mut().insert(known.id(), key.clone());
        Ok(key)
    }

    /// Fetches a bundle, checks its public key against the chain and the lock against its wrap statement, and only
    /// then opens it.
    pub async fn open_organization_bundle(
        &self,
        known: &KnownOrganization,
        kind: BundleKind,
    ) -> Result<OpenedBundle<P>, ClientError> {
        let path = route::organization_bundle(known.id(), kind);
        let bundle: Bundle = self.relay.get(&path).await.map_err(|error| match error.code {
            Code::NotFound => missing("the relay serves no key bundle of the organization"),
            _ => error,
        })?;
        check_public_keys(known, kind, &bundle)?;
        self.check_own_lock(known, &bundle)?;
        let engine = self.platform.engine();
        let owner = known.owner_id();
        let bundle_key =
            unlock_as_member(engine, owner, &bundle, self.me.user, &self.me.decryption_key()).await?;
        let keys = open(engine, owner, &bundle, &bundle_key).await?;
        Ok(OpenedBundle { bundle, bundle_key, keys })
    }

    /// Somebody who may vouched for the lock: for this bundle, for me, and these wrapped bytes. An owner did when they gave it;
    /// I do when I rotate my own key.
    fn check_own_lock(&self, known: &KnownOrganization, bundle: &Bundle) -> Result<(), ClientError> {
        let (me, key_id) = (self.me.user, self.me.encryption_key().id());
        let own = bundle.locks.iter().find_map(|lock| match lock {
            Lock::Member { user, recipient_key, wrapped, statement, signer }
                if *user == me && *recipient_key == key_id =>
            {
                Some((wrapped, statement, *signer))
            }
            _ => None,
        });
        let Some((wrapped, statement, signer)) = own else {
            return Err(missing("the relay serves no lock of yours on the organization's keys"));
        };
        let owner = known.owner_id();
        let expected = WrapExpectation {
            scope: member_lock_scope(owner, bundle),
            recipient: me.into(),
            recipient_key: key_id,
            commitment: bundle.commitment(owner),
            grant: None,
            unsigned: Code::MembershipUnsigned,
        };
        let owners = known.memberships.values().filter(|held| held.active && held.role.holds_root());
        let theirs = owners.filter(|held| held.user == signer).map(|held| held.identity_key);
        let mine = self.me.keys.iter().copied().filter(|_| signer == me);
        let key = signer_among(signer.into(), mine.chain(theirs), &statement.0);
        let key = key.ok_or_else(|| unsigned("no owner vouches for this lock"))?;
        check_wrap(&statement.0, &Wrapper { user: signer, key }, &wrapped.0, &expected)
    }

    /// A lock for `member`, vouched for by me.
    pub async fn member_lock(
        &self,
        pen: &mut Pen<'_, P>,
        owner: OwnerId,
        bundle: &Bundle,
        bundle_key: &BundleKey,
        member: UserId,
        key: &EncryptionKey,
    ) -> Result<Lock, ClientError> {
        let wrapped = lock_for_member(self.platform.engine(), owner, bundle, key, bundle_key).await?;
        let wrap = Wrap {
            scope: member_lock_scope(owner, bundle),
            recipient: member.into(),
            recipient_key: key.id(),
            commitment: bundle.commitment(owner),
            wrapped: Digest::of(&wrapped),
            grant: None,
        };
        Ok(Lock::Member {
            user: member,
            recipient_key: key.id(),
            wrapped: wrapped.into(),
            statement: pen.sign(wrap).await?.bytes,
            signer: self.me.user,
        })
    }

    /// The next statement of the organization's chain, signed by its root.
    pub fn sign_as_organization<B: Body>(
        &self,
        root: &OpenedBundle<P>,
        known: &KnownOrganization,
        body: B,
    ) -> impl Future<Output = Result<Bytes, ClientError>> {
        let statement =
            Statement::following(known.state.head, known.owner_id(), self.platform.now_ms(), body);
        self.sign_as_root(root.keys.signing.as_ref(), statement.unsigned())
    }

    /// A statement of any kind by a root.
    pub async fn sign_as_root(
        &self,
        root: Option<&SigningKey<P::Engine>>,
        statement: Unsigned,
    ) -> Result<Bytes, ClientError> {
        let root = root.ok_or_else(|| missing("the root bundle holds no key"))?;
        Ok(sign_statement(self.platform.engine(), root, &statement).await?.into())
    }
}

fn missing(message: &str) -> ClientError {
    ClientError::new(Code::StateMissing, message)
}

/// The bundle's public key is the one the chain names.
pub(super) fn check_public_keys(
    known: &KnownOrganization,
    kind: BundleKind,
    bundle: &Bundle,
) -> Result<(), ClientError> {
    if bundle.keys.is_empty() || bundle.locks.is_empty() {
        return Err(missing("the organization's key bundle is empty"));
    }
    let served = |field| bundle.key(field).map(|key| key.public_key.0.as_slice());
    let same = bundle.kind == kind
        && match kind {
            BundleKind::Root => served(KeyField::Signing) == Some(known.state.root.as_bytes().as_slice()),
            _ => {
                let certified = known.vault_key()?;
                bundle.suite == certified.suite
                    && served(KeyField::Encryption) == Some(&certified.public_key.0)
            }
        };
    if same {
        return Ok(());
    }
    Err(ClientError::new(
        Code::OrganizationKeyMismatch,
        "the key bundle holds another key than the chain names",
    ))
}
