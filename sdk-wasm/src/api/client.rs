//! Registering and logging in.

use std::rc::Rc;

use js_sys::Promise;
use keyferry_client::{Client, ClientError, Credentials, LostPassphrase, Registration};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use super::answer::{ResultHost, suite};
use super::session::RawSession;
use crate::platform::{JsPlatform, PasskeyHost, PlatformHost};

/// A client of one relay.
#[wasm_bindgen]
pub struct RawClient {
    client: Rc<Client<JsPlatform>>,
    results: ResultHost,
}

#[wasm_bindgen]
impl RawClient {
    /// A client that stands on what `host` provides, with so many PBKDF2 iterations for passphrases.
    #[wasm_bindgen(constructor)]
    pub fn new(host: PlatformHost, results: ResultHost, iterations: Option<u32>) -> Result<Self, JsValue> {
        let client = Client::new(JsPlatform::new(host));
        let client = match iterations {
            Some(iterations) => {
                client.with_iterations(iterations).map_err(|error: ClientError| results.fail(&error))?
            }
            None => client,
        };
        Ok(RawClient { client: Rc::new(client), results })
    }

    /// Registers and logs in.
    #[wasm_bindgen(unchecked_return_type = "Promise<RawSession>")]
    pub fn register(
        &self,
        email: String,
        passphrase: String,
        suite_id: Option<String>,
        invitation: Option<String>,
    ) -> Promise {
        let (client, results) = (self.client.clone(), self.results.clone());
        let passphrase = Zeroizing::new(passphrase);
        self.results.promise(async move {
            let suite = suite(suite_id)?;
            let registration = Registration {
                email: &email,
                passphrase: &passphrase,
                suite,
                invitation: invitation.as_deref(),
            };
            let session = client.register(registration).await?;
            Ok(RawSession { session, results }.into())
        })
    }

    /// Recovers an account, and resolves with the words of the next recovery code.
    #[wasm_bindgen(unchecked_return_type = "Promise<string>")]
    pub fn recover(&self, email: String, code: String, passphrase: String) -> Promise {
        let client = self.client.clone();
        let (code, passphrase) = (Zeroizing::new(code), Zeroizing::new(passphrase));
        self.results.promise(async move {
            let lost = LostPassphrase { email: &email, code: &code, passphrase: &passphrase };
            // The words go to the page, which shows them.
            Ok(client.recover(lost).await?.as_str().into())
        })
    }

    /// Logs in and unlocks by a passkey.
    #[wasm_bindgen(js_name = loginWithPasskey, unchecked_return_type = "Promise<RawSession>")]
    pub fn login_with_passkey(&self, host: PasskeyHost) -> Promise {
        let (client, results) = (self.client.clone(), self.results.clone());
        self.results.promise(async move {
            let session = client.login_with_passkey(&host).await?;
            Ok(RawSession { session, results }.into())
        })
    }

    /// Logs in and unlocks.
    #[wasm_bindgen(unchecked_return_type = "Promise<RawSession>")]
    pub fn login(&self, email: String, passphrase: String, changed_elsewhere: bool) -> Promise {
        let (client, results) = (self.client.clone(), self.results.clone());
        let passphrase = Zeroizing::new(passphrase);
        self.results.promise(async move {
            let credentials = Credentials { email: &email, passphrase: &passphrase, changed_elsewhere };
            let session = client.login(credentials).await?;
            Ok(RawSession { session, results }.into())
        })
    }
}
