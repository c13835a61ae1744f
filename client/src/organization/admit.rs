//! Who is a member: invitations, memberships signed by the root, and the locks they bring.

use keyferry_protocol::wire::bundle::BundleKind;
use keyferry_protocol::wire::organization::{
    self as wire, InvitationState, NewInvitation, NewLock, NewMembership,
};
use keyferry_protocol::{
    Bytes, Code, Fingerprint, IdentityKey, InvitationId, OrganizationId, Role, UserId, route,
};

use super::keys::OpenedBundle;
use super::known::KnownOrganization;
use super::{Organization, Organizations};
use crate::chain::Pen;
use crate::device::rollback;
use crate::error::ClientError;
use crate::invitation::Invitation;
use crate::people::Recipient;
use crate::person::Pin;
use crate::platform::Platform;
use crate::relay::Submission;
use crate::session::Inner;

impl<P: Platform> Organizations<P> {
    /// Invites a person.
    ///
    /// # Errors
    /// `role_insufficient`.
    pub async fn invite(
        &self,
        id: OrganizationId,
        email: &str,
        role: Role,
    ) -> Result<Invitation, ClientError> {
        let inner = &self.session.inner;
        let known = inner.trusted_organization(id).await?;
        inner.my_membership(&known, Role::holds_root)?;
        let email = keyferry_crypto::passphrase::normalize_email(inner.platform.engine(), email);
        let invitation = NewInvitation { email, role };
        let submission = Submission::post(route::organization_invitations(id), &invitation)?;
        let made: wire::Invitation = inner.relay.ask(&submission).await?;
        inner.invitation(&made)
    }

    /// Invitations of the organization; those in state accepted wait for [`Organizations::admit`].
    ///
    /// # Errors
    /// `role_insufficient`.
    pub async fn invitations(&self, id: OrganizationId) -> Result<Vec<Invitation>, ClientError> {
        let inner = &self.session.inner;
        let served: Vec<wire::Invitation> = inner.relay.get(&route::organization_invitations(id)).await?;
        served.iter().map(|invitation| inner.invitation(invitation)).collect()
    }

    /// Signs the membership of a person who accepted an invitation, with the locks their role needs. `fingerprint` is
    /// the one that was compared with them; it must be pinned.
    ///
    /// # Errors
    /// `key_unverified`, `key_changed`, `role_insufficient`, `invitation_state`.
    pub async fn admit(
        &self,
        id: OrganizationId,
        invitation: InvitationId,
        fingerprint: Fingerprint,
    ) -> Result<Organization, ClientError> {
        let inner = &self.session.inner;
        inner
            .append(async |pen| {
                let known = inner.trusted_organization(id).await?;
                inner.my_membership(&known, Role::holds_root)?;
                let (person, role) = inner.accepted(id, invitation, fingerprint).await?;
                inner.admission(pen, &known, &person, role, invitation).await
            })
            .await?;
        self.get(id).await
    }

    /// Ends a membership.
    ///
    /// # Errors
    /// `role_insufficient`, `not_found`.
    pub async fn remove(&self, id: OrganizationId, user: UserId) -> Result<Organization, ClientError> {
        self.change_member(id, user, None).await
    }

    /// Signs a member's role by the identity that took the place of theirs. `compared` is the fingerprint that was compared with
    /// them; it must be pinned.
    ///
    /// # Errors
    /// `key_unverified`, `key_changed`, `role_insufficient`, `not_found`.
    pub async fn confirm(
        &self,
        id: OrganizationId,
        user: UserId,
        compared: Fingerprint,
    ) -> Result<Organization, ClientError> {
        self.change_member(id, user, Some(compared)).await
    }

