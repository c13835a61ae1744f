//! Sending ciphertext by tus 1.0. Unacknowledged ciphertext is kept and sent again; it is never sealed again.

use keyferry_crypto::Engine as _;
use keyferry_crypto::content::HEADER_BYTES;
use keyferry_crypto::engine::{SEALED_CHUNK_BYTES, TAG_BYTES};
use keyferry_protocol::{Code, OrganizationId, UploadId, route};

use super::seal::Part;
use super::watch::{Phase, Watch};
use crate::error::ClientError;
use crate::platform::{BufferOf, Platform, Request, Response, Transport as _};
use crate::relay::{Patience, accepted};
use crate::session::Inner;

const TUS: (&str, &str) = ("tus-resumable", "1.0.0");
const CONTENT_TYPE: (&str, &str) = ("content-type", "application/offset+octet-stream");

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
    plaintext_total: Option<u64>,
    pub id: UploadId,
    /// Bytes the relay said it has. It can only grow.
    pub acknowledged: u64,
}

impl<'a, P: Platform> Transfer<'a, P> {
    /// Makes an upload for an organization, of a known or a later length.
    pub async fn create(
        inner: &'a Inner<P>,
        watch: &'a Watch,
        organization: OrganizationId,
        plaintext_total: Option<u64>,
    ) -> Result<Self, ClientError> {
        let path = route::uploads();
        let length = plaintext_total.map(ciphertext_bytes).transpose()?.map(|length| length.to_string());
        let length =
            length.as_deref().map_or(("upload-defer-length", "1"), |length| ("upload-length", length));
        let metadata = route::upload_metadata(organization);
        let headers = [TUS, length, ("upload-metadata", metadata.as_str())];
        let request = Request { headers: &headers, ..inner.relay.request("POST", &path) };
        let response = inner.relay.send(request).await?;
        let id = response.header("location").and_then(|location| location.rsplit('/').next());
        let id = id.and_then(|id| UploadId::parse(id).ok()).ok_or_else(|| {
            ClientError::new(Code::ResponseInvalid, "the relay made an upload and did not say where")
        })?;
        Ok(Transfer { inner, watch, plaintext_total, id, acknowledged: 0 })
    }

    /// Sends one part until the relay has all of it.
    pub async fn send(&mut self, part: Part<BufferOf<P>>) -> Result<(), TransferError> {
        let engine = self.inner.platform.engine();
        let end = self.acknowledged + engine.buffer_len(&part.bytes) as u64;
        let length = part.last.then(|| end.to_string());
        let mut rest = part.bytes;
        let mut patience = Patience::long();
        while self.acknowledged < end {
            let offset = match self.patch(rest.clone(), length.as_deref()).await {
                Ok(offset) => offset,
                Err(error) => self.recover(error, &mut patience).await?,
            };
            if offset < self.acknowledged || offset > end {
                // Sealing these chunk numbers again under the same salt is never an answer.
                return Err(TransferError::Lost(ClientError::new(
                    Code::UploadOffset,
                    "the relay lost a part of the upload it had acknowledged",
                )));
            }
            if offset > self.acknowledged {
                patience = Patience::long();
                let taken = usize::try_from(offset - self.acknowledged).unwrap_or(usize::MAX);
                rest = engine.buffer_slice(&rest, taken..engine.buffer_len(&rest));
                self.acknowledged = offset;
            }
        }
        Ok(())
    }

    async fn patch(&self, bytes: BufferOf<P>, length: Option<&str>) -> Result<u64, ClientError> {
        let path = route::upload(self.id);
        let offset = self.acknowledged.to_string();
        let mut headers = vec![TUS, CONTENT_TYPE, ("upload-offset", offset.as_str())];
        if let (Some(length), None) = (length, self.plaintext_total) {
            headers.push(("upload-length", length));
        }
        let request = Request { headers: &headers, ..self.inner.relay.request("PATCH", &path) };
        let transport = self.inner.platform.transport();
        let response = accepted(transport.patch(request, bytes, &|sent| self.tell(sent)).await?)?;
        offset_of(&response)
    }

    /// After a failure that may pass: waits, and asks how far the relay got.
    async fn recover(&self, error: ClientError, patience: &mut Patience) -> Result<u64, ClientError> {
        let mut passing = match error.code {
            Code::UploadOffset => error.with_code(Code::Network),
            _ => error,
        };
        loop {
            patience.after(&*self.inner.platform, passing).await?;
            let path = route::upload(self.id);
            let request = Request { headers: &[TUS], ..self.inner.relay.request("HEAD", &path) };
            match self.inner.relay.send(request).await.and_then(|response| offset_of(&response)) {
                Ok(offset) => return Ok(offset),
                Err(error) => passing = error,
            }
        }
    }

    fn tell(&self, sent: u64) {
        let done = plaintext_about(self.acknowledged + sent);
        let total = self.plaintext_total;
        self.watch.tell(Phase::Uploading, total.map_or(done, |total| done.min(total)), total);
    }
}

fn ciphertext_bytes(plaintext: u64) -> Result<u64, ClientError> {
    keyferry_crypto::content::ciphertext_bytes(plaintext)
        .ok_or_else(|| ClientError::new(Code::BodyTooLarge, "content is longer than 4 PiB"))
}

/// How much plaintext a beginning of the ciphertext holds; it grows with it.
fn plaintext_about(ciphertext: u64) -> u64 {
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
