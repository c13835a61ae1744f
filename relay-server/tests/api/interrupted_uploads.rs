//! Uploads that are interrupted, and uploads that two want to write to.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use keyferry_protocol::{Code, UploadId, route};
use sha2::{Digest as _, Sha256};

use crate::company::Company;
use crate::person::{Person, noise};
use crate::restart::Process;
use crate::uploads::{Desk, PART_BYTES, offset_of, tus};

/// A PATCH on a connection of its own, of which only a beginning is sent.
fn begin_patch(author: &Person, path: &str, announced: usize, sent: &[u8]) -> TcpStream {
    begin_patch_at(author, path, 0, announced, sent)
}

fn begin_patch_at(author: &Person, path: &str, offset: usize, announced: usize, sent: &[u8]) -> TcpStream {
    let address = author.http.url.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: {}\r\ntus-resumable: 1.0.0\r\n\
         content-type: application/offset+octet-stream\r\nupload-offset: {offset}\r\ncontent-length: {announced}\r\n\r\n",
        author.bearer
    );
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(sent).unwrap();
    connection
}

/// A PATCH that has begun, and holds the upload: another is refused.
fn hold(desk: &Desk, path: &str, announced: usize, sent: &[u8]) -> TcpStream {
    loop {
        let first = begin_patch(&desk.author, path, announced, sent);
        // Until its head was read, an empty PATCH wins, and one that comes just then makes it lose: begin again.
        if (0..50).any(|_| desk.patch(path, 0, &[], b"").status == 409) {
            return first;
        }
    }
}

/// The answer to a PATCH that [`begin_patch_at`] began says that its bytes were taken.
fn assert_taken(connection: &mut TcpStream) {
    let mut answer = [0; 12];
    connection.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 204");
}

#[test]
fn what_came_before_a_connection_broke_is_kept() {
    let desk = Desk::open();
    let content = noise(2 * PART_BYTES + 1000).0;
    let path = desk.begin(content.len());
    let arrived = content.len() - 500;
    drop(begin_patch(&desk.author, &path, content.len(), &content[..arrived]));
    let offset = loop {
        let offset = desk.offset(&path).unwrap();
        let sent = desk.patch(&path, offset, &[], &content[offset..]);
        match sent.status {
            204 => break offset,
            status => assert_eq!(status, 409, "the broken request is still being written"),
        }
    };
    assert!(offset <= arrived);
    assert_eq!(desk.offset(&path), Some(content.len()));
    let stored = stored(&desk, &path);
    assert_eq!(Sha256::digest(&stored), Sha256::digest(&content), "not one byte is lost or doubled");
}

/// The bytes of an upload as they lie in the content folder.
fn stored(desk: &Desk, path: &str) -> Vec<u8> {
    let folder = desk.relay.data.path().join("content").join(path.rsplit('/').next().unwrap());
    let mut parts: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    parts.sort();
    parts.into_iter().flat_map(|part| std::fs::read(part).unwrap()).collect()
}

#[test]
fn of_two_patches_at_once_one_wins() {
    let desk = Desk::open();
    let path = desk.begin(10);
    let mut first = hold(&desk, &path, 10, b"abcd");
    assert_eq!(desk.patch(&path, 0, &[], b"").code(), Code::UploadOffset);
    first.write_all(b"efghij").unwrap();
    assert_taken(&mut first);
    assert_eq!(desk.offset(&path), Some(10));
    assert_eq!(stored(&desk, &path), b"abcdefghij");
}

#[test]
fn a_patch_that_follows_one_under_way_waits_for_its_end() {
    let desk = Desk::open();
    // Whether it comes before the first ends is up to the scheduler: often enough, it does.
    for _ in 0..10 {
        let path = desk.begin(20);
        let mut first = hold(&desk, &path, 10, b"abcd");
        let mut second = begin_patch_at(&desk.author, &path, 10, 10, b"klmnopqrst");
        first.write_all(b"efghij").unwrap();
        [&mut first, &mut second].into_iter().for_each(assert_taken);
        assert_eq!(stored(&desk, &path), b"abcdefghijklmnopqrst");
    }
}

#[test]
fn a_patch_that_overtook_the_one_it_follows_waits_for_it() {
    let desk = Desk::open();
    for _ in 0..10 {
        let path = desk.begin(30);
        let mut last = begin_patch_at(&desk.author, &path, 20, 10, b"uvwxyzabcd");
        let mut second = begin_patch_at(&desk.author, &path, 10, 10, b"klmnopqrst");
        assert_eq!(desk.patch(&path, 0, &[], b"abcdefghij").status, 204);
        [&mut second, &mut last].into_iter().for_each(assert_taken);
        assert_eq!(stored(&desk, &path), b"abcdefghijklmnopqrstuvwxyzabcd");
    }
}

#[test]
fn a_patch_that_follows_nothing_is_refused_in_the_end() {
    let desk = Desk::open();
    let path = desk.begin(20);
    assert_eq!(desk.patch(&path, 10, &[], b"klmnopqrst").code(), Code::UploadOffset);
    assert_eq!(desk.offset(&path), Some(0));
}

#[test]
fn many_writers_at_one_offset_store_it_once() {
    let desk = Desk::open();
    let path = desk.begin(70_000);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8_u8)
            .map(|byte| {
                let (desk, path) = (&desk, &path);
                scope.spawn(move || desk.patch(path, 0, &[], &vec![byte; 70_000]).status)
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [204, 409].contains(status)), "{statuses:?}");
    let stored = stored(&desk, &path);
    assert_eq!(stored.len(), 70_000);
    assert!(stored.iter().all(|byte| *byte == stored[0]));
}

#[test]
fn an_upload_resumes_after_kill_9_in_the_middle() {
    let data = tempfile::tempdir().unwrap();
    let first = Process::start(data.path());
    let mut author = Person::register(&first.http, "owner");
    let company = Company::found(&mut author);
    let content = noise(3 * PART_BYTES).0;
    let metadata = route::upload_metadata(company.id);
    let (length, announced) = (content.len().to_string(), content.len());
    let headers = [("upload-length", length.as_str()), ("upload-metadata", &metadata)];
    let path = tus(&author, "POST", route::UPLOADS, &headers, &[]).header("location").unwrap().to_owned();
    let _connection = begin_patch(&author, &path, announced, &content[..announced - 1]);
    let acknowledged = loop {
        match offset_of(&tus(&author, "HEAD", &path, &[], &[])) {
            Some(offset) if offset > 0 => break offset,
            offset => assert_eq!(offset, Some(0)),
        }
    };
    first.kill();

    let second = Process::start(data.path());
    author.http = second.http.clone();
    let offset = offset_of(&tus(&author, "HEAD", &path, &[], &[])).unwrap();
    assert!(offset >= acknowledged && offset.is_multiple_of(PART_BYTES), "{offset}");
    let at = offset.to_string();
    let headers = [("content-type", "application/offset+octet-stream"), ("upload-offset", at.as_str())];
    let sent = tus(&author, "PATCH", &path, &headers, &content[offset..]);
    assert_eq!((sent.status, offset_of(&sent)), (204, Some(announced)));
    let upload = UploadId::parse(path.rsplit('/').next().unwrap()).unwrap();
    let file = company.complete(&mut author, upload, announced as u64);
    assert!(author.get(&route::content(file, 1)).body == content);
    let half_written = walk(data.path()).into_iter().filter(|path| path.contains('#')).count();
    assert_eq!(half_written, 0, "what the crash left half-written is removed at the next start");
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path.display().to_string()] })
        .collect()
}
