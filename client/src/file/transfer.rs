//! Sending ciphertext by tus 1.0. Unacknowledged ciphertext is kept and sent again; it is never sealed again.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

use futures_util::future::try_join5;
use futures_util::lock::Mutex;
use keyferry_crypto::Engine as _;
use keyferry_crypto::content::HEADER_BYTES;
use keyferry_crypto::engine::{SEALED_CHUNK_BYTES, TAG_BYTES};
use keyferry_protocol::{Code, OrganizationId, UploadId, route};

use super::kept::Kept;
use super::seal::{Part, Sealing};
use super::watch::{Phase, Watch};
use crate::error::ClientError;
use crate::platform::{BufferOf, Platform, Request, Response, Transport as _};
use crate::relay::{Patience, accepted};
use crate::session::Inner;

const TUS: (&str, &str) = ("tus-resumable", "1.0.0");
const CONTENT_TYPE: (&str, &str) = ("content-type", "application/offset+octet-stream");

/// Parts that are on their way at once.
const MOST_IN_FLIGHT: usize = 3;

/// Why a transfer ended.
pub(super) enum TransferError {
    /// What was sealed cannot be sent any more: start again with a fresh key.
    Lost(ClientError),
    /// Anything else.
    Failed(ClientError),
}

impl From<ClientError> for TransferError {
    fn from(error: ClientError) -> Self {
        match error.code {
            Code::UploadGone | Code::NotFound => TransferError::Lost(error),
            _ => TransferError::Failed(error),
        }
    }
}

/// An upload in progress.
pub(super) struct Transfer<'a, P: Platform> {
    inner: &'a Inner<P>,
    watch: &'a Watch,
    organization: OrganizationId,
    plaintext_total: Option<u64>,
    /// Where parts are kept before they are sent.
    kept: Option<&'a Kept<'a, P>>,
    /// Known once the relay made it.
    id: &'a Cell<Option<UploadId>>,
    /// Bytes the relay said it has. It can only grow.
    acknowledged: Cell<u64>,
    /// Where the last part ends that was given to the line. The relay cannot have more.
    given: Cell<u64>,
    /// Plaintext bytes that were told of. Parts in flight beside each other tell theirs in any order.
    told: Cell<u64>,
    /// Parts on their way; as many as there may be before there is an upload to send them to.
    in_flight: Cell<usize>,
    /// Whoever waits for any of this to change.
    waiting: RefCell<Vec<Waker>>,
}

impl<'a, P: Platform> Transfer<'a, P> {
    /// An upload for an organization, of a known or a later length. `id` learns which it is as soon as there is one.
    pub fn new(
        inner: &'a Inner<P>,
        watch: &'a Watch,
        organization: OrganizationId,
        plaintext_total: Option<u64>,
        kept: Option<&'a Kept<'a, P>>,
        id: &'a Cell<Option<UploadId>>,
    ) -> Self {
        let (acknowledged, given, told, waiting) = Default::default();
        let in_flight = Cell::new(MOST_IN_FLIGHT);
        Transfer {
            inner,
            watch,
            organization,
            plaintext_total,
            kept,
            id,
            acknowledged,
            given,
            told,
            in_flight,
            waiting,
        }
    }

    /// Has the relay make it, or goes on with the one that was made. The relay must stand within what is kept: before that, what was
    /// sealed cannot be sent again; after it, nothing was sealed.
    async fn open(&self) -> Result<(), TransferError> {
        let upload = match self.kept.and_then(Kept::upload) {
            Some((upload, first, end)) => {
                let offset = self.ask(upload, &mut Patience::long()).await?;
                if offset < first || offset > end {
                    // It is to be ended.
                    self.id.set(Some(upload));
                    return Err(lost());
                }
                self.acknowledged.set(offset);
                self.given.set(end);
                self.told.set(plaintext_about(offset));
                self.watch.tell(Phase::Resuming, self.told.get(), self.plaintext_total);
                upload
            }
            None => self.create().await?,
        };
        self.id.set(Some(upload));
        self.in_flight.set(0);
        self.wake();
        Ok(())
    }

