//! What a platform gives the flows: cryptography, a way to the relay, a memory, a clock, and content to upload.

use std::future::Future;
use std::ops::Range;
use std::pin::Pin;

use keyferry_crypto::{Engine, Secret};
use keyferry_protocol::{Bytes, Code, UserId};

/// Everything a client stands on: browsers and native programs each have one.
#[allow(async_fn_in_trait, reason = "no caller needs Send futures, and browsers cannot give them")]
pub trait Platform: 'static {
    /// Its cryptography.
    type Engine: Engine;
    /// Its way to the relay.
    type Transport: Transport<Buffer = BufferOf<Self>>;
    /// What it remembers between sessions.
    type Device: DeviceStore<Buffer = BufferOf<Self>>;

    /// The engine.
    fn engine(&self) -> &Self::Engine;
    /// The transport.
    fn transport(&self) -> &Self::Transport;
    /// The device's memory.
    fn device(&self) -> &Self::Device;
    /// The clock, in milliseconds since 1970.
    fn now_ms(&self) -> u64;
    /// Waits.
    async fn sleep_ms(&self, milliseconds: u64);
    /// Does what nobody waits for. A platform that can, lets the caller go on meanwhile.
    async fn aside(&self, work: Pin<Box<dyn Future<Output = ()>>>) {
        work.await;
    }
}

/// The bulk bytes of a platform.
pub type BufferOf<P> = <<P as Platform>::Engine as Engine>::Buffer;

/// HTTP to one relay. Paths begin with `/v1/` and are appended to the relay's origin. Dropping a call's future gives
/// up what is in flight. An HTTP status is an answer, whatever it says; an error is no answer at all.
#[allow(async_fn_in_trait, reason = "as Platform")]
pub trait Transport {
    /// Bulk bytes; the engine's.
    type Buffer: Clone;
    /// Lines of a text stream that is still coming.
    type Lines: LineStream;

    /// Sends a small request and takes its whole answer.
    async fn request(&self, request: Request<'_>) -> Result<Response, TransportError>;

    /// Sends `body` by PATCH. `progress` is told the bytes sent so far, as far as the platform can tell.
    async fn patch(
        &self,
        request: Request<'_>,
        body: Self::Buffer,
        progress: &dyn Fn(u64),
    ) -> Result<Response, TransportError>;

    /// Gets the bytes of `range` (end excluded) by GET and `Range: bytes=start-(end-1)`.
    async fn get_range(
        &self,
        request: Request<'_>,
        range: Range<u64>,
        progress: &dyn Fn(u64),
    ) -> Result<RangeAnswer<Self::Buffer>, TransportError>;

    /// Opens a text stream by GET with `Accept: text/event-stream`.
    async fn lines(&self, request: Request<'_>) -> Result<LinesAnswer<Self::Lines>, TransportError>;
}

/// A request. `Authorization: Bearer` is made of `bearer`; a body is JSON unless `headers` say otherwise.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// GET, HEAD, POST, PUT, PATCH or DELETE.
    pub method: &'static str,
    /// The path and query.
    pub path: &'a str,
    /// The session's token, as base64url.
    pub bearer: Option<&'a str>,
    /// Further headers.
    pub headers: &'a [(&'static str, &'a str)],
    /// The body of a small request, as `application/json`.
    pub body: Option<&'a [u8]>,
}

/// Response headers that flows read, in lower case. A transport may leave out every other.
pub const READ_HEADERS: [&str; 6] =
    ["location", "upload-offset", "upload-length", "retry-after", "content-range", "x-request-id"];

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers of [`READ_HEADERS`]: lower-case name, value.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header, by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// What came of asking for a range.
pub enum RangeAnswer<Buffer> {
    /// Status 200 or 206: the bytes, and the whole length that `Content-Range` gave.
    Content {
        /// The bytes, as many as came.
        bytes: Buffer,
        /// The whole length, if said.
        total: Option<u64>,
    },
    /// Any other status.
    Refused(Response),
}

/// What came of asking for a stream.
pub enum LinesAnswer<Lines> {
    /// Status 200.
    Lines(Lines),
    /// Any other status.
    Refused(Response),
}

/// Lines of text, as they come.
#[allow(async_fn_in_trait, reason = "as Platform")]
pub trait LineStream {
    /// The next line without its end; `None` when the stream ended.
    async fn next_line(&mut self) -> Result<Option<String>, TransportError>;
}

/// The relay could not be reached, or the connection broke.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the relay could not be reached: {0}")]
pub struct TransportError(pub String);

/// A device's memory: small texts by key, kept between sessions, and for a while parts of content beside them. IndexedDB in
/// browsers.
#[allow(async_fn_in_trait, reason = "as Platform")]
pub trait DeviceStore {
    /// Bulk bytes; the engine's.
    type Buffer: Clone;

