//! Ciphertext by ranges (RFC 9110 §14), and what the trail says of it.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::wire::access::AuditPage;
use keyferry_protocol::{Code, FileId, Role, route};

use crate::company::Company;
use crate::person::{Person, noise, random};
use crate::relay::{Relay, Reply};

/// Three parts, the last one short.
const CONTENT_BYTES: usize = 2 * 16 * 1024 * 1024 + 777;

struct Library {
    relay: Relay,
    owner: Person,
    company: Company,
    file: FileId,
    content: Vec<u8>,
}

impl Library {
    fn of(content: Vec<u8>) -> Self {
        let relay = Relay::start();
        let mut owner = Person::register(&relay, "owner");
        let company = Company::found(&mut owner);
        let file = company.upload(&mut owner, &content);
        Library { relay, owner, company, file, content }
    }

    fn ask(&self, method: &str, headers: &[(&str, &str)]) -> Reply {
        let own = [("authorization", self.owner.bearer.as_str())];
        self.relay.raw(method, &route::content(self.file, 1), &[&own, headers].concat(), &[])
    }

    fn downloads(&self, person: &Person) -> usize {
        let page: AuditPage = person.read(route::MY_AUDIT);
        page.events.iter().filter(|event| event.operation == Operation::FileDownloaded).count()
    }
}

#[test]
fn the_whole_content_comes_back() {
    let library = Library::of(noise(CONTENT_BYTES).0);
    let reply = library.ask("GET", &[]);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-length"), Some(&*CONTENT_BYTES.to_string()));
    assert_eq!(reply.header("content-type"), Some("application/octet-stream"));
    assert_eq!(reply.header("accept-ranges"), Some("bytes"));
    assert!(reply.body == library.content);
}

#[test]
fn every_kind_of_single_range_is_served_across_parts() {
    let library = Library::of(noise(CONTENT_BYTES).0);
    let (length, part) = (CONTENT_BYTES, 16 * 1024 * 1024);
    for (range, expected) in [
        ("bytes=0-0".to_owned(), 0..1),
        ("bytes=5-".to_owned(), 5..length),
        ("bytes=-3".to_owned(), length - 3..length),
        (format!("bytes=-{}", length * 2), 0..length),
        (format!("bytes={}-{}", part - 1, part), part - 1..part + 1),
        (format!("bytes={}-{}", part - 10, 2 * part + 9), part - 10..2 * part + 10),
        (format!("bytes={}-{}", length - 1, length * 2), length - 1..length),
    ] {
        let reply = library.ask("GET", &[("range", &range)]);
        assert_eq!(reply.status, 206, "{range}");
        let said = format!("bytes {}-{}/{length}", expected.start, expected.end - 1);
        assert_eq!(reply.header("content-range"), Some(&*said));
        assert!(reply.body == library.content[expected], "{range}");
    }
}

#[test]
fn a_range_outside_the_content_is_refused_with_its_length() {
    let library = Library::of(noise(100).0);
    for range in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
        let reply = library.ask("GET", &[("range", range)]);
        assert_eq!((reply.status, reply.code()), (416, Code::RangeInvalid), "{range}");
        assert_eq!(reply.header("content-range"), Some("bytes */100"));
    }
}

#[test]
fn a_range_that_is_none_gets_everything() {
    let library = Library::of(noise(100).0);
    for range in ["bytes=5-3", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes"] {
        let reply = library.ask("GET", &[("range", range)]);
        assert_eq!(reply.status, 200, "{range}");
        assert_eq!(reply.body, library.content);
    }
}

#[test]
fn no_cache_may_keep_what_was_served() {
    let library = Library::of(noise(1000).0);
    let answers = [
        library.ask("GET", &[]),
        library.ask("GET", &[("range", "bytes=0-9")]),
        library.owner.get(route::ME),
    ];
    for answer in answers {
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[test]
fn conditions_follow_the_entity_tag() {
    let library = Library::of(noise(100).0);
    let tag = library.ask("GET", &[]).header("etag").unwrap().to_owned();
    let same = library.ask("GET", &[("if-none-match", &tag)]);
    assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, Some(tag.as_str())));
    assert_eq!(library.ask("GET", &[("if-none-match", "\"other\"")]).status, 200);
    assert_eq!(library.ask("GET", &[("range", "bytes=1-2"), ("if-range", &tag)]).status, 206);
    assert_eq!(library.ask("GET", &[("range", "bytes=1-2"), ("if-range", "\"other\"")]).status, 200);
    let date = "Wed, 21 Oct 2015 07:28:00 GMT";
    assert_eq!(library.ask("GET", &[("range", "bytes=1-2"), ("if-range", date)]).status, 200);
}

#[test]
fn a_head_says_what_a_get_would() {
    let library = Library::of(noise(100).0);
    for headers in [&[][..], &[("range", "bytes=10-19")]] {
        let (get, head) = (library.ask("GET", headers), library.ask("HEAD", headers));
        assert_eq!((head.status, head.body.len()), (get.status, 0));
        for name in
            ["content-length", "content-range", "etag", "accept-ranges", "content-type", "cache-control"]
        {
            assert_eq!(head.header(name), get.header(name), "{name}");
        }
    }
}

#[test]
fn a_download_is_in_the_trail_once_a_session() {
    let mut library = Library::of(noise(100).0);
    assert_eq!(library.ask("HEAD", &[]).status, 200);
    assert_eq!(library.downloads(&library.owner), 0, "a HEAD serves nothing");
    assert_eq!(library.ask("GET", &[("range", "bytes=7-9")]).status, 206);
    assert_eq!(library.downloads(&library.owner), 1, "leaving byte 0 out hides nothing");
    assert_eq!(library.ask("GET", &[]).status, 200);
    assert_eq!(library.downloads(&library.owner), 1);
    library.owner.log_in();
    assert_eq!(library.ask("GET", &[]).status, 200);
    assert_eq!(library.downloads(&library.owner), 2);
}

#[test]
fn ciphertext_is_served_to_holders_of_the_vault_or_a_grant_and_to_nobody_else() {
    let mut library = Library::of(noise(100).0);
    let path = route::content(library.file, 1);
    let mut consultant = Person::register(&library.relay, "consultant");
    library.company.admit(&mut library.owner, &consultant, Role::Consultant);
    assert_eq!(consultant.get(&path).code(), Code::RoleInsufficient);
    let stranger = Person::register(&library.relay, "stranger");
    assert_eq!(stranger.get(&path).code(), Code::NotFound);
    assert_eq!(library.relay.get(&path, None).code(), Code::SessionInvalid);
    assert_eq!(library.owner.get(&route::content(library.file, 2)).code(), Code::NotFound);
    assert_eq!(library.owner.get(&route::content(FileId::from_random(random()), 1)).code(), Code::NotFound);

    let entry = library.company.request(&mut consultant, library.file);
    let (grant, new) = library.company.approve(&mut library.owner, &consultant, &entry);
    assert_eq!(consultant.get(&path).body, library.content);
    assert_eq!(library.downloads(&consultant), 1);
    assert_eq!(library.company.revoke(&mut library.owner, grant, &new.grant).status, 201);
    assert_eq!(consultant.get(&path).code(), Code::GrantRevoked);
    assert_eq!(library.downloads(&consultant), 1);
}
