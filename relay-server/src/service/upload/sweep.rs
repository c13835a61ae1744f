//! What nobody needs any more: expired uploads, and objects that no upload lists.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use keyferry_protocol::UploadId;
use tokio_util::sync::CancellationToken;

use super::{DAY_MS, Uploads};
use crate::clock::now_ms;
use crate::service::ServiceError;
use crate::store::StoreError;

const EVERY: Duration = Duration::from_secs(3600);
const BATCH: u32 = 100;
/// An object younger than this may belong to a request that will still record it.
const ORPHAN_AGE_MS: u64 = DAY_MS;

impl Uploads {
    /// Sweeps now and every hour, until `stopping`.
    pub async fn sweep_until(self, stopping: CancellationToken) {
        let mut ticks = tokio::time::interval(EVERY);
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                _ = ticks.tick() => self.sweep(now_ms()).await,
            }
        }
    }

    async fn sweep(&self, now_ms: u64) {
        match self.sweep_expired(now_ms).await {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "expired uploads were swept"),
            Err(cause) => {
                tracing::warn!(%cause, "expired uploads could not be swept; the next sweep tries again")
            }
        }
        match self.sweep_orphans(now_ms).await {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "objects that no upload lists were swept"),
            Err(cause) => {
                tracing::warn!(%cause, "orphaned objects could not be swept; the next sweep tries again")
            }
        }
    }

    /// Ends every upload whose time is over and that no version claimed. Says how many.
    ///
    /// # Errors
    /// A store that failed; what was swept before stays swept.
    pub async fn sweep_expired(&self, now_ms: u64) -> Result<usize, ServiceError> {
        let mut swept = 0;
        loop {
            let expired = self.ledger.expired_uploads(now_ms, BATCH).await?;
            let before = swept;
            for upload in expired {
                // An upload that is being written to has just been prolonged, or will be.
                let Ok(_busy) = self.occupy(upload) else { continue };
                let objects = self.ledger.remove_upload(upload).await?;
                self.content.delete(&objects).await?;
                swept += 1;
            }
            if swept == before {
                return Ok(swept);
            }
        }
    }

    /// Deletes old objects that no upload lists: what a crash left. Says how many.
    ///
    /// # Errors
    /// A store that failed; what was swept before stays swept.
    pub async fn sweep_orphans(&self, now_ms: u64) -> Result<usize, StoreError> {
        let mut old: HashMap<UploadId, Vec<String>> = HashMap::new();
        let mut objects = self.content.list();
        while let Some(object) = objects.try_next().await? {
            if let Some(upload) = object.upload.filter(|_| object.stored_at_ms + ORPHAN_AGE_MS <= now_ms) {
                old.entry(upload).or_default().push(object.name);
            }
        }
        let mut swept = 0;
        for (upload, names) in old {
            let parts = self.ledger.upload_parts(upload, 0..i64::MAX as u64).await?;
            let listed: HashSet<String> = parts.into_iter().map(|part| part.object).collect();
            let orphans: Vec<String> = names.into_iter().filter(|name| !listed.contains(name)).collect();
            self.content.delete(&orphans).await?;
            swept += orphans.len();
        }
        Ok(swept)
    }
}
