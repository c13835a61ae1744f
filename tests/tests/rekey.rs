//! A re-key across crashes: the old version or the new one, and no chunk sealed twice under one salt. And against those
//! who know the old key.

#![allow(clippy::unwrap_used, reason = "what fails in a test must end it where it stands")]

use bytes::Bytes;
use keyferry_client::native::BytesSource;
use keyferry_client::{FileInfo, UploadOptions, Watch};
use keyferry_crypto::Software;
use keyferry_crypto::content::HEADER_BYTES;
use keyferry_crypto::engine::{CHUNK_BYTES, Engine as _, SEALED_CHUNK_BYTES, SegmentEnd};
use keyferry_protocol::{Code, Suite};
use keyferry_tests::{Known, Office, Relay, Wire};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// A file that was granted, on a relay that will be killed.
struct Scene {
    data: tempfile::TempDir,
    wire: Wire,
    office: Office,
    known: Known,
    content: Bytes,
    file: FileInfo,
}

impl Scene {
    async fn with(content_bytes: usize) -> (Self, Relay) {
        let data = tempfile::tempdir().unwrap();
        let relay = Relay::start(data.path(), &[]);
        let (wire, known) = (Wire::to(relay.port()).await, Known::default());
        let office = Office::found(&wire.url(), Suite::X25519Hpke, "rekey", &known).await;
        let content = content(content_bytes);
        let options =
            UploadOptions { label: "a label".into(), name: "a name".into(), ..UploadOptions::default() };
        let file = office.upload(BytesSource::file(content.clone()), options).await;
        office.grant(file.id, "to read it").await;
        (Scene { data, wire, office, known, content, file }, relay)
    }

    fn restart(&self) -> Relay {
        let successor = Relay::start(self.data.path(), &[]);
        self.wire.turn(successor.port());
        successor
    }

    async fn rekey(&self, watch: &Watch) -> Option<FileInfo> {
        self.office.owner.files().rekey(self.file.id, watch).await.ok()
    }

    /// The owner's client dies when so many bytes have gone up.
    async fn rekey_until(&self, bytes: usize) {
        let (end, watch) = (self.wire.bytes() + bytes, Watch::default());
        tokio::select! {
            biased;
            () = self.wire.passed(end) => {}
            _ = self.rekey(&watch) => {}
        }
    }

    /// The folder of the one upload in the relay's store.
    fn upload(&self) -> std::path::PathBuf {
        let uploads = std::fs::read_dir(self.data.path().join("content")).unwrap();
        uploads.map(|entry| entry.unwrap().path()).find(|path| path.is_dir()).unwrap()
    }

    async fn interrupted(&self) -> bool {
        self.office.owner.files().rekey_interrupted(self.file.id).await.unwrap()
    }

    async fn owner_again(&mut self) {
        self.office.owner_again(&self.wire.url(), &self.known).await;
    }

    /// The consultant reads the current version, and it is what was uploaded.
    async fn version(&self) -> u32 {
        assert!(self.office.read(self.file.id).await == self.content, "content is lost");
        let listed = self.office.consultant.files().list(self.office.organization).await.unwrap();
        assert_eq!(listed.len(), 1);
        listed[0].version
    }
}

