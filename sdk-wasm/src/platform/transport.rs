//! HTTP to the relay by `fetch` (`pkg/src/platform/transport.ts`).

use core::ops::Range;

use keyferry_client::platform::{
    LinesAnswer, READ_HEADERS, RangeAnswer, Request, Response, Transport, TransportError,
};
use wasm_bindgen::prelude::*;

use super::in_flight::{AbortSignal, InFlight, said};
use super::lines::Lines;
use crate::engine::Rope;

/// No JSON answer is longer than this, in bytes.
const MAX_ANSWER_BYTES: u64 = 32 * 1024 * 1024;
/// So much is read at a time, in bytes, to cross into wasm less often.
const READ_BYTES: usize = 256 * 1024;

#[wasm_bindgen]
extern "C" {
    /// A way to one relay.
    pub type TransportHost;

    #[wasm_bindgen(method, catch)]
    async fn send(
        this: &TransportHost,
        method: &str,
        path: &str,
        headers: Vec<String>,
        signal: &AbortSignal,
        read: Vec<String>,
        body: Option<&[u8]>,
    ) -> Result<Incoming, JsValue>;
    #[wasm_bindgen(method, catch, js_name = sendContent)]
    async fn send_content(
        this: &TransportHost,
        method: &str,
        path: &str,
        headers: Vec<String>,
        signal: &AbortSignal,
        read: Vec<String>,
        body: &Rope,
    ) -> Result<Incoming, JsValue>;

    /// An answer whose body is yet to be read.
    pub(super) type Incoming;

    #[wasm_bindgen(method, getter)]
    pub(super) fn status(this: &Incoming) -> u16;
    #[wasm_bindgen(method, getter)]
    fn headers(this: &Incoming) -> Vec<String>;
    #[wasm_bindgen(method, catch)]
    pub(super) async fn read(this: &Incoming, at_least: usize) -> Result<Rope, JsValue>;
}

/// HTTP to one relay.
pub struct FetchTransport {
    host: TransportHost,
}

impl FetchTransport {
    pub(super) fn new(host: TransportHost) -> Self {
        FetchTransport { host }
    }

    async fn send(&self, request: &Request<'_>, signal: &AbortSignal) -> Result<Incoming, TransportError> {
        let headers = headers(request, request.body.map(|_| ("content-type", "application/json")));
        self.host
            .send(request.method, request.path, headers, signal, read_headers(), request.body)
            .await
            .map_err(unreachable)
    }
}

impl Transport for FetchTransport {
    type Buffer = Rope;
    type Lines = Lines;

    async fn request(&self, request: Request<'_>) -> Result<Response, TransportError> {
        let in_flight = InFlight::begin();
        response(&self.send(&request, &in_flight.signal()).await?).await
    }

    async fn patch(
        &self,
        request: Request<'_>,
        body: Rope,
        progress: &dyn Fn(u64),
    ) -> Result<Response, TransportError> {
        let in_flight = InFlight::begin();
        let answer = self
            .host
            .send_content(
                request.method,
                request.path,
                headers(&request, None),
                &in_flight.signal(),
                read_headers(),
                &body,
            )
            .await
            .map_err(unreachable)?;
        // `fetch` says nothing of what it has sent before the answer comes.
        progress(body.length() as u64);
        response(&answer).await
    }

    async fn get_range(
        &self,
        request: Request<'_>,
        range: Range<u64>,
        progress: &dyn Fn(u64),
    ) -> Result<RangeAnswer<Rope>, TransportError> {
        let in_flight = InFlight::begin();
        let asked = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
        let answer = self
            .host
            .send(
                request.method,
                request.path,
                headers(&request, Some(("range", &asked))),
                &in_flight.signal(),
                read_headers(),
                None,
            )
            .await
            .map_err(unreachable)?;
        if !matches!(answer.status(), 200 | 206) {
            return Ok(RangeAnswer::Refused(response(&answer).await?));
        }
        let total = total(&answer);
        let bytes = body(&answer, range.end.saturating_sub(range.start), progress).await?;
        Ok(RangeAnswer::Content { bytes, total })
    }

    async fn lines(&self, request: Request<'_>) -> Result<LinesAnswer<Lines>, TransportError> {
        let in_flight = InFlight::begin();
        let answer = self
            .host
            .send(
                request.method,
                request.path,
                headers(&request, Some(("accept", "text/event-stream"))),
                &in_flight.signal(),
                read_headers(),
                None,
            )
            .await
            .map_err(unreachable)?;
        if answer.status() != 200 {
            return Ok(LinesAnswer::Refused(response(&answer).await?));
        }
        Ok(LinesAnswer::Lines(Lines::new(answer, in_flight)))
    }
}

fn read_headers() -> Vec<String> {
    READ_HEADERS.map(String::from).to_vec()
}

/// Names and values in turn. What the flow says wins over `usual`.
fn headers(request: &Request<'_>, usual: Option<(&str, &str)>) -> Vec<String> {
    let mut flat = Vec::new();
    let mut push = |name: &str, value: &str| flat.extend([String::from(name), String::from(value)]);
    if let Some((name, value)) = usual
        && !request.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
    {
        push(name, value);
    }
    for (name, value) in request.headers {
        push(name, value);
    }
    if let Some(token) = request.bearer {
        push("authorization", &["Bearer ", token].concat());
    }
    flat
}

async fn response(answer: &Incoming) -> Result<Response, TransportError> {
    let body = body(answer, MAX_ANSWER_BYTES, &|_| {}).await?;
    Ok(Response { status: answer.status(), headers: pairs(answer), body: body.bytes().to_vec() })
}

/// Reads a body to its end, and never more than `most_bytes`.
async fn body(answer: &Incoming, most_bytes: u64, progress: &dyn Fn(u64)) -> Result<Rope, TransportError> {
    let mut body = answer.read(READ_BYTES).await.map_err(unreachable)?;
    loop {
        let done = body.length() as u64;
        if done > most_bytes {
            return Err(TransportError("it sent more than was asked for".into()));
        }
        progress(done);
        let piece = answer.read(READ_BYTES).await.map_err(unreachable)?;
        if piece.length() == 0 {
            return Ok(body);
        }
        body = body.with(&piece);
    }
}

fn pairs(answer: &Incoming) -> Vec<(String, String)> {
    let mut flat = answer.headers().into_iter();
    core::iter::from_fn(|| Some((flat.next()?, flat.next()?))).collect()
}

/// The whole length of `Content-Range: bytes 0-9/100`, or of a whole answer.
fn total(answer: &Incoming) -> Option<u64> {
    let headers = pairs(answer);
    let (_, range) = headers.iter().find(|(name, _)| name == "content-range")?;
    range.rsplit('/').next()?.parse().ok()
}

fn unreachable(thrown: JsValue) -> TransportError {
    TransportError(said(&thrown))
}
