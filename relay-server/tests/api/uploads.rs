//! tus 1.0, as its specification says it.

use std::path::PathBuf;

use base64ct::{Base64, Encoding as _};
use keyferry_protocol::{Code, OrganizationId, Role, UploadId, route};
use sha2::{Digest as _, Sha256};

use crate::company::Company;
use crate::person::{Person, noise, random};
use crate::relay::{Relay, Reply};

pub const PART_BYTES: usize = 16 * 1024 * 1024;

pub struct Desk {
    pub relay: Relay,
    pub author: Person,
    pub company: Company,
}

impl Desk {
    pub fn open() -> Self {
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

    pub fn begin(&self, length: usize) -> String {
        let made = self.create(&[("upload-length", &length.to_string())]);
        assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
        made.header("location").unwrap().to_owned()
    }

    pub fn patch(&self, path: &str, offset: usize, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let (media, offset) = ("application/offset+octet-stream", offset.to_string());
        let own = [("content-type", media), ("upload-offset", offset.as_str())];
        self.tus("PATCH", path, &[&own, headers].concat(), body)
    }

    pub fn offset(&self, path: &str) -> Option<usize> {
        offset_of(&self.tus("HEAD", path, &[], &[]))
    }

    /// A folder per upload.
    fn folders(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.relay.data.path().join("content")).unwrap();
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
    }

    fn objects(&self) -> usize {
        self.folders().iter().map(|folder| std::fs::read_dir(folder).unwrap().count()).sum()
    }
}

pub fn tus(person: &Person, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let own = [("authorization", person.bearer.as_str()), ("tus-resumable", "1.0.0")];
    person.http.raw(method, path, &[&own, headers].concat(), body)
}

pub fn offset_of(reply: &Reply) -> Option<usize> {
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
fn a_complete_upload_is_read_by_its_owner_alone_until_a_version_claims_it() {
    let mut desk = Desk::open();
    let path = desk.begin(10);
    assert_eq!(desk.patch(&path, 0, &[], b"abcd").status, 204);
    assert_eq!(desk.tus("GET", &path, &[], &[]).code(), Code::UploadIncomplete);
    assert_eq!(desk.patch(&path, 4, &[], b"efghij").status, 204);
    let whole = desk.tus("GET", &path, &[], &[]);
    assert_eq!((whole.status, whole.body.as_slice()), (200, b"abcdefghij".as_slice()));
    // Across parts.
    let part = desk.tus("GET", &path, &[("range", "bytes=2-6")], &[]);
    assert_eq!((part.status, part.body.as_slice()), (206, b"cdefg".as_slice()));
    assert_eq!(part.header("content-range"), Some("bytes 2-6/10"));
    assert_eq!(desk.tus("GET", &path, &[("range", "bytes=10-")], &[]).status, 416);
    let stranger = Person::register(&desk.relay, "stranger");
    assert_eq!(tus(&stranger, "GET", &path, &[], &[]).code(), Code::NotFound);
    assert_eq!(desk.relay.raw("GET", &path, &[], &[]).code(), Code::SessionInvalid);
    // From then on it is read as what the version's readers may read, and as nothing else.
    desk.company.upload(&mut desk.author, b"sealed");
    let claimed =
        desk.folders().into_iter().find(|folder| !folder.ends_with(path.rsplit('/').next().unwrap()));
    let claimed = claimed.unwrap().file_name().unwrap().to_str().unwrap().to_owned();
    let claimed = route::upload(UploadId::parse(&claimed).unwrap());
    assert_eq!(desk.tus("GET", &claimed, &[], &[]).code(), Code::AlreadyExists);
}

#[test]
fn an_upload_that_became_a_version_cannot_be_ended() {
    let mut desk = Desk::open();
    let file = desk.company.upload(&mut desk.author, b"sealed");
    let entry: keyferry_protocol::wire::file::FileEntry = desk.author.read(&route::file(file));
    assert_eq!(entry.version, 1);
    let folder = desk.folders().remove(0);
    let path = route::upload(UploadId::parse(folder.file_name().unwrap().to_str().unwrap()).unwrap());
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
