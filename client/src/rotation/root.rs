//! Rotation of an organization's root, by an owner. It wraps no file: memberships and the vault's certificate stand as the root
//! before signed them.

use keyferry_crypto::bundle::generate_root;
use keyferry_protocol::statement::Succession;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind};
use keyferry_protocol::wire::organization::RootRotation;
use keyferry_protocol::{ChainHead, Digest, IdentityKey, OrganizationId, Role, Statement, route};

use crate::chain::Pen;
use crate::contacts::{NewPin, Pinned};
use crate::device::rollback;
use crate::error::ClientError;
use crate::organization::{Organization, Organizations};
use crate::person::Pin;
use crate::platform::Platform;
use crate::relay::Submission;
use crate::session::Inner;

impl<P: Platform> Organizations<P> {
    /// Makes the organization's next root, named by the one until now and vouched for by me, with a lock for every owner. Who was
    /// removed before can sign nothing any more. The fingerprint is another: once one of the other owners compared and pinned
    /// it, the pins of members follow; until then, and where there is no other owner, each compares it.
    ///
    /// # Errors
    /// `role_insufficient`; `account_suspended` while an owner's account is.
    pub async fn rotate_root(&self, id: OrganizationId) -> Result<Organization, ClientError> {
        let inner = &self.session.inner;
        let root = inner.append_with(async |pen| inner.root_rotation(pen, id).await).await?;
        let known = inner.organization(id).await?;
        if known.state.root != root {
            return Err(rollback("the organization"));
        }
        // Other devices of mine need not compare what I made. The rotation is done, whatever becomes of it.
        let pinned = Pinned { fingerprint: known.state.fingerprint(), how: Pin::Verified };
        let _ = inner.set_pin(NewPin::Organization(id, pinned)).await;
        self.get(id).await
    }
}

impl<P: Platform> Inner<P> {
    async fn root_rotation(
        &self,
        pen: &mut Pen<'_, P>,
        id: OrganizationId,
    ) -> Result<(Submission, IdentityKey), ClientError> {
        let engine = self.platform.engine();
        let known = self.trusted_organization(id).await?;
        self.my_membership(&known, Role::holds_root)?;
        let root = self.open_organization_bundle(&known, BundleKind::Root).await?;
        let next = generate_root(engine, id, root.bundle.suite, root.bundle.version + 1).await?;
        let signing = next.keys.signing.as_ref();
        let to = signing.map_or(known.state.root, |signing| signing.public);
        let (owner, from) = (id.into(), known.state.root);
        let succession = Succession { owner, from, to };
        let by_old = self.sign_as_organization(&root, &known, succession.clone()).await?;
        let head = ChainHead { sequence: known.state.head.sequence + 1, hash: Digest::of(&by_old.0) };
        let by_new = Statement::following(head, owner, self.platform.now_ms(), succession.clone());
        let by_new = self.sign_as_root(signing, by_new.unsigned()).await?;
        let mut bundle = Bundle { locks: Vec::new(), ..next.bundle.clone() };
        self.lock_for_all(pen, &known, &next, &mut bundle, Role::holds_root).await?;
        let voucher = pen.sign(succession).await?.bytes;
        let body = RootRotation { successions: vec![by_old, by_new], bundle, voucher };
        Ok((Submission::post(route::root(id), &body)?, to))
    }
}
