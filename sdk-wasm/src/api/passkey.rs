//! Passkeys.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use super::answer::{done, parsed};
use super::session::RawSession;
use crate::platform::PasskeyHost;
use crate::view::Passkey;

#[wasm_bindgen]
impl RawSession {
    /// Makes a passkey that logs in and opens the account's keys.
    #[wasm_bindgen(js_name = addPasskey, unchecked_return_type = "Promise<void>")]
    pub fn add_passkey(&self, host: PasskeyHost, name: String, passphrase: String) -> Promise {
        let passphrase = Zeroizing::new(passphrase);
        self.flow(async move |it| done(it.session.passkeys().add(&host, &name, &passphrase).await))
    }

    /// My passkeys, oldest first.
    #[wasm_bindgen(js_name = listPasskeys, unchecked_return_type = "Promise<Passkey[]>")]
    pub fn list_passkeys(&self) -> Promise {
        self.flow(async move |it| it.show_each::<Passkey, _>(it.session.passkeys().list().await?))
    }

    /// Removes a passkey.
    #[wasm_bindgen(js_name = removePasskey, unchecked_return_type = "Promise<void>")]
    pub fn remove_passkey(&self, id: String) -> Promise {
        self.flow(async move |it| done(it.session.passkeys().remove(&parsed(&id)?).await))
    }
}
