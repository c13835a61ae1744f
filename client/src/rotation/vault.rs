//! Rotation of a vault's key, by an owner.

use keyferry_crypto::bundle::{NewBundle, generate_vault};
use keyferry_protocol::statement::{KeyCertificate, Rotation};
use keyferry_protocol::wire::account::PublicIdentity;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind};
use keyferry_protocol::wire::rotation::VaultRotation;
use keyferry_protocol::{Code, EncryptionKey, OrganizationId, Role, UserId, Verified, route};

use super::Rotating;
use crate::chain::Pen;
use crate::device::rollback;
use crate::error::ClientError;
use crate::file::Watch;
use crate::organization::{KnownOrganization, OpenedBundle, Organizations};
use crate::person::Pin;
use crate::platform::Platform;
use crate::relay::Submission;
use crate::session::Inner;

impl<P: Platform> Organizations<P> {
    /// Makes the vault's next key, certified by the root, with a lock for everyone who holds the vault now, and wraps every
    /// file's key and every reason to it. Who was removed before opens nothing that is stored from then on.
    ///
    /// # Errors
    /// `role_insufficient`; `commitment_mismatch` for a file whose key nobody could open any more: erase it and try again.
    pub async fn rotate_vault(&self, id: OrganizationId, watch: &Watch) -> Result<(), ClientError> {
        self.session.inner.rotate_vault(id, watch).await
    }
}

impl<P: Platform> Inner<P> {
    async fn rotate_vault(&self, id: OrganizationId, watch: &Watch) -> Result<(), ClientError> {
        let known = self.trusted_organization(id).await?;
        self.my_membership(&known, Role::holds_root)?;
        let old = self.vault(&known).await?;
        let version = known.state.vault.as_ref().map_or(1, |vault| vault.version + 1);
        let next = generate_vault(self.platform.engine(), id, old.public.suite, version).await?;
        let new = EncryptionKey {
            suite: next.bundle.suite,
            public_key: next.bundle.keys.first().map(|key| key.public_key.clone()).unwrap_or_default(),
        };
        let rotating =
            Rotating { organization: Some(id), owner: id.into(), old, new, wraps: Default::default() };
        self.begin_rotation(&rotating).await?;
        loop {
            watch.abort.race(self.rewrap_all(&rotating, watch)).await?;
            let ended = self
                .append(async |pen| {
                    // The organization may have changed while everything was wrapped.
                    let known = self.trusted_organization(id).await?;
                    self.my_membership(&known, Role::holds_root)?;
                    let root = self.open_organization_bundle(&known, BundleKind::Root).await?;
                    self.end_vault_rotation(pen, &known, &root, &next, &rotating).await
                })
                .await;
            match ended {
                Err(error) if error.code == Code::RotationIncomplete => {}
                _ => break ended?,
            }
        }
        self.check_rotated(&rotating, id).await
    }

    /// What the relay took, it also serves: else others would go on with the key until now.
    async fn check_rotated(&self, rotating: &Rotating<P>, id: OrganizationId) -> Result<(), ClientError> {
        let known = self.organization(id).await?;
        if known.vault_key()? == rotating.new { Ok(()) } else { Err(rollback("the organization")) }
    }

    async fn end_vault_rotation(
        &self,
        pen: &mut Pen<'_, P>,
        known: &KnownOrganization,
        root: &OpenedBundle<P>,
        next: &NewBundle<P::Engine>,
        rotating: &Rotating<P>,
    ) -> Result<Submission, ClientError> {
        let EncryptionKey { suite, public_key } = rotating.new.clone();
        let certificate = KeyCertificate { suite, public_key, version: next.bundle.version };
        let certificate = self.sign_as_organization(root, known, certificate).await?;
        let mut bundle = Bundle { locks: Vec::new(), ..next.bundle.clone() };
        self.lock_for_all(pen, known, next, &mut bundle, Role::holds_vault).await?;
        let rotation: Rotation = rotating.statement();
        let rotation = pen.sign(rotation).await?.bytes;
        Submission::post(route::vault(known.id()), &VaultRotation { certificate, bundle, rotation })
    }

    /// Adds a lock for each member whose role holds the bundle.
    pub(super) async fn lock_for_all(
        &self,
        pen: &mut Pen<'_, P>,
        known: &KnownOrganization,
        next: &NewBundle<P::Engine>,
        bundle: &mut Bundle,
        holds: fn(Role) -> bool,
    ) -> Result<(), ClientError> {
        for (user, certificate) in holders(known, holds)? {
            let signed = known.state.member(user).map(|member| member.fingerprint());
            // Whoever compared another identity of theirs knows that the one the root signed is out of date.
            if signed.is_some_and(|signed| self.judge_person(user, signed) == Pin::Changed) {
                return Err(unconfirmed(Code::KeyChanged));
            }
            self.memory.update(|memory| memory.see_key(user, certificate.version)).await?;
            let key = certificate.key();
            // Of one's own key one knows which it is.
            if user == self.me.user && key != self.me.encryption_key() {
                return Err(rollback("your account"));
            }
            let owner = known.owner_id();
            let lock = self.member_lock(pen, owner, &next.bundle, &next.bundle_key, user, &key).await?;
            bundle.locks.push(lock);
        }
        Ok(())
    }
}

/// Whose role holds a bundle, by the identities the root signed, and the keys those certified.
fn holders(
    known: &KnownOrganization,
    holds: fn(Role) -> bool,
) -> Result<Vec<(UserId, KeyCertificate)>, ClientError> {
    let members = known.state.members.values().filter(|member| holds(member.role));
    members
        .map(|member| {
            let served: Option<&PublicIdentity> = known.people.get(&member.user);
            let certificate = served.map(|served| served.key_certificate.0.as_slice()).unwrap_or_default();
            Verified::<KeyCertificate>::check(certificate, member.user.into(), &member.identity_key)
                .map(|certificate| (member.user, certificate.statement.body))
                .map_err(|_| unconfirmed(Code::KeyUnverified))
        })
        .collect()
}

fn unconfirmed(code: Code) -> ClientError {
    ClientError::new(code, "somebody who holds the key replaced their identity: confirm it first")
}
