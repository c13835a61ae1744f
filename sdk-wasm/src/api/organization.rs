//! Organizations and invitations.

use wasm_bindgen::prelude::*;

use super::answer::{fingerprint, parsed, role, suite};
use super::session::RawSession;
use crate::view::{Invitation, Organization, each};

#[wasm_bindgen]
impl RawSession {
    /// Makes an organization.
    #[wasm_bindgen(js_name = createOrganization, unchecked_return_type = "Organization")]
    pub async fn create_organization(&self, name: &str, suite_id: Option<String>) -> Result<JsValue, JsValue> {
        let flow = async {
            let made = self.session.organizations().create(name, suite(suite_id)?).await?;
            Ok(Organization::from(made))
        };
        self.results.answer(flow).await
    }

    /// My organizations.
    #[wasm_bindgen(js_name = listOrganizations, unchecked_return_type = "Organization[]")]
    pub async fn list_organizations(&self) -> Result<JsValue, JsValue> {
        let flow = async { Ok(each::<_, Organization>(self.session.organizations().list().await?)) };
        self.results.answer(flow).await
    }

    /// One of them.
    #[wasm_bindgen(js_name = getOrganization, unchecked_return_type = "Organization")]
    pub async fn get_organization(&self, id: &str) -> Result<JsValue, JsValue> {
        let flow = async { Ok(Organization::from(self.session.organizations().get(parsed(id)?).await?)) };
        self.results.answer(flow).await
    }

    /// Invites a person.
    #[wasm_bindgen(unchecked_return_type = "Invitation")]
    pub async fn invite(&self, id: &str, email: &str, role_name: &str) -> Result<JsValue, JsValue> {
        let flow = async {
            let made = self.session.organizations().invite(parsed(id)?, email, role(role_name)?).await?;
            Ok(Invitation::from(made))
        };
        self.results.answer(flow).await
    }

    /// Invitations of an organization.
    #[wasm_bindgen(js_name = organizationInvitations, unchecked_return_type = "Invitation[]")]
    pub async fn organization_invitations(&self, id: &str) -> Result<JsValue, JsValue> {
        let flow =
            async { Ok(each::<_, Invitation>(self.session.organizations().invitations(parsed(id)?).await?)) };
        self.results.answer(flow).await
    }

    /// Signs the membership of a person who accepted.
    #[wasm_bindgen(unchecked_return_type = "Organization")]
    pub async fn admit(&self, id: &str, invitation: &str, compared: &str) -> Result<JsValue, JsValue> {
        let flow = async {
            let (id, invitation) = (parsed(id)?, parsed(invitation)?);
            let organizations = self.session.organizations();
            Ok(Organization::from(organizations.admit(id, invitation, fingerprint(compared)?).await?))
        };
        self.results.answer(flow).await
    }

    /// Ends a membership.
    #[wasm_bindgen(js_name = removeMember, unchecked_return_type = "Organization")]
    pub async fn remove_member(&self, id: &str, user: &str) -> Result<JsValue, JsValue> {
        let flow = async {
            let left = self.session.organizations().remove(parsed(id)?, parsed(user)?).await?;
            Ok(Organization::from(left))
        };
        self.results.answer(flow).await
    }

    /// Invitations for me.
    #[wasm_bindgen(js_name = myInvitations, unchecked_return_type = "Invitation[]")]
    pub async fn my_invitations(&self) -> Result<JsValue, JsValue> {
        let flow = async { Ok(each::<_, Invitation>(self.session.invitations().list().await?)) };
        self.results.answer(flow).await
    }

    /// Accepts one.
    #[wasm_bindgen(js_name = acceptInvitation, unchecked_return_type = "Invitation")]
    pub async fn accept_invitation(&self, id: &str) -> Result<JsValue, JsValue> {
        let flow = async { Ok(Invitation::from(self.session.invitations().accept(parsed(id)?).await?)) };
        self.results.answer(flow).await
    }
}
