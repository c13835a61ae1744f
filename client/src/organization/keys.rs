//! Opening an organization's keys by one's own member lock.

use keyferry_crypto::bundle::{BundleKeys, open};
use keyferry_crypto::lock::{member_lock_scope, unlock_as_member};
use keyferry_crypto::{BundleKey, DecryptionKey};
use keyferry_protocol::statement::Wrap;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KeyField, Lock};
use keyferry_protocol::{Code, Digest, EncryptionKey, Role, UserId, route};

use super::known::{KnownOrganization, unsigned};
use crate::error::ClientError;
use crate::platform::Platform;
use crate::session::Inner;
use crate::verify::{WrapExpectation, check_wrap};

/// An opened organization bundle.
pub(super) struct OpenedBundle<P: Platform> {
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
    pub(super) async fn open_organization_bundle(
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
        check_own_lock(known, &bundle, self.me.user, &self.me.encryption.public)?;
        let engine = self.platform.engine();
        let owner = known.owner_id();
        let bundle_key = unlock_as_member(engine, owner, &bundle, self.me.user, &self.me.encryption).await?;
        let keys = open(engine, owner, &bundle, &bundle_key).await?;
        Ok(OpenedBundle { bundle, bundle_key, keys })
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
            BundleKind::Root => {
                served(KeyField::Signing) == Some(known.state.policy.root_key.as_bytes().as_slice())
            }
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
        "the organization's key bundle holds another key than its chain names",
    ))
}

/// An owner vouched for the lock: for this bundle, this member, and these wrapped bytes.
fn check_own_lock(
    known: &KnownOrganization,
    bundle: &Bundle,
    me: UserId,
    key: &EncryptionKey,
) -> Result<(), ClientError> {
    let key_id = key.id();
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
    let identity = known
        .identity_of(signer, Role::holds_root)
        .ok_or_else(|| unsigned("no owner vouches for this lock"))?;
    check_wrap(&statement.0, signer, &identity, &wrapped.0, &expected)
}

/// The wrap statement's body for a member's lock.
pub(super) fn lock_statement(
    known_owner: keyferry_protocol::OwnerId,
    bundle: &Bundle,
    member: UserId,
    key: &EncryptionKey,
    wrapped: &[u8],
) -> Wrap {
    Wrap {
        scope: member_lock_scope(known_owner, bundle),
        recipient: member.into(),
        recipient_key: key.id(),
        commitment: bundle.commitment(known_owner),
        wrapped: Digest::of(wrapped),
        grant: None,
    }
}
