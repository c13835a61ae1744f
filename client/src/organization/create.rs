//! Making an organization.

use keyferry_crypto::Engine as _;
use keyferry_crypto::SigningKey;
use keyferry_crypto::bundle::{NewBundle, generate_root, generate_vault};
use keyferry_protocol::organization as replayed;
use keyferry_protocol::statement::{Body, KeyCertificate, Policy};
use keyferry_protocol::wire::bundle::Bundle;
use keyferry_protocol::wire::organization::{NewOrganization, OrganizationView};
use keyferry_protocol::{Bytes, ChainHead, Code, OrganizationId, Role, Statement, Suite, route};

use super::{Organization, Organizations};
use crate::chain::Pen;
use crate::contacts::{NewPin, Pinned};
use crate::error::ClientError;
use crate::person::Pin;
use crate::platform::Platform;
use crate::relay::Submission;
use crate::session::Inner;

/// The longest time a grant of a new organization may last: 366 days, in milliseconds.
const MAX_GRANT_MS: u64 = 366 * 24 * 60 * 60 * 1000;

impl<P: Platform> Organizations<P> {
    /// Makes root and vault, and pins the new organization as verified.
    ///
    /// # Errors
    /// `organization_key_mismatch` when the relay serves it back with other keys.
    pub async fn create(&self, name: &str, suite: Suite) -> Result<Organization, ClientError> {
        let inner = &self.session.inner;
        let founded = inner.found(name, suite).await?;
        let fingerprint = founded.root_key()?.public.fingerprint(founded.id.into());
        inner.append(async |pen| inner.founding(pen, &founded).await).await?;
        // Before it is pinned: what the relay took is what was made.
        let view: OrganizationView = inner.relay.get(&route::organization(founded.id)).await?;
        if view.chain != founded.chain {
            return Err(ClientError::new(
                Code::OrganizationKeyMismatch,
                "the relay serves the new organization with other keys",
            ));
        }
        let pinned = Pinned { fingerprint, how: Pin::Verified };
        inner.set_pin(NewPin::Organization(founded.id, pinned)).await?;
        inner.take_view(founded.id, &view).await.map(|known| inner.show_organization(&known))
    }
}

/// A new organization's keys and chain. Locks are added when the founder's own statements are signed.
struct Founded<P: Platform> {
    id: OrganizationId,
    chain: Vec<Bytes>,
    root: NewBundle<P::Engine>,
    vault: NewBundle<P::Engine>,
}

impl<P: Platform> Founded<P> {
    fn root_key(&self) -> Result<&SigningKey<P::Engine>, ClientError> {
        self.root
            .keys
            .signing
            .as_ref()
            .ok_or_else(|| ClientError::new(Code::StateMissing, "no root key was made"))
    }
}

impl<P: Platform> Inner<P> {
    async fn found(&self, name: &str, suite: Suite) -> Result<Founded<P>, ClientError> {
        let engine = self.platform.engine();
        let mut id = [0; 16];
        engine.fill_random(&mut id)?;
        let id = OrganizationId::from_random(id);
        let root = generate_root(engine, id, suite, 1).await?;
        let vault = generate_vault(engine, id, suite, 1).await?;
        let mut founded = Founded { id, chain: Vec::new(), root, vault };
        self.sign_founding_chain(&mut founded, name).await?;
        Ok(founded)
    }

    /// Policy, vault certificate, the founder's membership.
    async fn sign_founding_chain(&self, founded: &mut Founded<P>, name: &str) -> Result<(), ClientError> {
        let root_key = founded.root_key()?.public;
        let policy =
            Policy { organization: founded.id, name: name.into(), root_key, max_grant_ms: MAX_GRANT_MS };
        let statement = self.sign_founding(founded, ChainHead::EMPTY, policy).await?;
        let mut state = replayed::Organization::replay(founded.id, &[&statement.0])?;
        founded.chain.push(statement);
        let bundle = &founded.vault.bundle;
        let public_key = bundle.keys.first().map(|key| key.public_key.clone()).unwrap_or_default();
        let vault = KeyCertificate { suite: bundle.suite, public_key, version: bundle.version };
        let statement = self.sign_founding(founded, state.head, vault).await?;
        state.apply(&statement.0)?;
        founded.chain.push(statement);
        let founder = state.next_membership(self.me.user, self.me.signing.public, Some(Role::Owner));
        let statement = self.sign_founding(founded, state.head, founder).await?;
        state.apply(&statement.0)?;
        founded.chain.push(statement);
        Ok(())
    }

    fn sign_founding<B: Body>(
        &self,
        founded: &Founded<P>,
        head: ChainHead,
        body: B,
    ) -> impl Future<Output = Result<Bytes, ClientError>> {
        let statement = Statement::following(head, founded.id.into(), self.platform.now_ms(), body);
        self.sign_as_root(founded.root.keys.signing.as_ref(), statement.unsigned())
    }

    /// The founder's locks, root first, each with its wrap statement.
    async fn founding(&self, pen: &mut Pen<'_, P>, founded: &Founded<P>) -> Result<Submission, ClientError> {
        let root = self.founder_locked(pen, founded.id, &founded.root).await?;
        let vault = self.founder_locked(pen, founded.id, &founded.vault).await?;
        let body = NewOrganization { organization: founded.id, chain: founded.chain.clone(), root, vault };
        Submission::post(route::organizations(), &body)
    }

    async fn founder_locked(
        &self,
        pen: &mut Pen<'_, P>,
        id: OrganizationId,
        new: &NewBundle<P::Engine>,
    ) -> Result<Bundle, ClientError> {
        let (user, key) = (self.me.user, self.me.encryption_key());
        let lock = self.member_lock(pen, id.into(), &new.bundle, &new.bundle_key, user, &key).await?;
        Ok(Bundle { locks: vec![lock], ..new.bundle.clone() })
    }
}