    /// What was put under `key` last.
    async fn get(&self, key: &str) -> Result<Option<String>, DeviceError>;
    /// Puts a text and resolves when it is safe.
    async fn put(&self, key: &str, value: &str) -> Result<(), DeviceError>;
    /// Puts `to` under `key` in place of `from`, and `part` under its number beside it: all of that or, where something else
    /// than `from` is there, nothing, which is `false`. Without `to`, the key goes with all its parts. Safe when it resolves.
    async fn swap(
        &self,
        key: &str,
        from: Option<&str>,
        to: Option<&str>,
        part: Option<(u32, Self::Buffer)>,
    ) -> Result<bool, DeviceError>;
    /// The part with this number beside `key`.
    async fn part(&self, key: &str, number: u32) -> Result<Option<Self::Buffer>, DeviceError>;
}

/// The device's memory does not work.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this device's storage failed: {0}")]
pub struct DeviceError(pub String);

/// Passkeys: WebAuthn Level 3 with the PRF extension, for the host that the page is on.
#[allow(async_fn_in_trait, reason = "as Platform")]
pub trait Authenticator {
    /// The RP id: that host.
    fn rp_id(&self) -> String;
    /// Makes a discoverable credential whose user is verified at every use. Where it has no PRF, none is left.
    async fn create(&self, asked: NewCredential<'_>) -> Result<Credential, AuthenticatorError>;
    /// Has the person choose a credential, which signs `challenge` and evaluates its PRF over `salt`.
    async fn get(&self, challenge: &[u8], salt: &[u8; 32]) -> Result<Credential, AuthenticatorError>;
    /// Says that the relay does not know a credential, so that it need not be offered any more.
    fn forget(&self, credential: &Bytes);
}

/// A credential that is to be made.
pub struct NewCredential<'a> {
    /// What the relay gave.
    pub challenge: &'a [u8],
    /// What its PRF is evaluated over.
    pub salt: &'a [u8; 32],
    /// Whose it is: the user handle.
    pub user: UserId,
    /// What the platform calls it.
    pub email: &'a str,
    /// Credentials of the same person: an authenticator that has one makes no other.
    pub others: Vec<&'a Bytes>,
}

/// What an authenticator answered. All but `prf` may go to the relay.
pub struct Credential {
    /// The credential id.
    pub credential: Bytes,
    /// `clientDataJSON`.
    pub client_data: Bytes,
    /// The authenticator data.
    pub authenticator_data: Bytes,
    /// The signature; empty for a new credential.
    pub signature: Bytes,
    /// The user handle; empty for a new credential.
    pub user: Bytes,
    /// What the PRF gave.
    pub prf: Secret<32>,
}

/// No passkey, and why.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct AuthenticatorError {
    /// `aborted`, `already_exists` or `platform_unsupported`.
    pub code: Code,
    /// One sentence for people.
    pub message: String,
}

/// Content to upload.
#[allow(async_fn_in_trait, reason = "as Platform")]
pub trait Source {
    /// Bulk bytes; the engine's.
    type Buffer: Clone;

    /// How many bytes there are, if known before.
    fn size(&self) -> Option<u64>;
    /// The next bytes, at most `max_bytes`, and fewer only before the end; `None` at the end. What was read once is not
    /// asked for again, except after [`Source::rewind`], and its memory may be used again for the read after the next.
    async fn read(&mut self, max_bytes: usize) -> Result<Option<Self::Buffer>, SourceError>;
    /// Starts again from the first byte; false where that cannot be done (a stream).
    async fn rewind(&mut self) -> bool;
}

/// The source cannot be read, or changed meanwhile.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the content to upload cannot be read: {0}")]
pub struct SourceError(pub String);
