//! Sealing and opening content alone, under a key of the caller's own.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use keyferry_client::ClientError;
use keyferry_crypto::content::{ContentOpener, ContentSealer};
use keyferry_crypto::{Dek, Engine as _};
use keyferry_protocol::Code;
use wasm_bindgen::prelude::*;
use zeroize::Zeroize as _;

use super::answer::{ResultHost, invalid};
use crate::engine::{EngineHost, Rope, WebCrypto};

/// Where a stream lies between two calls; empty while a call is at it, and after the last.
type Place<T> = Rc<RefCell<Option<(WebCrypto, T)>>>;

/// Seals one stream.
#[wasm_bindgen]
pub struct RawSealer {
    results: ResultHost,
    place: Place<ContentSealer<WebCrypto>>,
}

#[wasm_bindgen]
impl RawSealer {
    /// Begins a stream under 32 bytes of key, used for nothing else.
    #[wasm_bindgen(unchecked_return_type = "Promise<RawSealer>")]
    pub fn begin(host: EngineHost, results: ResultHost, mut key: Vec<u8>, context: Vec<u8>) -> Promise {
        let dek = dek(&mut key);
        results.clone().promise(async move {
            let engine = WebCrypto::new(host);
            let sealer = ContentSealer::begin(&engine, &dek?, &context).await?;
            Ok(RawSealer { results, place: Rc::new(RefCell::new(Some((engine, sealer)))) }.into())
        })
    }

    /// Takes plaintext and gives what is sealed so far.
    #[wasm_bindgen(unchecked_return_type = "Promise<Rope>")]
    pub fn push(&self, plaintext: Rope) -> Promise {
        let place = self.place.clone();
        self.results.promise(async move {
            let mut sealed = Vec::new();
            let (engine, mut sealer) = place.take().ok_or_else(ended)?;
            let pushed = sealer.push(&engine, plaintext, &mut sealed).await;
            let sealed = engine.buffer_concat(&sealed);
            place.replace(Some((engine, sealer)));
            pushed?;
            Ok(sealed.into())
        })
    }

    /// Ends the stream and gives the rest.
    #[wasm_bindgen(unchecked_return_type = "Promise<Rope>")]
    pub fn finish(&self) -> Promise {
        let place = self.place.clone();
        self.results.promise(async move {
            let mut sealed = Vec::new();
            let (engine, sealer) = place.take().ok_or_else(ended)?;
            sealer.finish(&engine, &mut sealed).await?;
            Ok(engine.buffer_concat(&sealed).into())
        })
    }
}

/// Opens one stream.
#[wasm_bindgen]
pub struct RawOpener {
    results: ResultHost,
    place: Place<ContentOpener<WebCrypto>>,
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
        let opener = ContentOpener::begin(dek, context, None);
        Ok(RawOpener { results, place: Rc::new(RefCell::new(Some((WebCrypto::new(host), opener)))) })
    }

    /// Takes ciphertext and gives what is authentic so far. After an error nothing more is given.
    #[wasm_bindgen(unchecked_return_type = "Promise<Rope>")]
    pub fn push(&self, ciphertext: Rope) -> Promise {
        let place = self.place.clone();
        self.results.promise(async move {
            let mut opened = Vec::new();
            let (engine, mut opener) = place.take().ok_or_else(ended)?;
            let pushed = opener.push(&engine, ciphertext, &mut opened).await;
            let opened = engine.buffer_concat(&opened);
            place.replace(Some((engine, opener)));
            pushed?;
            Ok(opened.into())
        })
    }

    /// Ends the stream and gives the rest, or says what is missing.
    #[wasm_bindgen(unchecked_return_type = "Promise<Rope>")]
    pub fn finish(&self) -> Promise {
        let place = self.place.clone();
        self.results.promise(async move {
            let mut opened = Vec::new();
            let (engine, opener) = place.take().ok_or_else(ended)?;
            opener.finish(&engine, &mut opened).await?;
            Ok(engine.buffer_concat(&opened).into())
        })
    }
}

/// Takes a key and wipes the copy that came with the call.
fn dek(key: &mut Vec<u8>) -> Result<Dek, ClientError> {
    let taken = key.as_mut_slice().try_into().map(Dek::take);
    key.zeroize();
    taken.map_err(|_| invalid("a content key has 32 bytes"))
}

fn ended() -> ClientError {
    ClientError::new(Code::ValueInvalid, "this stream is at work or has ended; wait for it, or begin another")
}
