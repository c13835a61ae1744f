//! Sealing and opening content alone, under a key of the caller's own.

use keyferry_client::ClientError;
use keyferry_crypto::content::{ContentOpener, ContentSealer};
use keyferry_crypto::{Dek, Engine as _};
use keyferry_protocol::Code;
use wasm_bindgen::prelude::*;
use zeroize::Zeroize as _;

use super::answer::{ResultHost, invalid};
use crate::engine::{EngineHost, Rope, WebCrypto};

/// Seals one stream.
#[wasm_bindgen]
pub struct RawSealer {
    engine: WebCrypto,
    results: ResultHost,
    sealer: Option<ContentSealer<WebCrypto>>,
}

#[wasm_bindgen]
impl RawSealer {
    /// Begins a stream under 32 bytes of key, used for nothing else.
    pub async fn begin(
        host: EngineHost,
        results: ResultHost,
        mut key: Vec<u8>,
        context: Vec<u8>,
    ) -> Result<RawSealer, JsValue> {
        let engine = WebCrypto::new(host);
        let begun = async {
            let dek = dek(&mut key)?;
            Ok::<_, ClientError>(ContentSealer::begin(&engine, &dek, &context).await?)
        };
        let sealer = Some(begun.await.map_err(|error| results.fail(&error))?);
        Ok(RawSealer { engine, results, sealer })
    }

    /// Takes plaintext and gives what is sealed so far.
    pub async fn push(&mut self, plaintext: Rope) -> Result<Rope, JsValue> {
        let mut sealed = Vec::new();
        let pushed = async {
            let sealer = self.sealer.as_mut().ok_or_else(ended)?;
            Ok::<_, ClientError>(sealer.push(&self.engine, plaintext, &mut sealed).await?)
        };
        pushed.await.map_err(|error| self.results.fail(&error))?;
        Ok(self.engine.buffer_concat(&sealed))
    }

    /// Ends the stream and gives the rest.
    pub async fn finish(&mut self) -> Result<Rope, JsValue> {
        let mut sealed = Vec::new();
        let finished = async {
            let sealer = self.sealer.take().ok_or_else(ended)?;
            Ok::<_, ClientError>(sealer.finish(&self.engine, &mut sealed).await?)
        };
        finished.await.map_err(|error| self.results.fail(&error))?;
        Ok(self.engine.buffer_concat(&sealed))
    }
}

/// Opens one stream.
#[wasm_bindgen]
pub struct RawOpener {
    engine: WebCrypto,
    results: ResultHost,
    opener: Option<ContentOpener<WebCrypto>>,
}

#[wasm_bindgen]
impl RawOpener {
    /// Begins with the key and context the stream was sealed under.
    #[wasm_bindgen(constructor)]
    pub fn new(
        host: EngineHost,
        results: ResultHost,
        mut key: Vec<u8>,
        context: Vec<u8>,
    ) -> Result<RawOpener, JsValue> {
        let dek = dek(&mut key).map_err(|error| results.fail(&error))?;
        let opener = Some(ContentOpener::begin(dek, context, None));
        Ok(RawOpener { engine: WebCrypto::new(host), results, opener })
    }

    /// Takes ciphertext and gives what is authentic so far. After an error nothing more is given.
    pub async fn push(&mut self, ciphertext: Rope) -> Result<Rope, JsValue> {
        let mut opened = Vec::new();
        let pushed = async {
            let opener = self.opener.as_mut().ok_or_else(ended)?;
            Ok::<_, ClientError>(opener.push(&self.engine, ciphertext, &mut opened).await?)
        };
        pushed.await.map_err(|error| self.results.fail(&error))?;
        Ok(self.engine.buffer_concat(&opened))
    }

    /// Ends the stream and gives the rest, or says what is missing.
    pub async fn finish(&mut self) -> Result<Rope, JsValue> {
        let mut opened = Vec::new();
        let finished = async {
            let opener = self.opener.take().ok_or_else(ended)?;
            Ok::<_, ClientError>(opener.finish(&self.engine, &mut opened).await?)
        };
        finished.await.map_err(|error| self.results.fail(&error))?;
        Ok(self.engine.buffer_concat(&opened))
    }
}

/// Takes a key and wipes the copy that came with the call.
fn dek(key: &mut Vec<u8>) -> Result<Dek, ClientError> {
    let taken = key.as_mut_slice().try_into().map(Dek::take);
    key.zeroize();
    taken.map_err(|_| invalid("a content key has 32 bytes"))
}

fn ended() -> ClientError {
    ClientError::new(Code::ValueInvalid, "this stream has ended; begin another")
}
