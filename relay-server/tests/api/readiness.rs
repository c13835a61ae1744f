//! Ready is a relay whose stores all take and give; one that is not names the store, and needs no restart.

use std::path::Path;
use std::process::Command;

use keyferry_protocol::{Code, route};
use serde_json::Value;

use crate::company::upload;
use crate::person::noise;
use crate::relay::{Http, Relay};
use crate::uploads::Desk;

/// The stores that are down, as `/readyz` names them.
pub fn down(http: &Http) -> Vec<String> {
    let reply = http.get(route::READYZ, None);
    assert_eq!((reply.status, reply.code()), (503, Code::StoreUnavailable));
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    serde_json::from_value(body["down"].clone()).unwrap()
}

fn is_ready(http: &Http) -> bool {
    http.get(route::READYZ, None).status == 200
}

#[test]
fn a_started_relay_is_alive_and_ready() {
    let relay = Relay::start();
    for path in [route::HEALTHZ, route::READYZ] {
        assert_eq!(relay.get(path, None).status, 200, "{path}");
    }
    assert_eq!(std::fs::read_dir(relay.data.path().join("content")).unwrap().count(), 1, "the mark alone");
}

#[test]
fn a_content_folder_that_goes_and_comes_back_loses_nothing() {
    let mut desk = Desk::open();
    let kept = noise(50_000).0;
    let file = desk.company.upload(&mut desk.author, &kept);
    let (content, away) = ["content", "away"].map(|name| desk.relay.data.path().join(name)).into();
    std::fs::rename(&content, &away).unwrap();

    assert_eq!(down(&desk.relay), ["content"]);
    assert_eq!(desk.relay.get(route::HEALTHZ, None).status, 200);
    let refused = desk.author.get(&route::content(file, 1));
    assert_eq!((refused.status, refused.code()), (503, Code::StoreUnavailable));
    // Another file system in its place: an upload there would be lost with the next mount.
    std::fs::create_dir(&content).unwrap();
    assert_eq!(down(&desk.relay), ["content"]);
    let path = desk.begin(5);
    assert_eq!(desk.patch(&path, 0, &[], b"abcde").code(), Code::StoreUnavailable);
    assert_eq!(std::fs::read_dir(&content).unwrap().count(), 0);

    std::fs::remove_dir(&content).unwrap();
    std::fs::rename(&away, &content).unwrap();
    assert!(is_ready(&desk.relay));
    assert_eq!(desk.patch(&path, 0, &[], b"abcde").status, 204);
    assert_eq!(desk.author.get(&route::content(file, 1)).body, kept);
    upload(&desk.author, desk.company.id, b"more");
}

#[test]
fn a_content_folder_that_cannot_be_written_is_not_ready() {
    let relay = Relay::start();
    let content = relay.data.path().join("content");
    let Some(sealed) = ReadOnly::make(&content) else {
        eprintln!("a superuser who may not mount: no folder can be made read-only");
        return;
    };
    assert_eq!(down(&relay), ["content"]);
    drop(sealed);
    assert!(is_ready(&relay));
}

/// A folder in which nothing can be written until this is dropped.
struct ReadOnly<'a> {
    folder: &'a Path,
    mounted: bool,
}

impl<'a> ReadOnly<'a> {
    /// By its mode; for a superuser, whom modes do not bind, by mounting it over itself.
    fn make(folder: &'a Path) -> Option<Self> {
        run("chmod", &["0555"], folder);
        if std::fs::write(folder.join("try"), []).is_err() {
            return Some(ReadOnly { folder, mounted: false });
        }
        std::fs::remove_file(folder.join("try")).unwrap();
        let mounted = run("mount", &["--bind", folder.to_str().unwrap()], folder);
        mounted.then(|| {
            assert!(run("mount", &["-o", "remount,bind,ro"], folder));
            ReadOnly { folder, mounted }
        })
    }
}

impl Drop for ReadOnly<'_> {
    fn drop(&mut self) {
        if self.mounted {
            run("umount", &[], self.folder);
        }
        run("chmod", &["0755"], self.folder);
    }
}

fn run(program: &str, words: &[&str], folder: &Path) -> bool {
    Command::new(program).args(words).arg(folder).output().is_ok_and(|done| done.status.success())
}
