//! People and pins.

use js_sys::Promise;
use keyferry_client::{ClientError, Pin};
use wasm_bindgen::prelude::*;

use super::answer::{done, fingerprint, invalid, parsed};
use super::session::RawSession;
use crate::view::Person;

#[wasm_bindgen]
impl RawSession {
    /// Pins a person's fingerprint.
    #[wasm_bindgen(js_name = pinPerson, unchecked_return_type = "Promise<Person>")]
    pub fn pin_person(&self, user: String, compared: String, how: String) -> Promise {
        self.flow(async move |it| {
            let (user, compared) = (parsed(&user)?, fingerprint(&compared)?);
            it.show::<Person>(it.session.people().pin(user, compared, pin(&how)?).await?)
        })
    }

    /// Pins an organization's fingerprint.
    #[wasm_bindgen(js_name = pinOrganization, unchecked_return_type = "Promise<void>")]
    pub fn pin_organization(&self, id: String, compared: String, how: String) -> Promise {
        self.flow(async move |it| {
            let (id, compared) = (parsed(&id)?, fingerprint(&compared)?);
            done(it.session.people().pin_organization(id, compared, pin(&how)?).await)
        })
    }

    /// A person.
    #[wasm_bindgen(js_name = getPerson, unchecked_return_type = "Promise<Person>")]
    pub fn get_person(&self, user: String) -> Promise {
        self.flow(async move |it| it.show::<Person>(it.session.people().get(parsed(&user)?).await?))
    }
}

fn pin(how: &str) -> Result<Pin, ClientError> {
    match how {
        "verified" => Ok(Pin::Verified),
        "trusted" => Ok(Pin::Trusted),
        _ => Err(invalid("a fingerprint is pinned as `verified` or `trusted`")),
    }
}
