//! Organizations and invitations.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use super::answer::{done, fingerprint, parsed, role, suite};
use super::session::RawSession;
use super::watch::JsAbortSignal;
use crate::view::{Invitation, Organization};

#[wasm_bindgen]
impl RawSession {
    /// Makes an organization.
    #[wasm_bindgen(js_name = createOrganization, unchecked_return_type = "Promise<Organization>")]
    pub fn create_organization(&self, name: String, suite_id: Option<String>) -> Promise {
        self.flow(async move |it| {
            let made = it.session.organizations().create(&name, suite(suite_id)?).await?;
            it.show::<Organization>(made)
        })
    }

    /// My organizations.
    #[wasm_bindgen(js_name = listOrganizations, unchecked_return_type = "Promise<Organization[]>")]
    pub fn list_organizations(&self) -> Promise {
        self.flow(async move |it| it.show_each::<Organization, _>(it.session.organizations().list().await?))
    }

    /// One of them.
    #[wasm_bindgen(js_name = getOrganization, unchecked_return_type = "Promise<Organization>")]
    pub fn get_organization(&self, id: String) -> Promise {
        self.flow(async move |it| {
            it.show::<Organization>(it.session.organizations().get(parsed(&id)?).await?)
        })
    }

    /// Invites a person.
    #[wasm_bindgen(unchecked_return_type = "Promise<Invitation>")]
    pub fn invite(&self, id: String, email: String, role_name: String) -> Promise {
        self.flow(async move |it| {
            let organizations = it.session.organizations();
            it.show::<Invitation>(organizations.invite(parsed(&id)?, &email, role(&role_name)?).await?)
        })
    }

    /// Invitations of an organization.
    #[wasm_bindgen(js_name = organizationInvitations, unchecked_return_type = "Promise<Invitation[]>")]
    pub fn organization_invitations(&self, id: String) -> Promise {
        self.flow(async move |it| {
            it.show_each::<Invitation, _>(it.session.organizations().invitations(parsed(&id)?).await?)
        })
    }

    /// Signs the membership of a person who accepted.
    #[wasm_bindgen(unchecked_return_type = "Promise<Organization>")]
    pub fn admit(&self, id: String, invitation: String, compared: String) -> Promise {
        self.flow(async move |it| {
            let (id, invitation) = (parsed(&id)?, parsed(&invitation)?);
            let organizations = it.session.organizations();
            it.show::<Organization>(organizations.admit(id, invitation, fingerprint(&compared)?).await?)
        })
    }

    /// Signs a member's role by the identity that took the place of theirs or, where none was compared, ends the membership.
    #[wasm_bindgen(js_name = changeMember, unchecked_return_type = "Promise<Organization>")]
    pub fn change_member(&self, id: String, user: String, compared: Option<String>) -> Promise {
        self.flow(async move |it| {
            let (id, user) = (parsed(&id)?, parsed(&user)?);
            let compared = compared.map(|compared| fingerprint(&compared)).transpose()?;
            it.show::<Organization>(it.session.organizations().change_member(id, user, compared).await?)
        })
    }

    /// Makes the organization's next root.
    #[wasm_bindgen(js_name = rotateRoot, unchecked_return_type = "Promise<Organization>")]
    pub fn rotate_root(&self, id: String) -> Promise {
        self.flow(async move |it| {
            it.show::<Organization>(it.session.organizations().rotate_root(parsed(&id)?).await?)
        })
    }

    /// Makes the vault's next key and wraps everything to it.
    #[wasm_bindgen(js_name = rotateVault, unchecked_return_type = "Promise<void>")]
    pub fn rotate_vault(
        &self,
        id: String,
        on_progress: Option<Function>,
        signal: Option<JsAbortSignal>,
    ) -> Promise {
        self.watched(on_progress, signal, async move |it, watch| {
            done(it.session.organizations().rotate_vault(parsed(&id)?, &watch).await)
        })
    }

    /// Invitations for me.
    #[wasm_bindgen(js_name = myInvitations, unchecked_return_type = "Promise<Invitation[]>")]
    pub fn my_invitations(&self) -> Promise {
        self.flow(async move |it| it.show_each::<Invitation, _>(it.session.invitations().list().await?))
    }

    /// Accepts one.
    #[wasm_bindgen(js_name = acceptInvitation, unchecked_return_type = "Promise<Invitation>")]
    pub fn accept_invitation(&self, id: String) -> Promise {
        self.flow(async move |it| it.show::<Invitation>(it.session.invitations().accept(parsed(&id)?).await?))
    }
}
