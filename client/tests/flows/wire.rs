//! A wire between client and relay that a test can turn.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use keyferry_client::native::{HttpLines, HttpTransport, MemoryDevice, Native};
use keyferry_client::platform::{
    LinesAnswer, Platform, RangeAnswer, Request, Response, Transport, TransportError,
};
use keyferry_crypto::Software;

/// What became of an answer on the wire; it knows method and path.
pub type Turn = Rc<dyn Fn(&str, &str, Response) -> Result<Response, TransportError>>;
/// What became of content on the wire; it knows the range.
pub type TurnContent = Rc<dyn Fn(Range<u64>, Bytes) -> Bytes>;

/// The native platform with such a wire.
pub struct Wired {
    native: Native,
    wire: Wire,
}

/// The wire. What was asked is written down: method and path.
#[derive(Clone)]
pub struct Wire {
    http: Rc<Native>,
    state: Rc<State>,
}

#[derive(Default)]
struct State {
    turn: RefCell<Option<Turn>>,
    turn_content: RefCell<Option<TurnContent>>,
    asked: RefCell<Vec<String>>,
    bodies: RefCell<Vec<u8>>,
    patched_bytes: Cell<u64>,
}

impl Wired {
    pub fn new(url: &str, device: MemoryDevice) -> Self {
        let native = Native::new(url, device.clone()).unwrap();
        let http = Rc::new(Native::new(url, device).unwrap());
        Wired { native, wire: Wire { http, state: Rc::default() } }
    }

    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    pub fn set_clock_ahead(&self, milliseconds: u64) {
        self.native.set_clock_ahead(milliseconds);
    }
}

impl Wire {
    /// Turns every answer until [`Wire::straight`].
    pub fn turn(&self, turn: impl Fn(&str, &str, Response) -> Result<Response, TransportError> + 'static) {
        *self.state.turn.borrow_mut() = Some(Rc::new(turn));
    }

    /// Turns all content until [`Wire::straight`].
    pub fn turn_content(&self, turn: impl Fn(Range<u64>, Bytes) -> Bytes + 'static) {
        *self.state.turn_content.borrow_mut() = Some(Rc::new(turn));
    }

    pub fn straight(&self) {
        *self.state.turn.borrow_mut() = None;
        *self.state.turn_content.borrow_mut() = None;
    }

    /// What was asked since the last time this was asked.
    pub fn asked(&self) -> Vec<String> {
        self.state.asked.take()
    }

    /// Every body of a small request so far.
    pub fn bodies(&self) -> Vec<u8> {
        self.state.bodies.borrow().clone()
    }

    /// Ciphertext bytes sent so far, again or not.
    pub fn patched_bytes(&self) -> u64 {
        self.state.patched_bytes.get()
    }

    fn note(&self, request: &Request<'_>) {
        self.state.asked.borrow_mut().push(format!("{} {}", request.method, request.path));
        self.state.bodies.borrow_mut().extend_from_slice(request.body.unwrap_or_default());
    }

    fn turned(&self, request: &Request<'_>, response: Response) -> Result<Response, TransportError> {
        let turn = self.state.turn.borrow().clone();
        turn.map_or(Ok(response.clone()), |turn| turn(request.method, request.path, response))
    }

    fn http(&self) -> &HttpTransport {
        self.http.transport()
    }
}

impl Transport for Wire {
    type Buffer = Bytes;
    type Lines = HttpLines;

    async fn request(&self, request: Request<'_>) -> Result<Response, TransportError> {
        self.note(&request);
        let response = self.http().request(request).await?;
        self.turned(&request, response)
    }

    async fn patch(
        &self,
        request: Request<'_>,
        body: Bytes,
        progress: &dyn Fn(u64),
    ) -> Result<Response, TransportError> {
        self.note(&request);
        self.state.patched_bytes.set(self.state.patched_bytes.get() + body.len() as u64);
        let response = self.http().patch(request, body, progress).await?;
        self.turned(&request, response)
    }

    async fn get_range(
        &self,
        request: Request<'_>,
        range: Range<u64>,
        progress: &dyn Fn(u64),
    ) -> Result<RangeAnswer<Bytes>, TransportError> {
        self.note(&request);
        let answer = self.http().get_range(request, range.clone(), progress).await?;
        let turn = self.state.turn_content.borrow().clone();
        Ok(match (answer, turn) {
            (RangeAnswer::Content { bytes, total }, Some(turn)) => {
                RangeAnswer::Content { bytes: turn(range, bytes), total }
            }
            (answer, _) => answer,
        })
    }

    async fn lines(&self, request: Request<'_>) -> Result<LinesAnswer<HttpLines>, TransportError> {
        self.note(&request);
        self.http().lines(request).await
    }
}

impl Platform for Wired {
    type Engine = Software;
    type Transport = Wire;
    type Device = MemoryDevice;

    fn engine(&self) -> &Software {
        self.native.engine()
    }

    fn transport(&self) -> &Wire {
        &self.wire
    }

    fn device(&self) -> &MemoryDevice {
        self.native.device()
    }

    fn now_ms(&self) -> u64 {
        self.native.now_ms()
    }

    async fn sleep_ms(&self, milliseconds: u64) {
        self.native.sleep_ms(milliseconds).await;
    }
}
