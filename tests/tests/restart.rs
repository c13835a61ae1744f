//! A relay that dies loses nothing it acknowledged.

use bytes::Bytes;
use keyferry_client::native::BytesSource;
use keyferry_client::{UploadOptions, Watch};
use keyferry_protocol::Suite;
use keyferry_tests::{Known, Office, Relay, Wire};

const MIB: usize = 1024 * 1024;
/// Several parts of an upload.
const CONTENT_BYTES: usize = 40 * MIB;

fn options() -> UploadOptions {
    UploadOptions { label: "a label".into(), name: "a name".into(), ..UploadOptions::default() }
}

/// Bytes that no two chunks share.
fn content(bytes: usize) -> Bytes {
    (0..bytes / 8)
        .flat_map(|index| (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes())
        .collect()
}

#[tokio::test(flavor = "current_thread")]
async fn an_upload_resumes_after_the_relay_was_killed_in_its_middle() {
    let data = tempfile::tempdir().unwrap();
    let relay = Relay::start(data.path(), &[]);
    let wire = Wire::to(relay.port()).await;
    let office = Office::found(&wire.url(), Suite::X25519Hpke, "restart", &Known::default()).await;
    let content = content(CONTENT_BYTES);
    let before = wire.bytes();
    let upload = office.upload(BytesSource::file(content.clone()), options());
    let interrupt = async {
        wire.passed(before + CONTENT_BYTES / 2).await;
        relay.kill();
        let successor = Relay::start(data.path(), &[]);
        wire.turn(successor.port());
        successor
    };
    let (file, _successor) = tokio::join!(upload, interrupt);
    let sent = wire.bytes() - before;
    assert!(sent < CONTENT_BYTES + 20 * MIB, "the upload began again instead of going on: {sent} bytes");
    office.grant(file.id, "to read it again").await;
    assert!(
        office.read(file.id).await == content,
        "what was uploaded across the restart is not what is read"
    );
}

#[tokio::test(flavor = "current_thread")]
async fn a_grant_stands_when_the_relay_was_killed_right_after_the_approval() {
    let data = tempfile::tempdir().unwrap();
    let relay = Relay::start(data.path(), &[]);
    let wire = Wire::to(relay.port()).await;
    let office = Office::found(&wire.url(), Suite::X25519Hpke, "restart", &Known::default()).await;
    let content = content(100_000);
    let file = office.upload(BytesSource::file(content.clone()), options()).await;
    let grant = office.grant(file.id, "before the lights go out").await;
    relay.kill();
    let successor = Relay::start(data.path(), &[]);
    wire.turn(successor.port());
    assert!(office.read(file.id).await == content, "the grant opens the file");
    // And what was revoked before a crash stays revoked.
    office.owner.grants().revoke(grant.id).await.unwrap();
    successor.kill();
    let last = Relay::start(data.path(), &[]);
    wire.turn(last.port());
    let refused = office.consultant.files().open(file.id, &Watch::default()).await.err().unwrap();
    assert_eq!(refused.code.name(), "grant_revoked");
}
