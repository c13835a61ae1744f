//! What WebCrypto throws, as engine errors; and secrets on their way out of JavaScript buffers.

use js_sys::{Reflect, Uint8Array};
use keyferry_crypto::Secret;
use keyferry_crypto::engine::EngineError;
use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

/// A platform without the operation throws one of these; everything else is a refused input.
const UNAVAILABLE: [&str; 5] =
    ["NotSupportedError", "QuotaExceededError", "ReferenceError", "SecurityError", "TypeError"];

/// Maps what an operation threw. Outside a secure context `crypto.subtle` is undefined: a `TypeError`.
pub(super) fn engine_error(thrown: JsValue) -> EngineError {
    let name = Reflect::get(&thrown, &JsValue::from_str("name")).ok().and_then(|name| name.as_string());
    match name {
        Some(name) if UNAVAILABLE.contains(&name.as_str()) => EngineError::Unavailable,
        _ => EngineError::Refused,
    }
}

/// Exactly `N` public bytes.
pub(super) fn fixed<const N: usize>(bytes: &Uint8Array) -> Result<[u8; N], EngineError> {
    let mut out = [0; N];
    if bytes.length() as usize != N {
        return Err(EngineError::Refused);
    }
    bytes.copy_to(&mut out);
    Ok(out)
}

/// Moves 32 secret bytes out of a JavaScript buffer and wipes it.
pub(super) fn secret(result: Result<Uint8Array, JsValue>) -> Result<Secret<32>, EngineError> {
    let bytes = result.map_err(engine_error)?;
    let mut secret = Secret::zeroed();
    let fits = bytes.length() == 32;
    if fits {
        bytes.copy_to(secret.expose_mut());
    }
    wipe(&bytes);
    if fits { Ok(secret) } else { Err(EngineError::Refused) }
}

/// Moves secret bytes of any length out of a JavaScript buffer and wipes it.
pub(super) fn wiped(result: Result<Uint8Array, JsValue>) -> Result<Zeroizing<Vec<u8>>, EngineError> {
    let bytes = result.map_err(engine_error)?;
    let out = Zeroizing::new(bytes.to_vec());
    wipe(&bytes);
    Ok(out)
}

fn wipe(bytes: &Uint8Array) {
    bytes.fill(0, 0, bytes.length());
}
