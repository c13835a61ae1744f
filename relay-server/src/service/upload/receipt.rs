//! The receiving end of a PATCH: bytes become parts, parts become durable, the ledger follows.
//!
//! While one part is synced the next is received. Without a checksum every part is recorded as soon as it is
//! durable, so a crash or a broken connection loses little; with one, all parts are recorded together at the end.

use std::collections::VecDeque;

use bytes::Bytes;
use keyferry_protocol::Code;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::patch::{Check, Piece, too_long};
use super::{Uploads, ended};
use crate::random::random;
use crate::service::ServiceError;
use crate::store::content::PartWriter;
use crate::store::uploads::{PartRecord, UploadRecord};
use crate::store::{CommitError, ContentStore, StoreError};

/// The size of a part, unless the body ends before.
const PART_BYTES: u64 = 16 * 1024 * 1024;
/// Parts that are being synced while the next one is received.
const PARTS_SYNCING: usize = 2;

/// A part on its way to be durable.
type Syncing = JoinHandle<Result<PartRecord, StoreError>>;

pub(super) struct Receipt {
    uploads: Uploads,
    upload: UploadRecord,
    expires_at_ms: u64,
    /// Bytes the upload may still grow by.
    room: u64,
    check: Option<Check>,
    /// The part that is being received.
    open: Option<PartWriter>,
    syncing: VecDeque<Syncing>,
    /// Durable, but not recorded yet.
    stored: Vec<PartRecord>,
    /// Where the open part begins.
    start: u64,
}

impl Receipt {
    pub(super) fn new(
        uploads: Uploads,
        upload: UploadRecord,
        expires_at_ms: u64,
        room: u64,
        check: Option<Check>,
    ) -> Self {
        let start = upload.offset;
        let (open, syncing, stored) = (None, VecDeque::new(), Vec::new());
        Receipt { uploads, upload, expires_at_ms, room, check, open, syncing, stored, start }
    }

    /// Takes pieces to their end. Whatever fails, nothing recorded is lost; without a checksum, what is durable
    /// already is recorded still.
    pub(super) async fn receive(
        mut self,
        mut pieces: mpsc::Receiver<Piece>,
    ) -> Result<UploadRecord, ServiceError> {
        match self.take_all(&mut pieces).await {
            Ok(()) => Ok(self.upload),
            Err(error) => {
                self.save_or_discard().await;
                Err(error)
            }
        }
    }

    async fn take_all(&mut self, pieces: &mut mpsc::Receiver<Piece>) -> Result<(), ServiceError> {
        let mut whole = false;
        loop {
            let next = tokio::select! {
                piece = pieces.recv() => piece,
                part = oldest(&mut self.syncing) => {
                    self.settle(part).await?;
                    continue;
                }
            };
            match next {
                Some(Piece::Bytes(bytes)) => self.take(bytes).await?,
                Some(Piece::End) => whole = true,
                None => break,
            }
        }
        self.close();
        self.settle_down_to(0).await?;
        let Some(check) = self.check.take() else { return Ok(()) };
        if whole && check.matches() {
            return self.record().await;
        }
        Err(ServiceError::refused(
            Code::ChecksumMismatch,
            "The bytes do not have the checksum: send them again.",
        ))
    }

    async fn take(&mut self, mut bytes: Bytes) -> Result<(), ServiceError> {
        self.room = self.room.checked_sub(bytes.len() as u64).ok_or_else(too_long)?;
        if let Some(check) = &mut self.check {
            check.update(&bytes);
        }
        while !bytes.is_empty() {
            let part = self.open_part().await?;
            let fits = usize::try_from(PART_BYTES - part.bytes()).unwrap_or(usize::MAX).min(bytes.len());
            part.write(bytes.split_to(fits)).await?;
            if part.bytes() == PART_BYTES {
                self.close();
                self.settle_down_to(PARTS_SYNCING).await?;
            }
        }
        Ok(())
    }

    async fn open_part(&mut self) -> Result<&mut PartWriter, StoreError> {
        let part = match self.open.take() {
            Some(part) => part,
            None => {
                let name = ContentStore::part_name(self.upload.upload, self.start, random()?);
                self.uploads.content.write(name).await?
            }
        };
        Ok(self.open.insert(part))
    }

    /// The open part is full, or the last: it is synced while others go on.
    fn close(&mut self) {
        if let Some(part) = self.open.take() {
            let (start, length) = (self.start, part.bytes());
            self.start += length;
            self.syncing.push_back(tokio::spawn(async move {
                let object = part.finish().await?;
                Ok(PartRecord { start, length, object })
            }));
        }
    }

    /// Waits until at most so many parts are being synced.
    async fn settle_down_to(&mut self, parts: usize) -> Result<(), ServiceError> {
        while self.syncing.len() > parts {
            let part = oldest(&mut self.syncing).await;
            self.settle(part).await?;
        }
        Ok(())
    }

    /// The oldest part is durable, or failed.
    async fn settle(&mut self, part: Result<PartRecord, StoreError>) -> Result<(), ServiceError> {
        self.syncing.pop_front();
        self.stored.push(part?);
        if self.check.is_none() { self.record().await } else { Ok(()) }
    }

    async fn record(&mut self) -> Result<(), ServiceError> {
        let (from, grown) = (self.upload.offset, self.stored.iter().map(|part| part.length).sum::<u64>());
        let ledger = &self.uploads.ledger;
        let recorded =
            ledger.append_parts(self.upload.upload, from, self.stored.clone(), self.expires_at_ms).await;
        if !matches!(&recorded, Err(CommitError::Conflict(_) | CommitError::Store(StoreError::Full))) {
            // Recorded, or perhaps recorded: then the objects stay, and the sweep asks the ledger again.
            self.stored.clear();
        }
        recorded?;
        self.upload.offset += grown;
        self.upload.expires_at_ms = self.expires_at_ms;
        Ok(())
    }

    async fn save_or_discard(mut self) {
        if let Some(part) = self.open.take() {
            part.abort().await;
        }
        // With a checksum nothing is recorded before all of it was compared.
        while self.check.is_none() && !self.syncing.is_empty() {
            if self.settle_down_to(self.syncing.len() - 1).await.is_err() {
                break;
            }
        }
        while !self.syncing.is_empty() {
            let part = oldest(&mut self.syncing).await;
            self.syncing.pop_front();
            self.stored.extend(part.ok());
        }
        let objects: Vec<String> = self.stored.into_iter().map(|part| part.object).collect();
        if let Err(cause) = self.uploads.content.delete(&objects).await {
            tracing::warn!(%cause, "objects of a failed request stay until the next sweep");
        }
    }
}

/// Waits for the oldest part, which stays in the list.
async fn oldest(syncing: &mut VecDeque<Syncing>) -> Result<PartRecord, StoreError> {
    match syncing.front_mut() {
        Some(part) => part.await.map_err(|cause| ended(&cause))?,
        None => std::future::pending().await,
    }
}
