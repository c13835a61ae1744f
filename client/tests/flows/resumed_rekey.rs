//! A re-key that goes on after its page died, against a relay that lies and against another page.

use std::rc::Rc;

use keyferry_client::{Abort, FileInfo, NewKeys, Phase, Progress, Watch};
use keyferry_protocol::Code;
use tokio::sync::Notify;

use crate::people::{PASSPHRASE, Someone};
use crate::rekey::{Shelf, uploads};

const CONTENT_BYTES: usize = 24 * 1024 * 1024 + 12_345;

/// A file whose re-key was interrupted after some parts, and its owner on a new page of the same device.
async fn interrupted() -> (Shelf, Someone) {
    interrupted_at(CONTENT_BYTES, CONTENT_BYTES as u64 / 2).await
}

async fn interrupted_at(length: usize, bytes: u64) -> (Shelf, Someone) {
    let shelf = Shelf::of(length).await;
    shelf.revoke_other().await;
    let half = Rc::new(Notify::new());
    let reached = half.clone();
    let on_progress = Rc::new(move |progress: Progress| {
        if progress.bytes_done > bytes {
            reached.notify_one();
        }
    });
    let watch = Watch { on_progress: Some(on_progress), abort: Abort::default() };
    let files = shelf.acme.owner.session.files();
    tokio::select! {
        biased;
        () = half.notified() => {}
        _ = files.rekey(shelf.file.id, &watch) => unreachable!("it is stopped before"),
    }
    let again = shelf.acme.owner.again(&shelf.acme.relay).await;
    assert!(again.session.files().rekey_interrupted(shelf.file.id).await.unwrap());
    (shelf, again)
}

async fn rekey(shelf: &Shelf, who: &Someone) -> Result<FileInfo, Code> {
    let rekeyed = who.session.files().rekey(shelf.file.id, &Watch::default()).await;
    rekeyed.map_err(|error| error.code)
}

#[tokio::test]
async fn it_goes_on_where_it_was_and_says_so() {
    let (shelf, again) = interrupted().await;
    let told = Rc::new(std::cell::RefCell::new(Vec::new()));
    let teller = told.clone();
    let on_progress = Rc::new(move |progress: Progress| teller.borrow_mut().push(progress));
    let watch = Watch { on_progress: Some(on_progress), abort: Abort::default() };
    assert_eq!(again.session.files().rekey(shelf.file.id, &watch).await.unwrap().version, 2);
    assert_eq!(uploads(&again), 0);
    let first = told.borrow()[0];
    assert!(first.phase == Phase::Resuming && first.bytes_done > 4 * 1024 * 1024, "{first:?}");
    assert!(again.wire().patched_bytes() < CONTENT_BYTES as u64 - first.bytes_done / 2);
    shelf.assert_version(2).await;
    assert_eq!(shelf.stored_bytes(), shelf.file.content_bytes);
    assert!(!again.session.files().rekey_interrupted(shelf.file.id).await.unwrap());
    assert_eq!(again.device.part_bytes(), 0);
}

/// Before what is kept, other bytes would have to be sealed under numbers that were used; after it, nothing was sealed.
#[tokio::test]
async fn a_relay_that_claims_another_offset_gets_a_fresh_key() {
    let length = 48 * 1024 * 1024;
    for claimed in [0, length] {
        // So far that the first part is not kept any more.
        let (shelf, again) = interrupted_at(length, 37 * 1024 * 1024).await;
        let lied = std::cell::Cell::new(false);
        again.wire().turn(move |method, _, mut response| {
            for (name, value) in &mut response.headers {
                if method == "HEAD" && name == "upload-offset" && !lied.replace(true) {
                    *value = claimed.to_string();
                }
            }
            Ok(response)
        });
        let rekeyed = again.session.files().rekey(shelf.file.id, &Watch::default()).await;
        assert_eq!(rekeyed.unwrap().version, 2);
        assert_eq!(uploads(&again), 1, "{claimed}");
        again.wire().straight();
        shelf.assert_version(2).await;
        assert_eq!(shelf.stored_bytes(), shelf.file.content_bytes, "what was half sent was taken back");
        assert_eq!(again.device.part_bytes(), 0);
    }
}

#[tokio::test]
async fn of_two_pages_that_go_on_one_seals_and_the_other_spoils_nothing() {
    let (shelf, again) = interrupted().await;
    let another = shelf.acme.owner.again(&shelf.acme.relay).await;
    let both = futures_util::future::join(rekey(&shelf, &again), rekey(&shelf, &another)).await;
    let codes: Vec<_> = [both.0, both.1].into_iter().filter_map(Result::err).collect();
    assert!(
        matches!(codes[..], [Code::AlreadyExists | Code::VersionReplaced | Code::UploadGone]),
        "{codes:?}"
    );
    assert_eq!(uploads(&again) + uploads(&another), 0, "nobody began anew");
    shelf.assert_version(2).await;
    assert_eq!(again.device.part_bytes(), 0);
}

#[tokio::test]
async fn a_stop_is_for_good_and_a_rotated_key_begins_anew() {
    let (shelf, again) = interrupted().await;
    let abort = Abort::default();
    let stopper = abort.clone();
    let stop = move |progress: Progress| {
        if progress.phase == Phase::Uploading {
            stopper.abort();
        }
    };
    let watch = Watch { on_progress: Some(Rc::new(stop)), abort };
    let stopped = again.session.files().rekey(shelf.file.id, &watch).await.unwrap_err();
    assert_eq!(stopped.code, Code::Aborted);
    assert!(!again.session.files().rekey_interrupted(shelf.file.id).await.unwrap());
    assert_eq!(shelf.stored_bytes(), shelf.file.content_bytes);
    shelf.assert_version(1).await;

    let (shelf, again) = interrupted().await;
    let keys = NewKeys { passphrase: PASSPHRASE, new_passphrase: None, identity: false };
    again.session.rotate_keys(keys, &Watch::default()).await.unwrap();
    assert_eq!(rekey(&shelf, &again).await.unwrap().version, 2);
    assert_eq!(uploads(&again), 1);
    shelf.assert_version(2).await;
}
