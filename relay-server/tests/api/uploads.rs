//! tus 1.0, as its specification says it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use base64ct::{Base64, Encoding as _};
use keyferry_protocol::{Code, OrganizationId, Role, UploadId, route};
use sha2::{Digest as _, Sha256};

use crate::company::Company;
use crate::person::{Person, noise, random};
use crate::relay::{Relay, Reply};
use crate::restart::Process;

const PART_BYTES: usize = 16 * 1024 * 1024;

struct Desk {
    relay: Relay,
    author: Person,
    company: Company,
}

impl Desk {
    fn open() -> Self {
        Self::on(Relay::start())
    }

    fn on(relay: Relay) -> Self {
        let mut author = Person::register(&relay, "owner");
        let company = Company::found(&mut author);
        Desk { relay, author, company }
    }

    fn tus(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        tus(&self.author, method, path, headers, body)
    }

    fn create(&self, headers: &[(&str, &str)]) -> Reply {
        let metadata = route::upload_metadata(self.company.id);
        self.tus("POST", route::UPLOADS, &[headers, &[("upload-metadata", &metadata)]].concat(), &[])
    }

    fn begin(&self, length: usize) -> String {
        let made = self.create(&[("upload-length", &length.to_string())]);
        assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
        made.header("location").unwrap().to_owned()
    }

    fn patch(&self, path: &str, offset: usize, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let (media, offset) = ("application/offset+octet-stream", offset.to_string());
        let own = [("content-type", media), ("upload-offset", offset.as_str())];
        self.tus("PATCH", path, &[&own, headers].concat(), body)
    }

    fn offset(&self, path: &str) -> Option<usize> {
        offset_of(&self.tus("HEAD", path, &[], &[]))
    }

    fn objects(&self) -> usize {
        fn files(folder: &std::path::Path) -> usize {
            let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
            entries.map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { 1 }).sum()
        }
        files(&self.relay.data.path().join("content"))
    }
}

fn tus(person: &Person, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let own = [("authorization", person.bearer.as_str()), ("tus-resumable", "1.0.0")];
    person.http.raw(method, path, &[&own, headers].concat(), body)
}

fn offset_of(reply: &Reply) -> Option<usize> {
    reply.header("upload-offset").map(|offset| offset.parse().unwrap())
}

fn checksum(bytes: &[u8]) -> String {
    format!("sha256 {}", Base64::encode_string(&Sha256::digest(bytes)))
}

#[test]
fn the_relay_says_what_of_tus_it_speaks() {
    let desk = Desk::open();
    let reply = desk.relay.raw("OPTIONS", route::UPLOADS, &[], &[]);
    assert_eq!(reply.status, 204);
    assert_eq!(reply.header("tus-resumable"), Some("1.0.0"));
    assert_eq!(reply.header("tus-version"), Some("1.0.0"));
    assert_eq!(
        reply.header("tus-extension"),
        Some("creation,creation-defer-length,checksum,expiration,termination")
    );
    assert_eq!(reply.header("tus-checksum-algorithm"), Some("sha256,sha1"));
    assert_eq!(reply.header("tus-max-size"), Some("1099511627776"));
}

#[test]
fn another_version_of_tus_is_refused_before_anything_happens() {
    let desk = Desk::open();
    for version in [None, Some("0.2.2")] {
        let metadata = route::upload_metadata(desk.company.id);
        let mut headers = vec![("authorization", desk.author.bearer.as_str()), ("upload-length", "1")];
        headers.push(("upload-metadata", &metadata));
        headers.extend(version.map(|version| ("tus-resumable", version)));
        let reply = desk.relay.raw("POST", route::UPLOADS, &headers, &[]);
        assert_eq!((reply.status, reply.code()), (412, Code::VersionUnsupported));
        assert_eq!(reply.header("tus-version"), Some("1.0.0"));
    }
}

