//! A full disk: 503 `storage_full`, nothing acknowledged is lost, and no restart is needed once there is room.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use keyferry_protocol::wire::account::{Account, Login};
use keyferry_protocol::{Code, UploadId, route};
use tempfile::TempDir;

use crate::company::{Company, upload};
use crate::person::{Person, noise};
use crate::relay::Reply;
use crate::restart::Process;

/// Room for the databases and one part of an upload, not for two.
const DISK: &str = "size=28m";
const PART_BYTES: usize = 16 * 1024 * 1024;
const FILLER: &str = "filler";

/// A disk that can be full: a small file system where this process may mount one, else a limit on file sizes.
struct SmallDisk {
    folder: TempDir,
    mounted: bool,
}

impl SmallDisk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", DISK, "tmpfs"]).arg(folder.path()).output();
        let mounted = mount.is_ok_and(|done| done.status.success());
        if !mounted {
            eprintln!("no right to mount a small file system: the disk is a file-size limit instead");
        }
        SmallDisk { folder, mounted }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves no room at all.
    fn fill(&self, relay: &Process) {
        if self.mounted {
            let mut filler = std::fs::File::create(self.path().join(FILLER)).unwrap();
            while filler.write_all(&[0; 4096]).is_ok() {}
        } else {
            limit(relay, "4096");
        }
    }

    fn make_room(&self, relay: &Process) {
        if self.mounted {
            std::fs::remove_file(self.path().join(FILLER)).unwrap();
        } else {
            limit(relay, "unlimited");
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if self.mounted {
            // Lazily: the relay may still be ending.
            let _ = Command::new("umount").arg("-l").arg(self.path()).status();
        }
    }
}

/// Limits how large a file the relay may write, in bytes.
fn limit(relay: &Process, bytes: &str) {
    let process = relay.id().to_string();
    let done = Command::new("prlimit").args(["--pid", &process, &format!("--fsize={bytes}:")]).status();
    assert!(done.unwrap().success(), "prlimit (util-linux)");
}

fn send(author: &Person, upload: UploadId, offset: usize, bytes: &[u8]) -> Reply {
    let offset = offset.to_string();
    let headers = [
        ("authorization", author.bearer.as_str()),
        ("tus-resumable", "1.0.0"),
        ("content-type", "application/offset+octet-stream"),
        ("upload-offset", offset.as_str()),
    ];
    author.http.raw("PATCH", &route::upload(upload), &headers, bytes)
}

fn create(author: &Person, company: &Company, length: usize) -> Reply {
    let (length, metadata) = (length.to_string(), route::upload_metadata(company.id));
    let headers = [
        ("authorization", author.bearer.as_str()),
        ("tus-resumable", "1.0.0"),
        ("upload-length", length.as_str()),
        ("upload-metadata", metadata.as_str()),
    ];
    author.http.raw("POST", route::UPLOADS, &headers, &[])
}

fn begin(author: &Person, company: &Company, length: usize) -> UploadId {
    let made = create(author, company, length);
    UploadId::parse(made.header("location").unwrap().rsplit('/').next().unwrap()).unwrap()
}

fn offset(author: &Person, upload: UploadId) -> usize {
    let headers = [("authorization", author.bearer.as_str()), ("tus-resumable", "1.0.0")];
    let status = author.http.raw("HEAD", &route::upload(upload), &headers, &[]);
    status.header("upload-offset").unwrap().parse().unwrap()
}

#[test]
fn a_full_disk_loses_nothing_and_needs_no_restart() {
    let disk = SmallDisk::new();
    let relay = Process::start(disk.path());
    let mut author = Person::register(&relay.http, "owner");
    let company = Company::found(&mut author);
    let kept = noise(10_000).0;
    let file = company.upload(&mut author, &kept);
    let content = noise(PART_BYTES + 100_000).0;
    let begun = begin(&author, &company, content.len());
    assert_eq!(send(&author, begun, 0, &content[..50_000]).status, 204);

    disk.fill(&relay);
    assert_eq!(send(&author, begun, 50_000, &content[50_000..]).code(), Code::StorageFull);
    assert_eq!(create(&author, &company, 5).code(), Code::StorageFull);
    let login = Login { email: author.email.clone(), login_key: author.login_key.clone() };
    let refused = author.http.call("POST", route::SESSIONS, None, Some(&login));
    assert_eq!((refused.status, refused.code()), (503, Code::StorageFull));
    let newcomer = Person::new(&relay.http, "newcomer");
    let refused = relay.http.call("POST", route::ACCOUNTS, None, Some(&newcomer.registration()));
    assert_eq!(refused.code(), Code::StorageFull);
    assert_eq!(offset(&author, begun), 50_000, "what was acknowledged stands");
    assert_eq!(author.read::<Account>(route::ME).chain, author.signer.head);

    disk.make_room(&relay);
    assert_eq!(send(&author, begun, 50_000, &content[50_000..]).status, 204);
    let resumed = company.complete(&mut author, begun, content.len() as u64);
    assert!(author.get(&route::content(resumed, 1)).body == content);
    assert_eq!(author.get(&route::content(file, 1)).body, kept);
    author.log_in();
    let registered = relay.http.call("POST", route::ACCOUNTS, None, Some(&newcomer.registration()));
    assert_eq!(registered.status, 201);
}

#[test]
fn an_upload_that_fills_the_disk_is_kept_as_far_as_it_came() {
    let disk = SmallDisk::new();
    if !disk.mounted {
        // A limit on single files cannot be reached by several small ones; the test above covers the limit.
        return;
    }
    let relay = Process::start(disk.path());
    let mut author = Person::register(&relay.http, "owner");
    let company = Company::found(&mut author);
    let content = noise(3 * PART_BYTES).0;
    let begun = begin(&author, &company, content.len());
    let full = send(&author, begun, 0, &content);
    assert_eq!(full.code(), Code::StorageFull);
    let kept = offset(&author, begun);
    assert_eq!(kept, PART_BYTES, "the part that was durable is recorded");
    let headers = [("authorization", author.bearer.as_str()), ("tus-resumable", "1.0.0")];
    assert_eq!(author.http.raw("DELETE", &route::upload(begun), &headers, &[]).status, 204);
    let again = upload(&author, company.id, &content[..PART_BYTES]);
    let file = company.complete(&mut author, again, PART_BYTES as u64);
    assert!(author.get(&route::content(file, 1)).body == content[..PART_BYTES]);
}
