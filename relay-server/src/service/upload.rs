//! Uploads: made, filled by tus PATCHes, ended, and claimed by a file version.
//!
//! An upload belongs to the person who made it; to everybody else it does not exist.

mod patch;
mod receipt;
pub mod sweep;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use keyferry_protocol::{Code, OrganizationId, UploadId};
use tokio::sync::Notify;
use tokio::time::{Duration, Instant, timeout_at};

use super::authority::Member;
use super::{Caller, ServiceError};
use crate::random::random;
use crate::state::State;
use crate::store::uploads::{UploadLedger, UploadRecord};
use crate::store::{ContentStore, StoreError};

pub use patch::{Algorithm, Checksum, Feed, Patch};

const DAY_MS: u64 = 24 * 3_600_000;
/// The longest a PATCH waits for the one it follows.
const LONGEST_TURN: Duration = Duration::from_secs(30);

/// What uploads may be and how long they live.
#[derive(Clone, Copy, Debug)]
pub struct UploadLimits {
    /// The largest upload, in bytes.
    pub max_bytes: u64,
    /// Days until an upload that nobody continues or claims is swept.
    pub days: u32,
}

/// Uploads with their ledger and the place where their bytes are.
#[derive(Clone)]
pub struct Uploads {
    ledger: Arc<dyn UploadLedger>,
    content: ContentStore,
    limits: UploadLimits,
    /// Uploads a PATCH is under way for.
    busy: Arc<Mutex<HashSet<UploadId>>>,
    /// Told whenever one of them ended.
    freed: Arc<Notify>,
}

impl Uploads {
    /// Over these stores.
    #[must_use]
    pub fn new(ledger: Arc<dyn UploadLedger>, content: ContentStore, limits: UploadLimits) -> Self {
        Uploads { ledger, content, limits, busy: Arc::default(), freed: Arc::default() }
    }

    /// The largest upload, in bytes.
    #[must_use]
    pub const fn max_bytes(&self) -> u64 {
        self.limits.max_bytes
    }

    /// The ledger, for reading the parts of a version.
    #[must_use]
    pub fn ledger(&self) -> &dyn UploadLedger {
        &*self.ledger
    }

    /// Where the bytes are.
    #[must_use]
    pub const fn content(&self) -> &ContentStore {
        &self.content
    }

    /// The caller's own upload.
    ///
    /// # Errors
    /// `not_found`; `upload_gone` when its time is over.
    pub async fn of(&self, caller: &Caller, upload: UploadId) -> Result<UploadRecord, ServiceError> {
        let found = self.ledger.upload(upload).await?;
        let record = found.filter(|record| record.user == caller.user).ok_or_else(ServiceError::not_found)?;
        if !record.claimed && record.expires_at_ms <= caller.now_ms {
            return Err(gone("The upload's time is over: begin again."));
        }
        Ok(record)
    }

    /// The length of the caller's complete upload, which a version may claim.
    ///
    /// # Errors
    /// `not_found`, `upload_gone`, `upload_incomplete`; `already_exists` when a version has claimed it.
    pub async fn complete_bytes(&self, caller: &Caller, upload: UploadId) -> Result<u64, ServiceError> {
        let record = self.of(caller, upload).await?;
        if record.claimed {
            return Err(ServiceError::refused(Code::AlreadyExists, "The upload is a file version already."));
        }
        match record.length {
            Some(length) if length == record.offset => Ok(length),
            _ => Err(ServiceError::refused(
                Code::UploadIncomplete,
                "The upload is not complete: send the rest.",
            )),
        }
    }

    /// Ends an upload that no version claimed, and deletes its bytes.
    ///
    /// # Errors
    /// `not_found`; `upload_gone` when it is a file version, or over; `upload_offset` during a PATCH.
    pub async fn terminate(&self, caller: &Caller, upload: UploadId) -> Result<(), ServiceError> {
        if self.of(caller, upload).await?.claimed {
            return Err(gone("The upload has become a file version."));
        }
        let _busy = self.occupy(upload)?;
        let objects = self.ledger.remove_upload(upload).await?;
        if let Err(cause) = self.content.delete(&objects).await {
            tracing::warn!(%cause, "objects of an ended upload stay until the next sweep");
        }
        Ok(())
    }

    fn expiry(&self, now_ms: u64) -> u64 {
        now_ms.saturating_add(u64::from(self.limits.days) * DAY_MS)
    }

    fn occupy(&self, upload: UploadId) -> Result<Busy, ServiceError> {
        // A set of ids is whole even if a holder panicked.
        let free = self.busy.lock().unwrap_or_else(PoisonError::into_inner).insert(upload);
        if !free {
            return Err(ServiceError::refused(Code::UploadOffset, "Another request writes to this upload."));
        }
        Ok(Busy { upload, busy: Arc::clone(&self.busy), freed: Arc::clone(&self.freed) })
    }

    /// Holds the upload, which stands at `standing`, for a PATCH at `offset`. One that follows a PATCH under way waits
    /// for it, so that a client can send on before it has an answer.
    async fn occupy_in_turn(
        &self,
        upload: UploadId,
        standing: u64,
        offset: u64,
    ) -> Result<Busy, ServiceError> {
        let deadline = Instant::now() + LONGEST_TURN;
        loop {
            let freed = self.freed.notified();
            match self.occupy(upload) {
                Err(refusal) if offset > standing => {
                    timeout_at(deadline, freed).await.map_err(|_| refusal)?;
                }
                outcome => return outcome,
            }
        }
    }
}

/// Holds an upload for one request, and lets go when dropped.
struct Busy {
    upload: UploadId,
    busy: Arc<Mutex<HashSet<UploadId>>>,
    freed: Arc<Notify>,
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.upload);
        self.freed.notify_waiters();
    }
}

/// Makes an upload of `length` bytes, or of a length that a PATCH will say.
///
/// # Errors
/// `not_found` and `role_insufficient` by the caller's membership; `body_too_large`.
pub async fn create(
    state: &State,
    caller: &Caller,
    organization: OrganizationId,
    length: Option<u64>,
) -> Result<UploadRecord, ServiceError> {
    let uploads = &state.uploads;
    Member::of(state, caller, organization).await?.uploader()?;
    check_length(length, uploads.limits.max_bytes)?;
    let record = UploadRecord {
        upload: UploadId::from_random(random()?),
        user: caller.user,
        organization,
        length,
        offset: 0,
        claimed: false,
        created_at_ms: caller.now_ms,
        expires_at_ms: uploads.expiry(caller.now_ms),
    };
    uploads.ledger.create_upload(record.clone()).await?;
    Ok(record)
}

fn check_length(length: Option<u64>, max_bytes: u64) -> Result<(), ServiceError> {
    match length {
        Some(length) if length > max_bytes => {
            Err(ServiceError::refused(Code::BodyTooLarge, "The upload is larger than this relay takes."))
        }
        _ => Ok(()),
    }
}

const fn gone(detail: &'static str) -> ServiceError {
    ServiceError::refused(Code::UploadGone, detail)
}

fn ended(cause: &tokio::task::JoinError) -> StoreError {
    StoreError::Broken(format!("a task of an upload ended: {cause}"))
}