#[test]
fn an_upload_grows_by_patches_and_tells_its_offset() {
    let desk = Desk::open();
    let content = noise(1000).0;
    let made = desk.create(&[("upload-length", "1000")]);
    assert_eq!((made.status, made.header("tus-resumable")), (201, Some("1.0.0")));
    let path = made.header("location").unwrap();
    assert!(made.header("upload-expires").unwrap().ends_with(" GMT"));
    for range in [0..300, 300..300, 300..1000] {
        let status = desk.tus("HEAD", path, &[], &[]);
        assert_eq!((status.status, offset_of(&status)), (200, Some(range.start)));
        assert_eq!(status.header("upload-length"), Some("1000"));
        assert_eq!(status.header("cache-control"), Some("no-store"));
        assert_eq!(status.header("upload-metadata"), Some(&*route::upload_metadata(desk.company.id)));
        let sent = desk.patch(path, range.start, &[], &content[range.clone()]);
        assert_eq!((sent.status, offset_of(&sent)), (204, Some(range.end)));
        assert_eq!(sent.header("tus-resumable"), Some("1.0.0"));
    }
    assert_eq!(desk.offset(path), Some(1000));
}

#[test]
fn a_deferred_length_is_said_once() {
    let desk = Desk::open();
    let made = desk.create(&[("upload-defer-length", "1")]);
    let path = made.header("location").unwrap();
    assert_eq!(desk.patch(path, 0, &[], b"abc").status, 204);
    let status = desk.tus("HEAD", path, &[], &[]);
    assert_eq!((status.header("upload-defer-length"), status.header("upload-length")), (Some("1"), None));
    assert_eq!(desk.patch(path, 3, &[("upload-length", "2")], b"").code(), Code::ValueInvalid);
    assert_eq!(desk.patch(path, 3, &[("upload-length", "5")], b"de").status, 204);
    assert_eq!(desk.patch(path, 5, &[("upload-length", "6")], b"").code(), Code::ValueInvalid);
    let status = desk.tus("HEAD", path, &[], &[]);
    assert_eq!((status.header("upload-defer-length"), status.header("upload-length")), (None, Some("5")));
}

#[test]
fn a_patch_at_another_offset_changes_nothing() {
    let desk = Desk::open();
    let path = desk.begin(10);
    assert_eq!(desk.patch(&path, 0, &[], b"abcd").status, 204);
    for offset in [0, 3, 5, 10] {
        assert_eq!(desk.patch(&path, offset, &[], b"x").code(), Code::UploadOffset);
    }
    assert_eq!(desk.offset(&path), Some(4));
}

#[test]
fn bytes_beyond_the_length_are_refused() {
    let desk = Desk::open();
    let path = desk.begin(10);
    assert_eq!(desk.patch(&path, 0, &[], &[0; 11]).code(), Code::BodyTooLarge);
    assert_eq!(desk.offset(&path), Some(0));
    let small = Desk::on(Relay::with(|options| options.max_upload_bytes = Some(100)));
    assert_eq!(small.create(&[("upload-length", "101")]).code(), Code::BodyTooLarge);
    let deferred = small.create(&[("upload-defer-length", "1")]);
    let path = deferred.header("location").unwrap();
    assert_eq!(small.patch(path, 0, &[("upload-length", "101")], b"").code(), Code::BodyTooLarge);
    assert_eq!(small.patch(path, 0, &[], &[0; 101]).code(), Code::BodyTooLarge);
    assert_eq!(small.patch(path, 0, &[], &[0; 100]).status, 204);
}

#[test]
fn a_wrong_checksum_keeps_nothing_of_its_patch() {
    let desk = Desk::open();
    let content = noise(PART_BYTES + 5).0;
    let path = desk.begin(content.len());
    let before = desk.objects();
    let wrong = desk.patch(&path, 0, &[("upload-checksum", &checksum(b"else"))], &content);
    assert_eq!((wrong.status, wrong.code()), (460, Code::ChecksumMismatch));
    assert_eq!((desk.offset(&path), desk.objects()), (Some(0), before));
    let right = desk.patch(&path, 0, &[("upload-checksum", &checksum(&content))], &content);
    assert_eq!((right.status, offset_of(&right)), (204, Some(content.len())));
    // FIPS 180-4's example for SHA-1.
    let other = desk.begin(3);
    let sha1 = [("upload-checksum", "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")];
    assert_eq!(desk.patch(&other, 0, &sha1, b"abd").code(), Code::ChecksumMismatch);
    assert_eq!(desk.patch(&other, 0, &sha1, b"abc").status, 204);
}