    /// [`Organizations::confirm`] by a compared fingerprint; without one, [`Organizations::remove`].
    ///
    /// # Errors
    /// As of these.
    pub async fn change_member(
        &self,
        id: OrganizationId,
        user: UserId,
        compared: Option<Fingerprint>,
    ) -> Result<Organization, ClientError> {
        let inner = &self.session.inner;
        for attempt in 1.. {
            let known = inner.trusted_organization(id).await?;
            inner.my_membership(&known, Role::holds_root)?;
            let Some(member) = known.state.member(user) else {
                return Err(ClientError::new(Code::NotFound, "this person is no member"));
            };
            let root = inner.open_organization_bundle(&known, BundleKind::Root).await?;
            let identity = match compared.zip(known.people.get(&user)) {
                Some((compared, served)) => {
                    let recipient = inner.recipient(served, compared).await?;
                    if inner.judge_person(user, compared) != Pin::Verified {
                        let message = "compare this person's fingerprint first";
                        return Err(ClientError::new(Code::KeyUnverified, message));
                    }
                    Some(recipient.identity.identity_key)
                }
                None => None,
            };
            let key = identity.unwrap_or(member.identity_key);
            let role = identity.map(|_| member.role);
            let membership = inner.sign_membership(&root, &known, user, key, role).await?;
            let change = NewMembership { membership, invitation: None, locks: Vec::new() };
            match inner.relay.submit(&Submission::post(route::members(id), &change)?).await {
                Err(error) if error.code == Code::ChainConflict && attempt < 3 => {}
                result => {
                    result?;
                    // A removal that was not taken must not look like one.
                    let now = inner.organization(id).await?.state.member(user).map(|now| now.identity_key);
                    if now != identity {
                        return Err(rollback("the organization"));
                    }
                    return self.get(id).await;
                }
            }
        }
        unreachable!("the loop returns")
    }
}

impl<P: Platform> Inner<P> {
    /// The person who accepted an invitation, compared and pinned.
    async fn accepted(
        &self,
        id: OrganizationId,
        invitation: InvitationId,
        fingerprint: Fingerprint,
    ) -> Result<(Recipient, Role), ClientError> {
        let served: Vec<wire::Invitation> = self.relay.get(&route::organization_invitations(id)).await?;
        let invitation = served
            .into_iter()
            .find(|served| served.invitation == invitation)
            .ok_or_else(|| ClientError::new(Code::NotFound, "there is no such invitation"))?;
        match (&invitation.invited, invitation.state) {
            (Some(invited), InvitationState::Accepted) => {
                Ok((self.recipient(invited, fingerprint).await?, invitation.role))
            }
            _ => Err(ClientError::new(Code::InvitationState, "this invitation does not wait for an owner")),
        }
    }

    async fn admission(
        &self,
        pen: &mut Pen<'_, P>,
        known: &KnownOrganization,
        person: &Recipient,
        role: Role,
        invitation: InvitationId,
    ) -> Result<Submission, ClientError> {
        let root = self.open_organization_bundle(known, BundleKind::Root).await?;
        let key = person.identity.identity_key;
        let membership = self.sign_membership(&root, known, person.user, key, Some(role)).await?;
        let mut locks = Vec::new();
        if role.holds_root() {
            locks.push(self.lock_for(pen, known, &root, person).await?);
        }
        if role.holds_vault() {
            let vault = self.open_organization_bundle(known, BundleKind::Vault).await?;
            locks.push(self.lock_for(pen, known, &vault, person).await?);
        }
        let change = NewMembership { membership, invitation: Some(invitation), locks };
        Submission::post(route::members(known.id()), &change)
    }

    pub(crate) async fn sign_membership(
        &self,
        root: &OpenedBundle<P>,
        known: &KnownOrganization,
        user: UserId,
        key: IdentityKey,
        role: Option<Role>,
    ) -> Result<Bytes, ClientError> {
        self.sign_as_organization(root, known, known.state.next_membership(user, key, role)).await
    }

    async fn lock_for(
        &self,
        pen: &mut Pen<'_, P>,
        known: &KnownOrganization,
        opened: &OpenedBundle<P>,
        person: &Recipient,
    ) -> Result<NewLock, ClientError> {
        let OpenedBundle { bundle, bundle_key, .. } = opened;
        let owner = known.owner_id();
        let lock = self.member_lock(pen, owner, bundle, bundle_key, person.user, &person.key).await?;
        Ok(NewLock { bundle: bundle.kind, lock })
    }
}
