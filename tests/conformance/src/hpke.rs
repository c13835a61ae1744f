//! HPKE: the vectors of RFC 9180 (from the CFRG's `test-vectors.json`) whose KEM is ours. Of the one that is our whole suite
//! everything is compared, of the others what the KEM gives.

use keyferry_crypto::vectors::{hpke_message_key, hpke_shared_secret};
use keyferry_crypto::{Engine, EngineError};
use serde::Deserialize;

use crate::key::x25519_key;
use crate::report::Report;

const VECTORS: &str = include_str!("../vectors/rfc9180.json");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vector {
    info: String,
    sk_rm: String,
    pk_rm: String,
    sk_em: String,
    enc: String,
    #[serde(rename = "shared_secret")]
    shared_secret: String,
    key: Option<String>,
    #[serde(rename = "base_nonce")]
    base_nonce: Option<String>,
    #[serde(default)]
    encryptions: Vec<Encryption>,
}

#[derive(Deserialize)]
struct Encryption {
    aad: String,
    ct: String,
    pt: String,
    nonce: String,
}

pub(crate) async fn run<E: Engine>(engine: &E, report: &mut Report) -> Result<(), String> {
    let vectors: Vec<Vector> = serde_json::from_str(VECTORS).map_err(|error| error.to_string())?;
    for (number, vector) in vectors.iter().enumerate() {
        let about = if vector.encryptions.is_empty() { "the KEM" } else { "the whole suite" };
        report.count(number, about, check(engine, vector).await);
    }
    Ok(())
}

async fn check<E: Engine>(engine: &E, vector: &Vector) -> Result<(), String> {
    let refused = |error: EngineError| format!("refused: {error}");
    let (enc, recipient) = (array(&vector.enc)?, array(&vector.pk_rm)?);
    let receiver = x25519_key(engine, &hex(&vector.sk_rm)?).await.map_err(refused)?;
    let sender = x25519_key(engine, &hex(&vector.sk_em)?).await.map_err(refused)?;
    for (side, key, public_key) in [("receiver", &receiver, &enc), ("sender", &sender, &recipient)] {
        let shared = hpke_shared_secret(engine, key, public_key, &enc, &recipient).await.map_err(refused)?;
        // Vectors are public: exposing their keys is what they are for.
        if shared.expose()[..] != hex(&vector.shared_secret)? {
            return Err(format!("the {side} has another shared secret"));
        }
        let (Some(expected_key), Some(expected_nonce)) = (&vector.key, &vector.base_nonce) else { continue };
        let (key, nonce) = hpke_message_key(&shared, &hex(&vector.info)?);
        if key.expose()[..] != hex(expected_key)? || nonce[..] != hex(expected_nonce)? {
            return Err(format!("the {side} has another key schedule"));
        }
        for Encryption { aad, ct, pt, nonce } in &vector.encryptions {
            let (aad, ct, pt, nonce) = (hex(aad)?, hex(ct)?, hex(pt)?, array(nonce)?);
            let sealed = engine.aes_gcm_seal(&key, &nonce, &aad, &pt).await.map_err(refused)?;
            let opened = engine.aes_gcm_open(&key, &nonce, &aad, &ct).await.map_err(refused)?;
            if sealed != ct || *opened != pt {
                return Err(format!("the {side} gives another message"));
            }
        }
    }
    Ok(())
}

fn array<const N: usize>(text: &str) -> Result<[u8; N], String> {
    hex(text)?.try_into().map_err(|_| format!("{text} is not {N} bytes"))
}

fn hex(text: &str) -> Result<Vec<u8>, String> {
    let digits = text.as_bytes().chunks(2).map(|pair| core::str::from_utf8(pair).ok());
    let bytes = digits.map(|pair| pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()));
    bytes.collect::<Option<_>>().ok_or_else(|| format!("{text} is not hexadecimal"))
}
