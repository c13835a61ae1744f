//! People and pins.

use keyferry_client::{ClientError, Pin};
use wasm_bindgen::prelude::*;

use super::answer::{fingerprint, invalid, parsed};
use super::session::RawSession;
use crate::view::Person;

#[wasm_bindgen]
impl RawSession {
    /// Pins a person's fingerprint.
    #[wasm_bindgen(js_name = pinPerson, unchecked_return_type = "Person")]
    pub async fn pin_person(&self, user: &str, compared: &str, how: &str) -> Result<JsValue, JsValue> {
        let flow = async {
            let (user, compared) = (parsed(user)?, fingerprint(compared)?);
            Ok(Person::from(self.session.people().pin(user, compared, pin(how)?).await?))
        };
        self.results.answer(flow).await
    }

    /// Pins an organization's fingerprint.
    #[wasm_bindgen(js_name = pinOrganization)]
    pub async fn pin_organization(&self, id: &str, compared: &str, how: &str) -> Result<(), JsValue> {
        let flow = async {
            let (id, compared) = (parsed(id)?, fingerprint(compared)?);
            self.session.people().pin_organization(id, compared, pin(how)?).await
        };
        self.results.done(flow).await
    }

    /// A person.
    #[wasm_bindgen(js_name = getPerson, unchecked_return_type = "Person")]
    pub async fn get_person(&self, user: &str) -> Result<JsValue, JsValue> {
        let flow = async { Ok(Person::from(self.session.people().get(parsed(user)?).await?)) };
        self.results.answer(flow).await
    }
}

fn pin(how: &str) -> Result<Pin, ClientError> {
    match how {
        "verified" => Ok(Pin::Verified),
        "trusted" => Ok(Pin::Trusted),
        _ => Err(invalid("a fingerprint is pinned as `verified` or `trusted`")),
    }
}
