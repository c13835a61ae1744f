//! A tus PATCH: what it says, and its bytes on their way to the disk.

use keyferry_protocol::{Code, UploadId};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::receipt::Receipt;
use super::{Uploads, check_length, elsewhere, ended};
use crate::service::{Caller, ServiceError};
use crate::store::uploads::UploadRecord;

/// Pieces of the body that wait for the disk. actix hands out pieces of at most 64 KiB or so.
const PIECES_WAITING: usize = 32;

/// What the headers of a PATCH say.
pub struct Patch {
    /// Where its bytes begin.
    pub offset: u64,
    /// How many bytes it announces, if it does.
    pub body_bytes: Option<u64>,
    /// The upload's length, if it was deferred.
    pub length: Option<u64>,
    /// What its bytes must hash to.
    pub checksum: Option<Checksum>,
}

/// How a PATCH is checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-1: the tus specification demands it. It finds accidents; attackers meet the content's own authentication.
    Sha1,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Sha1];

    /// The name in tus headers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha1 => "sha1",
        }
    }
}

/// What the bytes of a PATCH must hash to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checksum {
    /// By which algorithm.
    pub algorithm: Algorithm,
    /// The hash.
    pub digest: Vec<u8>,
}

/// A running hash and what it must become.
pub(super) struct Check {
    expected: Vec<u8>,
    hash: Hash,
}

enum Hash {
    Sha256(Sha256),
    Sha1(Sha1),
}

impl Check {
    fn new(checksum: Checksum) -> Self {
        let hash = match checksum.algorithm {
            Algorithm::Sha256 => Hash::Sha256(Sha256::new()),
            Algorithm::Sha1 => Hash::Sha1(Sha1::new()),
        };
        Check { expected: checksum.digest, hash }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match &mut self.hash {
            Hash::Sha256(hash) => hash.update(bytes),
            Hash::Sha1(hash) => hash.update(bytes),
        }
    }

    pub(super) fn matches(self) -> bool {
        let found = match self.hash {
            Hash::Sha256(hash) => hash.finalize().to_vec(),
            Hash::Sha1(hash) => hash.finalize().to_vec(),
        };
        found.ct_eq(&self.expected).into()
    }
}

pub(super) enum Piece {
    Bytes(bytes::Bytes),
    End,
}

/// Takes the body of a PATCH. The writing goes on by itself: if this is dropped before [`Feed::end`], what came
/// is kept as if the connection had broken.
pub struct Feed {
    pieces: mpsc::Sender<Piece>,
    writing: JoinHandle<Result<UploadRecord, ServiceError>>,
}

impl Uploads {
    /// Begins a PATCH of the caller's upload.
    ///
    /// # Errors
    /// `not_found`, `upload_gone`; `upload_offset` when it stands elsewhere or another PATCH is under way, unless this
    /// one lies ahead and its turn comes;
    /// `body_too_large` beyond its length; `value_invalid` for another length than it has.
    pub async fn patch(&self, caller: &Caller, upload: UploadId, patch: Patch) -> Result<Feed, ServiceError> {
        // The caller's right to the upload comes before anything that tells of its state.
        self.of(caller, upload).await?;
        let busy = self.occupy_in_turn(caller, upload, patch.offset).await?;
        let mut record = self.of(caller, upload).await?;
        if record.offset != patch.offset {
            return Err(elsewhere());
        }
        if let Some(length) = patch.length {
            self.settle_length(&mut record, length).await?;
        }
        let room = record.length.unwrap_or(self.limits.max_bytes).saturating_sub(record.offset);
        if patch.body_bytes.is_some_and(|bytes| bytes > room) {
            return Err(too_long());
        }
        let expires_at_ms = self.expiry(caller.now_ms);
        let check = patch.checksum.map(Check::new);
        let receipt = Receipt::new(self.clone(), record, expires_at_ms, room, check);
        let (pieces, waiting) = mpsc::channel(PIECES_WAITING);
        let writing = tokio::spawn(async move {
            let _busy = busy;
            receipt.receive(waiting).await
        });
        Ok(Feed { pieces, writing })
    }

    async fn settle_length(&self, record: &mut UploadRecord, length: u64) -> Result<(), ServiceError> {
        if record.length == Some(length) {
            return Ok(());
        }
        if record.length.is_some() || length < record.offset {
            return Err(ServiceError::value("The upload has another length."));
        }
        check_length(Some(length), self.limits.max_bytes)?;
        self.ledger.set_upload_length(record.upload, length).await?;
        record.length = Some(length);
        Ok(())
    }
}

impl Feed {
    /// Takes the next piece of the body. False: no more is wanted, [`Feed::end`] says why.
    pub async fn take(&self, bytes: bytes::Bytes) -> bool {
        self.pieces.send(Piece::Bytes(bytes)).await.is_ok()
    }

    /// The body ended, whole or `broken`. The upload as it stands then, durably.
    ///
    /// # Errors
    /// `checksum_mismatch`, `body_too_large`, or a store that failed.
    pub async fn end(self, broken: bool) -> Result<UploadRecord, ServiceError> {
        if !broken {
            // When nobody listens any more, the outcome below says why.
            let _ = self.pieces.send(Piece::End).await;
        }
        drop(self.pieces);
        self.writing.await.map_err(|cause| ended(&cause))?
    }
}

pub(super) const fn too_long() -> ServiceError {
    ServiceError::refused(Code::BodyTooLarge, "The bytes go beyond the upload's length.")
}