/// Bytes that no two chunks share.
fn content(bytes: usize) -> Bytes {
    (0..bytes / 8)
        .flat_map(|index| (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes())
        .collect()
}

#[tokio::test(flavor = "current_thread")]
async fn a_rekey_resumes_after_the_relay_was_killed_and_seals_no_chunk_twice() {
    let content_bytes = 40 * MIB;
    let (scene, relay) = Scene::with(content_bytes).await;
    let (before, sealed) = (scene.wire.bytes(), scene.known.chunks_sealed());
    let interrupt = async {
        scene.wire.passed(before + content_bytes / 2).await;
        relay.kill();
        scene.restart()
    };
    let watch = Watch::default();
    let (rekeyed, _successor) = tokio::join!(scene.rekey(&watch), interrupt);
    assert_eq!(rekeyed.expect("it goes on by itself").version, 2);
    let sent = scene.wire.bytes() - before;
    assert!(sent < content_bytes + 20 * MIB, "it began again instead of going on: {sent} bytes");
    assert_eq!(scene.version().await, 2);
    assert_eq!(scene.known.chunks_sealed() - sealed, sealed, "as many chunks as the upload had");
    assert_eq!(scene.known.chunks_sealed_twice(), []);
}

/// Client and relay die together, so that what the relay committed is all there is.
#[tokio::test(flavor = "current_thread")]
async fn whenever_both_die_there_is_the_old_version_or_the_new_one() {
    let content_bytes = 3 * MIB;
    let (mut scene, mut relay) = Scene::with(content_bytes).await;
    let mut version = 1;
    let (mut stayed, mut moved) = (0, 0);
    // While it is opened and sealed, at the end of the content, and through the submission and its answer.
    let ends = [0, 1, 2, 3, 4, 5, 6, 8, 12].map(|step| content_bytes + step * KIB);
    for bytes in [KIB, content_bytes / 2].into_iter().chain(ends) {
        // Where all of it passes before so many bytes do, only the relay dies.
        scene.rekey_until(bytes).await;
        relay.kill();
        relay = scene.restart();
        scene.owner_again().await;
        let now = scene.version().await;
        assert!(now == version || now == version + 1, "{now} after {version}");
        if now == version {
            stayed += 1
        } else {
            moved += 1
        }
        version = now;
        assert_eq!(scene.known.chunks_sealed_twice(), []);
    }
    assert!(stayed > 2, "{stayed} stayed, {moved} moved");
    scene.rekey(&Watch::default()).await.expect("what was left half done is in nobody's way");
    assert_eq!(scene.version().await, version + 1);
}

/// Page after page dies, once together with the relay; each goes on where the one before was.
#[tokio::test(flavor = "current_thread")]
async fn a_rekey_goes_on_after_its_client_died() {
    let content_bytes = 40 * MIB;
    let (mut scene, mut relay) = Scene::with(content_bytes).await;
    let (before, sealed) = (scene.wire.bytes(), scene.known.chunks_sealed());
    for (bytes, relay_too) in [(9 * MIB, false), (5 * MIB + 123, true), (6 * MIB, false)] {
        scene.rekey_until(bytes).await;
        if relay_too {
            relay.kill();
            relay = scene.restart();
        }
        scene.owner_again().await;
        assert!(scene.interrupted().await);
        assert!(scene.office.device.part_bytes() <= 8 * 5 * MIB);
    }
    assert_eq!(scene.rekey(&Watch::default()).await.expect("it goes on").version, 2);
    let sent = scene.wire.bytes() - before;
    assert!(sent < 2 * content_bytes, "it began again instead of going on: {sent} bytes");
    assert_eq!(scene.version().await, 2);
    assert_eq!(scene.known.chunks_sealed() - sealed, sealed, "as many chunks as the upload had");
    assert_eq!(scene.known.chunks_sealed_twice(), []);
    assert!(!scene.interrupted().await);
    assert_eq!(scene.office.device.part_bytes(), 0, "nothing stays on the device");
}

/// What was sealed before the crash came from one plaintext; what a relay serves afterwards may be another's.
#[tokio::test(flavor = "current_thread")]
async fn content_that_somebody_forged_after_the_crash_is_refused_before_anything_is_swapped() {
    let (mut scene, _relay) = Scene::with(24 * MIB).await;
    let (key, base_nonce) = scene.known.last_content().unwrap();
    let chunk = 1400;
    let forged = Bytes::from(vec![7; CHUNK_BYTES]);
    let forged = Software.seal_chunks(&key, &base_nonce, chunk, forged, SegmentEnd::More).await.unwrap();
    let upload = scene.upload();
    scene.rekey_until(8 * MIB).await;
    scene.owner_again().await;
    overwrite(&upload, HEADER_BYTES + chunk as usize * SEALED_CHUNK_BYTES, &forged);
    let refused = scene.office.owner.files().rekey(scene.file.id, &Watch::default()).await.unwrap_err();
    assert_eq!(refused.code, Code::ContentCorrupt);
    assert_eq!(scene.known.chunks_sealed_twice(), []);
    let listed = scene.office.consultant.files().list(scene.office.organization).await.unwrap();
    assert_eq!(listed[0].version, 1);
    assert!(!scene.interrupted().await, "nobody goes on with it");
}

/// Whom a re-key is against knows the key before, and may have the relay's help: chunks forged under it are authentic. Only
/// the signed digest tells that they are not what was uploaded.
#[tokio::test(flavor = "current_thread")]
async fn content_that_somebody_forged_under_the_old_key_is_not_sealed_again() {
    let (scene, _relay) = Scene::with(2 * MIB).await;
    let (key, base_nonce) = scene.known.last_content().unwrap();
    let chunk = 5;
    let forged = Bytes::from(vec![7; CHUNK_BYTES]);
    let forged = Software.seal_chunks(&key, &base_nonce, chunk, forged, SegmentEnd::More).await.unwrap();
    let start = HEADER_BYTES + chunk as usize * SEALED_CHUNK_BYTES;
    let upload = scene.upload();
    overwrite(&upload, start, &forged);
    let refused = scene.office.owner.files().rekey(scene.file.id, &Watch::default()).await.unwrap_err();
    assert_eq!(refused.code, Code::ContentCorrupt);
    let listed = scene.office.consultant.files().list(scene.office.organization).await.unwrap();
    assert_eq!(listed[0].version, 1);
    let objects = std::fs::read_dir(scene.data.path().join("content")).unwrap();
    let uploads = objects.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count();
    assert_eq!(uploads, 1, "what was sealed of it was taken back");
}

/// Writes into the objects of an upload in a relay's store, which lie one after the other by their names' order in time.
fn overwrite(upload: &std::path::Path, mut start: usize, bytes: &[u8]) {
    let mut objects: Vec<_> = std::fs::read_dir(upload).unwrap().map(|entry| entry.unwrap()).collect();
    objects.sort_by_key(|object| object.metadata().unwrap().modified().unwrap());
    for object in objects {
        let mut stored = std::fs::read(object.path()).unwrap();
        if start < stored.len() {
            stored[start..start + bytes.len()].copy_from_slice(bytes);
            return std::fs::write(object.path(), stored).unwrap();
        }
        start -= stored.len();
    }
}
