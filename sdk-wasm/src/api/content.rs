//! Sealing and opening content alone, under a key of the caller's own.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use keyferry_client::ClientError;
use keyferry_crypto::content::{ContentOpener, ContentSealer, OpenContentError, SealContentError};
use keyferry_crypto::{Dek, Engine as _};
use keyferry_protocol::Code;
use wasm_bindgen::prelude::*;
use zeroize::Zeroize as _;

use super::answer::{ResultHost, invalid};
use crate::engine::{EngineHost, Rope, WebCrypto};

/// What sealing and opening have in common. What they do is handed on as it is: another future around it would be
/// downloaded as well.
trait Stream: Sized + 'static {
    type Error: Into<ClientError>;
    fn push(
        &mut self,
        engine: &WebCrypto,
        bytes: Rope,
        out: &mut Vec<Rope>,
    ) -> impl Future<Output = Result<(), Self::Error>>;
    fn finish(self, engine: &WebCrypto, out: &mut Vec<Rope>)
    -> impl Future<Output = Result<(), Self::Error>>;
}

/// Both have these calls already, under the same names.
macro_rules! stream {
    ($stream:ident, $error:ident) => {
        impl Stream for $stream<WebCrypto> {
            type Error = $error;
            fn push(
                &mut self,
                engine: &WebCrypto,
                bytes: Rope,
                out: &mut Vec<Rope>,
            ) -> impl Future<Output = Result<(), Self::Error>> {
                self.push(engine, bytes, out)
            }
            fn finish(
                self,
                engine: &WebCrypto,
                out: &mut Vec<Rope>,
            ) -> impl Future<Output = Result<(), Self::Error>> {
                self.finish(engine, out)
            }
        }
    };
}

stream!(ContentSealer, SealContentError);
stream!(ContentOpener, OpenContentError);

/// Where a stream lies between two calls; empty while a call is at it, and after the last.
struct Place<T> {
    results: ResultHost,
    stream: Rc<RefCell<Option<(WebCrypto, T)>>>,
}

impl<T: Stream> Place<T> {
    fn of(results: ResultHost, engine: WebCrypto, stream: T) -> Self {
        Place { results, stream: Rc::new(RefCell::new(Some((engine, stream)))) }
    }

    fn push(&self, bytes: Rope) -> Promise {
        let place = self.stream.clone();
        self.results.promise(async move {
            let mut out = Vec::new();
            let (engine, mut stream) = place.take().ok_or_else(ended)?;
            let pushed = stream.push(&engine, bytes, &mut out).await;
            let out = engine.buffer_concat(&out);
            place.replace(Some((engine, stream)));
            pushed.map_err(Into::into)?;
            Ok(out.into())
        })
    }

    fn finish(&self) -> Promise {
        let place = self.stream.clone();
        self.results.promise(async move {
            let mut out = Vec::new();
            let (engine, stream) = place.take().ok_or_else(ended)?;
            stream.finish(&engine, &mut out).await.map_err(Into::into)?;
            Ok(engine.buffer_concat(&out).into())
        })
    }
}

/// Seals one stream.
#[wasm_bindgen]
pub struct RawSealer(Place<ContentSealer<WebCrypto>>);

#[wasm_bindgen]
impl RawSealer {
    /// Begins a stream under 32 bytes of key, used for nothing else.
    #[wasm_bindgen(unchecked_return_type = "Promise<RawSealer>")]
    pub fn begin(host: EngineHost, results: ResultHost, mut key: Vec<u8>, context: Vec<u8>) -> Promise {
        let dek = dek(&mut key);
        results.clone().promise(async move {
            let engine = WebCrypto::new(host);
            let sealer = ContentSealer::begin(&engine, &dek?, &context).await?;
            Ok(RawSealer(Place::of(results, engine, sealer)).into())
        })
    }

    /// Takes plaintext and gives what is sealed so far.
    #[wasm_bindgen(unchecked_return_type = "Promise<Rope>")]
    pub fn push(&self, plaintext: Rope) -> Promise {
        self.0.push(plaintext)
    }

    /// Ends the stream and gives the rest.
    #[wasm_bindgen(unchecked_return_type = "Promise<Rope>")]
    pub fn finish(&self) -> Promise {
        self.0.finish()
    }
}

/// Opens one stream.
#[wasm_bindgen]
pub struct RawOpener(Place<ContentOpener<WebCrypto>>);

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
        Ok(RawOpener(Place::of(results, WebCrypto::new(host), opener)))
    }

    /// Takes ciphertext and gives what is authentic so far. After an error nothing more is given.
    #[wasm_bindgen(unchecked_return_type = "Promise<Rope>")]
    pub fn push(&self, ciphertext: Rope) -> Promise {
        self.0.push(ciphertext)
    }

    /// Ends the stream and gives the rest, or says what is missing.
    #[wasm_bindgen(unchecked_return_type = "Promise<Rope>")]
    pub fn finish(&self) -> Promise {
        self.0.finish()
    }
}

/// Takes a key and wipes the copy that came with the call.
fn dek(key: &mut Vec<u8>) -> Result<Dek, ClientError> {
    let taken = key.as_mut_slice().try_into().map(Dek::take);
    key.zeroize();
    taken.map_err(|_| invalid("a content key has 32 bytes"))
}

fn ended() -> ClientError {
    ClientError::new(Code::ValueInvalid, "this stream is at work or has ended")
}