#[test]
fn malformed_headers_are_refused_by_name() {
    let desk = Desk::open();
    for headers in [
        &[][..],
        &[("upload-length", "-1")],
        &[("upload-length", "1e3")],
        &[("upload-length", "+5")],
        &[("upload-length", "99999999999999999999")],
        &[("upload-defer-length", "2")],
        &[("upload-length", "5"), ("upload-defer-length", "1")],
    ] {
        assert_eq!(desk.create(headers).code(), Code::RequestInvalid, "{headers:?}");
    }
    for metadata in ["", "organization", "organization !!", "organization YWJj", "organization YWI"] {
        let headers = [("upload-length", "5"), ("upload-metadata", metadata)];
        assert_eq!(
            desk.tus("POST", route::UPLOADS, &headers, &[]).code(),
            Code::RequestInvalid,
            "{metadata}"
        );
    }
    let named = format!("{},filename c2VjcmV0LnBkZg==", route::upload_metadata(desk.company.id));
    let headers = [("upload-length", "5"), ("upload-metadata", named.as_str())];
    assert_eq!(
        desk.tus("POST", route::UPLOADS, &headers, &[]).code(),
        Code::ValueInvalid,
        "a name is not for us"
    );

    let path = desk.begin(5);
    let json = [("content-type", "application/json"), ("upload-offset", "0")];
    assert_eq!(desk.tus("PATCH", &path, &json, b"{}").code(), Code::MediaType);
    let media = ("content-type", "application/offset+octet-stream");
    assert_eq!(desk.tus("PATCH", &path, &[media], b"a").code(), Code::RequestInvalid);
    assert_eq!(desk.tus("PATCH", &path, &[media, ("upload-offset", "x")], b"a").code(), Code::RequestInvalid);
    for checksum in ["sha256", "md5 abcd", "sha256 ###"] {
        let reply = desk.patch(&path, 0, &[("upload-checksum", checksum)], b"a");
        assert_eq!(reply.code(), Code::RequestInvalid, "{checksum}");
    }
    assert_eq!(desk.offset(&path), Some(0));
}

#[test]
fn nobody_else_finds_an_upload() {
    let desk = Desk::open();
    let path = desk.begin(5);
    let stranger = Person::register(&desk.relay, "stranger");
    let patch = [("content-type", "application/offset+octet-stream"), ("upload-offset", "0")];
    assert_eq!(tus(&stranger, "HEAD", &path, &[], &[]).status, 404);
    assert_eq!(tus(&stranger, "PATCH", &path, &patch, b"abcde").code(), Code::NotFound);
    assert_eq!(tus(&stranger, "DELETE", &path, &[], &[]).code(), Code::NotFound);
    let unknown = route::upload(UploadId::from_random(random()));
    assert_eq!(desk.patch(&unknown, 0, &[], b"a").code(), Code::NotFound);
    assert_eq!(desk.offset(&path), Some(0));
}

#[test]
fn only_who_may_upload_to_the_organization_makes_uploads_for_it() {
    let mut desk = Desk::open();
    let consultant = Person::register(&desk.relay, "consultant");
    desk.company.admit(&mut desk.author, &consultant, Role::Consultant);
    let metadata = route::upload_metadata(desk.company.id);
    let headers = [("upload-length", "5"), ("upload-metadata", metadata.as_str())];
    assert_eq!(tus(&consultant, "POST", route::UPLOADS, &headers, &[]).code(), Code::RoleInsufficient);
    let stranger = Person::register(&desk.relay, "stranger");
    assert_eq!(tus(&stranger, "POST", route::UPLOADS, &headers, &[]).code(), Code::NotFound);
    let elsewhere = route::upload_metadata(OrganizationId::from_random(random()));
    let headers = [("upload-length", "5"), ("upload-metadata", elsewhere.as_str())];
    assert_eq!(desk.tus("POST", route::UPLOADS, &headers, &[]).code(), Code::NotFound);
}

