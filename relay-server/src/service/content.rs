//! Serving ciphertext.
//!
//! The trail gets one `file_downloaded` per session and version, committed before the first byte leaves. Not
//! one per request: an opening client makes many range requests, and one that never asks for byte 0 is seen too.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures_util::Stream;
use keyferry_protocol::audit::Operation;
use keyferry_protocol::{Digest, FileId, UploadId};

use super::access::{ReadAccess, Reader, authorize_read};
use super::view::dangling;
use super::{Caller, ServiceError};
use crate::state::State;
use crate::store::uploads::PartRecord;
use crate::store::{Commit, ContentStore, StoreError};

/// Downloads that are remembered as written down; beyond, some are written down again.
const MAX_REMEMBERED: usize = 100_000;

/// Which sessions' downloads are in the trail.
#[derive(Default)]
pub struct Downloads(Mutex<HashSet<(Digest, FileId, u32)>>);

impl Downloads {
    fn contains(&self, download: &(Digest, FileId, u32)) -> bool {
        self.lock().contains(download)
    }

    fn remember(&self, download: (Digest, FileId, u32)) {
        let mut downloads = self.lock();
        if downloads.len() >= MAX_REMEMBERED {
            downloads.clear();
        }
        downloads.insert(download);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<(Digest, FileId, u32)>> {
        // A set is whole even if a holder panicked; at worst a download is written down twice.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The version whose ciphertext the caller may read now.
///
/// # Errors
/// `not_found`, `role_insufficient`, `grant_revoked`, `grant_expired`.
pub async fn version(
    state: &State,
    caller: &Caller,
    file: FileId,
    version: u32,
) -> Result<ReadAccess, ServiceError> {
    authorize_read(state, caller, file, version).await
}

/// Writes the download down, then streams `range` of the ciphertext, a piece at a time.
///
/// # Errors
/// A store that failed.
pub async fn stream(
    state: &State,
    caller: &Caller,
    access: &ReadAccess,
    range: Range<u64>,
) -> Result<impl Stream<Item = Result<Bytes, StoreError>> + use<>, ServiceError> {
    // Once the answer has begun, a failure can only cut it off.
    state.uploads.content().present().await?;
    write_down(state, caller, access).await?;
    let version = &access.version;
    let parts = state.uploads.ledger().upload_parts(version.upload, range.clone()).await?;
    if let Err(error) = check(&parts, &range) {
        // Gone between the check and now, if access is.
        authorize_read(state, caller, version.file, version.version).await?;
        return Err(error);
    }
    Ok(read(state.uploads.content().clone(), parts, range))
}

/// Streams `range` of the caller's own complete upload, which nobody else may read and no version has claimed.
///
/// # Errors
/// As [`super::upload::Uploads::complete_bytes`] when it ended meanwhile; a store that failed.
pub async fn stream_upload(
    state: &State,
    caller: &Caller,
    upload: UploadId,
    range: Range<u64>,
) -> Result<impl Stream<Item = Result<Bytes, StoreError>> + use<>, ServiceError> {
    state.uploads.content().present().await?;
    let parts = state.uploads.ledger().upload_parts(upload, range.clone()).await?;
    if let Err(error) = check(&parts, &range) {
        state.uploads.complete_bytes(caller, upload).await?;
        return Err(error);
    }
    Ok(read(state.uploads.content().clone(), parts, range))
}

async fn write_down(state: &State, caller: &Caller, access: &ReadAccess) -> Result<(), ServiceError> {
    let version = &access.version;
    let download = (caller.session, version.file, version.version);
    if state.downloads.contains(&download) {
        return Ok(());
    }
    let mut event = caller
        .event(Operation::FileDownloaded)
        .in_organization(version.organization)
        .about_file(version.file);
    event.details = Some(format!("version {}", version.version));
    if let Reader::Grant(grant) = &access.reader {
        event = event.about_grant(grant.grant);
    }
    state.registry.commit(Commit { events: vec![event], ..caller.commit() }).await?;
    state.downloads.remember(download);
    Ok(())
}

/// The parts must cover the range without a gap.
fn check(parts: &[PartRecord], range: &Range<u64>) -> Result<(), ServiceError> {
    let mut reached = range.start;
    for part in parts {
        if part.start > reached {
            return Err(dangling("a part of the content"));
        }
        reached = part.start + part.length;
    }
    if reached < range.end {
        return Err(dangling("a part of the content"));
    }
    Ok(())
}

fn read(
    content: ContentStore,
    parts: Vec<PartRecord>,
    range: Range<u64>,
) -> impl Stream<Item = Result<Bytes, StoreError>> {
    async_stream::try_stream! {
        for part in parts {
            let from = range.start.max(part.start) - part.start;
            let to = range.end.min(part.start + part.length) - part.start;
            let pieces = content.read(&part.object, from..to).await?;
            for await piece in pieces {
                yield piece?;
            }
        }
    }
}
