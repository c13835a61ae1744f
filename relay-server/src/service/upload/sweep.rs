//! What nobody needs any more: expired uploads, content of versions that were replaced, and objects that no upload lists.

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
        self.sweep_retired_or_warn().await;
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
                let Ok(_busy) = self.occupy(upload, u64::MAX) else { continue };
                let objects = self.ledger.remove_upload(upload).await?;
                self.content.delete(&objects).await?;
                swept += 1;
            }
            if swept == before {
                return Ok(swept);
            }
        }
    }

    /// Deletes the content of versions that were replaced; what cannot be deleted now, the next sweep finds.
    pub async fn sweep_retired_or_warn(&self) {
        if let Err(cause) = self.sweep_retired().await {
            tracing::warn!(%cause, "replaced content could not be deleted; the next sweep tries again");
        }
    }

    async fn sweep_retired(&self) -> Result<(), StoreError> {
        while let Some(objects) = self.ledger.empty_retired(BATCH).await? {
            self.content.delete(&objects).await?;
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use keyferry_protocol::{Bytes, FileId, OrganizationId, UserId};

    use super::*;
    use crate::service::upload::UploadLimits;
    use crate::store::record::{AccountRecord, VersionRecord, WrapRecord};
    use crate::store::sqlite::SqliteRegistry;
    use crate::store::uploads::{PartRecord, UploadLedger as _, UploadRecord};
    use crate::store::{Change, Commit, ContentStore, Registry as _};

    struct Site {
        _folder: tempfile::TempDir,
        registry: Arc<SqliteRegistry>,
        content: ContentStore,
        uploads: Uploads,
    }

    const USER: UserId = UserId::from_random([1; 16]);
    const ORGANIZATION: OrganizationId = OrganizationId::from_random([2; 16]);

    impl Site {
        async fn open() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let registry = Arc::new(SqliteRegistry::open(&folder.path().join("registry.db")).await.unwrap());
            let account = AccountRecord::sample(USER);
            let organization = Change::Organization { organization: ORGANIZATION, created_at_ms: 0 };
            let changes = vec![Change::Account(account), organization];
            registry.commit(Commit { changes, ..Commit::default() }).await.unwrap();
            let content = ContentStore::in_folder(&folder.path().join("content")).unwrap();
            let limits = UploadLimits { max_bytes: 1000, days: 7 };
            let uploads = Uploads::new(registry.clone(), content.clone(), limits);
            Site { _folder: folder, registry, content, uploads }
        }

        async fn store(&self, upload: UploadId, start: u64) -> String {
            let mut part =
                self.content.write(ContentStore::part_name(upload, start, [start as u8; 8])).await.unwrap();
            part.write(bytes::Bytes::from_static(b"part")).await.unwrap();
            part.finish().await.unwrap()
        }

        async fn upload(&self, byte: u8, expires_at_ms: u64) -> UploadId {
            let upload = UploadId::from_random([byte; 16]);
            let record = UploadRecord {
                upload,
                user: USER,
                organization: ORGANIZATION,
                length: Some(4),
                offset: 0,
                claimed: false,
                created_at_ms: 0,
                expires_at_ms,
            };
            self.registry.create_upload(record).await.unwrap();
            let part = PartRecord { start: 0, length: 4, object: self.store(upload, 0).await };
            self.registry.append_parts(upload, 0, vec![part], expires_at_ms).await.unwrap();
            upload
        }

        async fn objects(&self) -> Vec<String> {
            let mut names: Vec<String> =
                self.content.list().map_ok(|object| object.name).try_collect().await.unwrap();
            names.sort();
            names
        }
    }

    #[actix_web::test]
    async fn only_expired_uploads_that_nothing_holds_are_swept() {
        let site = Site::open().await;
        let (old, held, young) =
            (site.upload(1, 100).await, site.upload(2, 100).await, site.upload(3, 101).await);
        let busy = site.uploads.occupy(held, 0).unwrap();
        assert_eq!(site.uploads.sweep_expired(100).await.unwrap(), 1);
        assert_eq!(site.registry.upload(old).await.unwrap(), None);
        assert!(site.registry.upload(held).await.unwrap().is_some());
        assert!(site.registry.upload(young).await.unwrap().is_some());
        assert!(site.objects().await.iter().all(|name| !name.starts_with(&old.to_string())));
        assert_eq!(site.objects().await.len(), 2);
        drop(busy);
        assert_eq!(site.uploads.sweep_expired(100).await.unwrap(), 1);
        assert_eq!(site.registry.upload(held).await.unwrap(), None);
    }

    /// The upload becomes a version of the one file.
    fn version(number: u32, upload: UploadId) -> Change {
        let version = VersionRecord {
            organization: ORGANIZATION,
            file: FileId::from_random([3; 16]),
            version: number,
            statement: Bytes::default(),
            manifest: Bytes::default(),
            author: USER,
            upload,
            content_bytes: 4,
            created_at_ms: 0,
        };
        let wrap = WrapRecord { wrapped_dek: Bytes::default(), statement: Bytes::default(), wrapper: USER };
        Change::Version { version, wrap }
    }

    #[actix_web::test]
    async fn content_is_swept_once_its_version_was_replaced_and_not_before() {
        let site = Site::open().await;
        let before = site.upload(1, 100).await;
        site.upload(2, 100).await;
        site.registry
            .commit(Commit { changes: vec![version(1, before)], ..Commit::default() })
            .await
            .unwrap();
        site.uploads.sweep(1000).await;
        assert_eq!(site.objects().await.len(), 1, "only what no version claims");
        let after = site.upload(3, 100).await;
        let file = FileId::from_random([3; 16]);
        let replaced = Change::ReplaceVersion { file, version: 1, grants: Vec::new(), at_ms: 0 };
        let changes = vec![version(2, after), replaced];
        site.registry.commit(Commit { changes, ..Commit::default() }).await.unwrap();
        // As after a crash that came right then.
        assert_eq!(site.objects().await.len(), 2);
        site.uploads.sweep(1000).await;
        let left = site.objects().await;
        assert!(left.len() == 1 && left[0].starts_with(&after.to_string()), "{left:?}");
        assert!(site.registry.upload(before).await.unwrap().is_some(), "its version names it still");
    }

    #[actix_web::test]
    async fn only_old_objects_that_no_upload_lists_are_swept() {
        let site = Site::open().await;
        let upload = site.upload(1, u64::MAX >> 1).await;
        let listed = site.objects().await;
        site.store(upload, 4).await;
        site.store(UploadId::from_random([9; 16]), 0).await;
        assert_eq!(site.uploads.sweep_orphans(now_ms()).await.unwrap(), 0, "too young to judge");
        assert_eq!(site.objects().await.len(), 3);
        let later = now_ms() + ORPHAN_AGE_MS + 1;
        assert_eq!(site.uploads.sweep_orphans(later).await.unwrap(), 2);
        assert_eq!(site.objects().await, listed);
    }
}