#[test]
fn a_terminated_upload_is_gone_with_its_bytes() {
    let desk = Desk::open();
    let path = desk.begin(10);
    assert_eq!(desk.patch(&path, 0, &[], b"abcd").status, 204);
    assert_eq!(desk.objects(), 1);
    let ended = desk.tus("DELETE", &path, &[], &[]);
    assert_eq!((ended.status, ended.header("tus-resumable")), (204, Some("1.0.0")));
    assert_eq!(desk.tus("HEAD", &path, &[], &[]).status, 404);
    assert_eq!(desk.tus("DELETE", &path, &[], &[]).code(), Code::NotFound);
    assert_eq!(desk.objects(), 0);
}

#[test]
fn an_upload_that_became_a_version_cannot_be_ended() {
    let mut desk = Desk::open();
    let file = desk.company.upload(&mut desk.author, b"sealed");
    let entry: keyferry_protocol::wire::file::FileEntry = desk.author.read(&route::file(file));
    assert_eq!(entry.version, 1);
    let folder = std::fs::read_dir(desk.relay.data.path().join("content")).unwrap().next().unwrap().unwrap();
    let path = route::upload(UploadId::parse(&folder.file_name().into_string().unwrap()).unwrap());
    assert_eq!(desk.tus("DELETE", &path, &[], &[]).code(), Code::UploadGone);
    assert_eq!(desk.objects(), 1);
}

#[test]
fn an_expired_upload_is_gone() {
    let desk = Desk::on(Relay::with(|options| options.upload_days = Some(0)));
    let path = desk.begin(10);
    let status = desk.tus("HEAD", &path, &[], &[]);
    assert_eq!((status.status, offset_of(&status)), (410, None));
    assert_eq!(desk.patch(&path, 0, &[], b"a").code(), Code::UploadGone);
}

#[test]
fn a_post_may_stand_for_a_patch_or_a_delete() {
    let desk = Desk::open();
    let path = desk.begin(3);
    let headers = [
        ("x-http-method-override", "PATCH"),
        ("content-type", "application/offset+octet-stream"),
        ("upload-offset", "0"),
    ];
    assert_eq!(offset_of(&desk.tus("POST", &path, &headers, b"abc")), Some(3));
    assert_eq!(
        desk.tus("POST", &path, &[("x-http-method-override", "GET")], &[]).code(),
        Code::MethodNotAllowed
    );
    assert_eq!(desk.tus("POST", &path, &[("x-http-method-override", "DELETE")], &[]).status, 204);
}

/// A PATCH on a connection of its own, of which only a beginning is sent.
fn begin_patch(author: &Person, path: &str, announced: usize, sent: &[u8]) -> TcpStream {
    let address = author.http.url.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: {}\r\ntus-resumable: 1.0.0\r\n\
         content-type: application/offset+octet-stream\r\nupload-offset: 0\r\ncontent-length: {announced}\r\n\r\n",
        author.bearer
    );
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(sent).unwrap();
    connection
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
    let mut first = begin_patch(&desk.author, &path, 10, b"abcd");
    // The first holds the upload as soon as its head was read; before that, the second wins and the first loses.
    loop {
        let second = desk.patch(&path, 0, &[], b"");
        if second.status == 409 {
            assert_eq!(second.code(), Code::UploadOffset);
            break;
        }
        assert_eq!(second.status, 204, "an empty PATCH changes nothing");
    }
    first.write_all(b"efghij").unwrap();
    let mut answer = [0; 12];
    first.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 204");
    assert_eq!(desk.offset(&path), Some(10));
    assert_eq!(stored(&desk, &path), b"abcdefghij");
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
