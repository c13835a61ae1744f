//! Uploads: made, filled by tus PATCHes, ended, and claimed by a file version.
//!
//! An upload belongs to the person who made it; to everybody else it does not exist.

mod patch;
mod receipt;
pub mod sweep;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
/// How long a PATCH waits for the one before it to arrive: two that were sent at once come in any order, and one that
/// broke is sent again.
const LATEST_ARRIVAL: Duration = Duration::from_secs(5);

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
    /// Uploads that are being written to, and from where on.
    writers: Arc<Mutex<HashMap<UploadId, u64>>>,
    /// Told whenever a writer ended.
    freed: Arc<Notify>,
}

impl Uploads {
    /// Over these stores.
    #[must_use]
    pub fn new(ledger: Arc<dyn UploadLedger>, content: ContentStore, limits: UploadLimits) -> Self {
        Uploads { ledger, content, limits, writers: Arc::default(), freed: Arc::default() }
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
        // Nothing lies ahead of an end, so no PATCH waits for it.
        let _busy = self.occupy(upload, u64::MAX)?;
        let objects = self.ledger.remove_upload(upload).await?;
        if let Err(cause) = self.content.delete(&objects).await {
            tracing::warn!(%cause, "objects of an ended upload stay until the next sweep");
        }
        Ok(())
    }

    fn expiry(&self, now_ms: u64) -> u64 {
        now_ms.saturating_add(u64::from(self.limits.days) * DAY_MS)
    }

    /// Holds the upload for a request that writes from `start` on.
    fn occupy(&self, upload: UploadId, start: u64) -> Result<Busy, ServiceError> {
        match self.writers().entry(upload) {
            Entry::Occupied(_) => Err(busy()),
            Entry::Vacant(free) => {
                free.insert(start);
                Ok(Busy { upload, uploads: self.clone() })
            }
        }
    }

    /// Holds the upload for a PATCH at `offset`. One that lies ahead waits while others bring what is before it, so that
    /// a client can send on before it has an answer.
    async fn occupy_in_turn(
        &self,
        caller: &Caller,
        upload: UploadId,
        offset: u64,
    ) -> Result<Busy, ServiceError> {
        let mut deadline = Instant::now() + LATEST_ARRIVAL;
        loop {
            let mut freed = pin!(self.freed.notified());
            // From here on no end goes unnoticed.
            freed.as_mut().enable();
            let writing_from = self.writers().get(&upload).copied();
            match writing_from {
                Some(start) if start >= offset => return Err(busy()),
                Some(_) => deadline = Instant::now() + LATEST_ARRIVAL,
                None if self.of(caller, upload).await?.offset >= offset => {
                    // Whoever was faster is met again above.
                    if let Ok(busy) = self.occupy(upload, offset) {
                        return Ok(busy);
                    }
                    continue;
                }
                None if Instant::now() >= deadline => return Err(elsewhere()),
                None => {}
            }
            // Too late or not, it looks again.
            let _ = timeout_at(deadline, freed).await;
        }
    }

    /// A map of ids is whole even if a holder panicked.
    fn writers(&self) -> MutexGuard<'_, HashMap<UploadId, u64>> {
        self.writers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Holds an upload for one request, and lets go when dropped.
struct Busy {
    upload: UploadId,
    uploads: Uploads,
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.uploads.writers().remove(&self.upload);
        self.uploads.freed.notify_waiters();
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

const fn busy() -> ServiceError {
    ServiceError::refused(Code::UploadOffset, "Another request writes to this upload.")
}

const fn elsewhere() -> ServiceError {
    ServiceError::refused(Code::UploadOffset, "The upload stands at another offset: ask for it.")
}

const fn gone(detail: &'static str) -> ServiceError {
    ServiceError::refused(Code::UploadGone, detail)
}

fn ended(cause: &tokio::task::JoinError) -> StoreError {
    StoreError::Broken(format!("a task of an upload ended: {cause}"))
}