    /// Has the relay make it.
    async fn create(&self) -> Result<UploadId, TransferError> {
        let path = route::uploads();
        let length = self.plaintext_total.map(ciphertext_bytes).transpose()?.map(|length| length.to_string());
        let length =
            length.as_deref().map_or(("upload-defer-length", "1"), |length| ("upload-length", length));
        let metadata = route::upload_metadata(self.organization);
        let headers = [TUS, length, ("upload-metadata", metadata.as_str())];
        let relay = &self.inner.relay;
        let response = relay.send(Request { headers: &headers, ..relay.request("POST", &path) }).await?;
        let id = response.header("location").and_then(|location| location.rsplit('/').next());
        Ok(id.and_then(|id| UploadId::parse(id).ok()).ok_or_else(|| {
            ClientError::new(Code::ResponseInvalid, "the relay made an upload and did not say where")
        })?)
    }

    /// Which upload it is; asked only once parts are in flight.
    pub fn id(&self) -> UploadId {
        self.id.get().expect("nothing is in flight before there is an upload")
    }

    /// Bytes the relay said it has.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.get()
    }

    /// Makes the upload, seals and sends all parts: three are on their way, since two that started together also end
    /// together, and leave the line to itself while the relay answers. The next is sealed meanwhile.
    pub async fn send_all(&self, sealing: &Mutex<Sealing<'_, P::Engine>>) -> Result<(), TransferError> {
        let lane = || self.send_some(sealing);
        try_join5(self.open(), lane(), lane(), lane(), lane()).await.map(|_| ())
    }

    /// Seals and sends part after part, beside other lanes that do the same.
    async fn send_some(&self, sealing: &Mutex<Sealing<'_, P::Engine>>) -> Result<(), TransferError> {
        loop {
            let mut sealing = sealing.lock().await;
            let Some(part) = self.next_part(&mut sealing).await? else { return Ok(()) };
            // Parts are sent in order: whoever seals the next one has to wait as well.
            self.until(&|| self.in_flight.get() < MOST_IN_FLIGHT).await;
            drop(sealing);
            self.in_flight.update(|parts| parts + 1);
            self.send(part).await?;
            self.in_flight.update(|parts| parts - 1);
            self.wake();
        }
    }

    /// The next part: what was kept first, as far as the relay does not have it; then what is sealed, kept before it is sent.
    async fn next_part(
        &self,
        sealing: &mut Sealing<'_, P::Engine>,
    ) -> Result<Option<Part<BufferOf<P>>>, TransferError> {
        let Some(kept) = self.kept else { return sealing.next_part().await.map_err(TransferError::Failed) };
        if kept.goes_on() {
            self.until(&|| self.id.get().is_some()).await;
        }
        while let Some((first, end)) = kept.next_again() {
            let start = first.max(self.acknowledged.get());
            if start >= end {
                continue;
            }
            let engine = self.inner.platform.engine();
            let bytes = kept.part(first).await.map_err(ClientError::from)?.ok_or_else(lost)?;
            let length = engine.buffer_len(&bytes);
            if length as u64 != end - first {
                return Err(lost());
            }
            let bytes = engine.buffer_slice(&bytes, (start - first) as usize..length);
            return Ok(Some(Part { start, bytes, last: false }));
        }
        let part = sealing.next_part().await.map_err(TransferError::Failed)?;
        if let Some(part) = &part {
            self.until(&|| self.id.get().is_some()).await;
            if let Err(error) = kept.keep(self.id(), part).await {
                // The upload is another page's, and this part never leaves.
                self.id.set(None);
                return Err(TransferError::Failed(error));
            }
        }
        Ok(part)
    }

    /// Sends one part until the relay has all of it. The first try does not wait for the part before: the relay takes
    /// them in order.
    async fn send(&self, part: Part<BufferOf<P>>) -> Result<(), TransferError> {
        let engine = self.inner.platform.engine();
        let end = part.start + engine.buffer_len(&part.bytes) as u64;
        let length = part.last.then(|| end.to_string());
        let (mut at, mut rest) = (part.start, part.bytes);
        self.given.set(end.max(self.given.get()));
        let mut patience = Patience::long();
        while at < end {
            let answer = self.patch(at, rest.clone(), length.as_deref()).await;
            // The relay's word on what comes before counts first.
            self.until(&|| self.acknowledged.get() >= at).await;
            let offset = match answer {
                Ok(offset) => offset,
                Err(error) => self.recover(error, &mut patience).await?,
            };
            if offset < at || offset > self.given.get() {
                // Sealing these chunk numbers again under the same salt is never an answer.
                return Err(lost());
            }
            if offset > at {
                patience = Patience::long();
                // The part after this one may have arrived as well.
                let taken = usize::try_from(offset.min(end) - at).unwrap_or(usize::MAX);
                rest = engine.buffer_slice(&rest, taken..engine.buffer_len(&rest));
                at = offset.min(end);
                self.acknowledge(offset);
            }
        }
        Ok(())
    }

    async fn until(&self, condition: &dyn Fn() -> bool) {
        poll_fn(|context| {
            if condition() {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    fn wake(&self) {
        self.waiting.take().into_iter().for_each(Waker::wake);
    }

    fn acknowledge(&self, bytes: u64) {
        self.acknowledged.set(bytes.max(self.acknowledged.get()));
        self.wake();
    }

    async fn patch(&self, at: u64, bytes: BufferOf<P>, length: Option<&str>) -> Result<u64, ClientError> {
        let path = route::upload(self.id());
        let offset = at.to_string();
        let mut headers = vec![TUS, CONTENT_TYPE, ("upload-offset", offset.as_str())];
        if let (Some(length), None) = (length, self.plaintext_total) {
            headers.push(("upload-length", length));
        }
        let request = Request { headers: &headers, ..self.inner.relay.request("PATCH", &path) };
        let transport = self.inner.platform.transport();
        let response = accepted(transport.patch(request, bytes, &|sent| self.tell(at + sent)).await?)?;
        offset_of(&response)
    }

    /// After a failure that may pass: waits, and asks how far the relay got.
    async fn recover(&self, error: ClientError, patience: &mut Patience) -> Result<u64, ClientError> {
        let passing = match error.code {
            Code::UploadOffset => error.with_code(Code::Network),
            _ => error,
        };
        patience.after(&*self.inner.platform, passing).await?;
        self.ask(self.id(), patience).await
    }

    /// Asks how far the relay is.
    async fn ask(&self, upload: UploadId, patience: &mut Patience) -> Result<u64, ClientError> {
        let path = route::upload(upload);
        let request = Request { headers: &[TUS], ..self.inner.relay.request("HEAD", &path) };
        loop {
            match self.inner.relay.send(request).await.and_then(|response| offset_of(&response)) {
                Ok(offset) => return Ok(offset),
                Err(error) => patience.after(&*self.inner.platform, error).await?,
            }
        }
    }

    fn tell(&self, sent: u64) {
        let (about, total) = (plaintext_about(sent), self.plaintext_total);
        let done = total.map_or(about, |total| about.min(total)).max(self.told.get());
        self.told.set(done);
        self.watch.tell(Phase::Uploading, done, total);
    }
}

fn lost() -> TransferError {
    let message = "the relay lost a part of the upload it had acknowledged";
    TransferError::Lost(ClientError::new(Code::UploadOffset, message))
}

pub(super) fn ciphertext_bytes(plaintext: u64) -> Result<u64, ClientError> {
    keyferry_crypto::content::ciphertext_bytes(plaintext)
        .ok_or_else(|| ClientError::new(Code::BodyTooLarge, "content is longer than 4 PiB"))
}

/// How much plaintext a beginning of the ciphertext holds; it grows with it.
pub(super) fn plaintext_about(ciphertext: u64) -> u64 {
    let (chunk, tag) = (SEALED_CHUNK_BYTES as u64, TAG_BYTES as u64);
    let chunks = ciphertext.saturating_sub(HEADER_BYTES as u64);
    chunks / chunk * (chunk - tag) + (chunks % chunk).saturating_sub(tag)
}

fn offset_of(response: &Response) -> Result<u64, ClientError> {
    let offset = response.header("upload-offset").and_then(|offset| offset.parse().ok());
    offset
        .ok_or_else(|| ClientError::new(Code::ResponseInvalid, "the relay did not say how far the upload is"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_never_goes_back_and_ends_with_everything() {
        let mut before = 0;
        for ciphertext in (0..200_000).step_by(7) {
            let now = plaintext_about(ciphertext);
            assert!(now >= before, "{ciphertext}");
            before = now;
        }
        for plaintext in [0, 1, 16_383, 16_384, 5_000_000] {
            assert_eq!(plaintext_about(ciphertext_bytes(plaintext).unwrap()), plaintext);
        }
    }
}
