//! Passkeys: WebAuthn stays in JavaScript (`pkg/src/platform/passkey.ts`).

use js_sys::{Array, Reflect, Uint8Array};
use keyferry_client::platform::{Authenticator, AuthenticatorError, Credential, NewCredential};
use keyferry_crypto::Secret;
use keyferry_protocol::{Bytes, Code};
use wasm_bindgen::prelude::*;

use super::in_flight::said;

#[wasm_bindgen]
extern "C" {
    /// The passkeys of this page's host.
    #[wasm_bindgen(typescript_type = "PasskeyHost")]
    pub type PasskeyHost;

    #[wasm_bindgen(method, getter, js_name = rpId)]
    fn rp_id(this: &PasskeyHost) -> String;
    #[wasm_bindgen(method, catch)]
    async fn create(
        this: &PasskeyHost,
        challenge: &[u8],
        salt: &[u8],
        user: &[u8],
        email: &str,
        others: Array,
    ) -> Result<Array, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn get(this: &PasskeyHost, challenge: &[u8], salt: &[u8]) -> Result<Array, JsValue>;
    #[wasm_bindgen(method)]
    fn forget(this: &PasskeyHost, id: &str);
}

impl Authenticator for PasskeyHost {
    fn rp_id(&self) -> String {
        PasskeyHost::rp_id(self)
    }

    async fn create(&self, asked: NewCredential<'_>) -> Result<Credential, AuthenticatorError> {
        let NewCredential { challenge, salt, user, email, others } = asked;
        let others = others.iter().map(|id| Uint8Array::from(id.as_ref())).collect();
        given(PasskeyHost::create(self, challenge, salt, user.as_bytes(), email, others).await)
    }

    async fn get(&self, challenge: &[u8], salt: &[u8; 32]) -> Result<Credential, AuthenticatorError> {
        given(PasskeyHost::get(self, challenge, salt).await)
    }

    fn forget(&self, credential: &Bytes) {
        PasskeyHost::forget(self, &credential.to_string());
    }
}

/// Byte arrays in the order of [`Credential`]. What the PRF gave is wiped where JavaScript keeps it.
fn given(answer: Result<Array, JsValue>) -> Result<Credential, AuthenticatorError> {
    let answer = answer.map_err(|thrown| {
        let code = Reflect::get(&thrown, &JsValue::from_str("code")).ok().and_then(|code| code.as_string());
        let code = code.and_then(|code| Code::parse(&code)).unwrap_or(Code::PlatformUnsupported);
        AuthenticatorError { code, message: said(&thrown) }
    })?;
    let at = |index| Uint8Array::from(answer.get(index));
    let bytes = |index| Bytes(at(index).to_vec());
    let mut prf = Secret::zeroed();
    let there = at(5);
    // Copied from JavaScript into the secret itself.
    there.copy_to(prf.expose_mut());
    there.fill(0, 0, 32);
    Ok(Credential {
        credential: bytes(0),
        client_data: bytes(1),
        authenticator_data: bytes(2),
        signature: bytes(3),
        user: bytes(4),
        prf,
    })
}
