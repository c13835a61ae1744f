//! Files, requests, grants, revocations: the whole story.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::grant::GrantState;
use keyferry_protocol::request::RequestState;
use keyferry_protocol::statement::{Denial, Grant, Withdrawal};
use keyferry_protocol::wire::access::{AuditPage, Decision, GrantEntry, RequestEntry};
use keyferry_protocol::wire::file::{FileEntry, WrappedDek};
use keyferry_protocol::{Code, Digest, FileId, GrantId, Role, route};

use crate::company::{Company, DAY_MS, upload};
use crate::person::{Person, noise, now_ms, random};
use crate::relay::Relay;

pub struct Office {
    pub relay: Relay,
    pub owner: Person,
    pub approver: Person,
    pub contributor: Person,
    pub consultant: Person,
    pub company: Company,
}

impl Office {
    pub fn open() -> Self {
        let relay = Relay::start();
        let [mut owner, approver, contributor, consultant] =
            ["owner", "approver", "contributor", "consultant"].map(|name| Person::register(&relay, name));
        let mut company = Company::found(&mut owner);
        company.admit(&mut owner, &approver, Role::Approver);
        company.admit(&mut owner, &contributor, Role::Contributor);
        company.admit(&mut owner, &consultant, Role::Consultant);
        Office { relay, owner, approver, contributor, consultant, company }
    }

    pub fn operations(&self) -> Vec<Operation> {
        let page: AuditPage = self.owner.read(&route::organization_audit(self.company.id));
        page.events.iter().rev().map(|event| event.operation).collect()
    }
}

#[test]
fn a_granted_file_opens_until_it_is_revoked_and_then_never_again() {
    let mut office = Office::open();
    let content = noise(100_000).0;
    let file = office.company.upload(&mut office.contributor, &content);
    let listed: Vec<FileEntry> = office.consultant.read(&route::files(office.company.id));
    assert_eq!(listed, [office.owner.read::<FileEntry>(&route::file(file))]);
    let (key, bytes) = (route::key(file, 1), route::content(file, 1));
    for path in [&key, &bytes] {
        assert_eq!(office.consultant.get(path).code(), Code::RoleInsufficient, "{path}");
        assert_eq!(office.contributor.get(path).code(), Code::RoleInsufficient, "{path}");
    }
    assert_eq!(office.approver.read::<WrappedDek>(&key).grant, None);
    assert_eq!(office.approver.get(&bytes).body, content);

    let request = office.company.request(&mut office.consultant, file);
    let seen: Vec<RequestEntry> = office.approver.read(&route::organization_requests(office.company.id));
    assert_eq!(seen, std::slice::from_ref(&request));
    let (id, grant) = office.company.approve(&mut office.approver, &office.consultant, &request);
    let wrapped: WrappedDek = office.consultant.read(&key);
    assert_eq!((&wrapped.wrapped_dek, &wrapped.wrap), (&grant.wrapped_dek, &grant.wrap));
    let proof = wrapped.grant.unwrap();
    assert_eq!((proof.grant, &proof.statement, &proof.request), (id, &grant.grant, &request.statement));
    assert_eq!(office.consultant.get(&bytes).body, content);
    let state = office.consultant.read::<RequestEntry>(&route::request(request.request)).state;
    assert_eq!(state, RequestState::Approved { grant: id });

    let revoked = office.company.revoke(&mut office.approver, id, &grant.grant);
    assert_eq!(revoked.status, 201, "{}", String::from_utf8_lossy(&revoked.body));
    for path in [&key, &bytes] {
        assert_eq!(office.consultant.get(path).code(), Code::GrantRevoked, "{path}");
    }
    let range = [("authorization", office.consultant.bearer.as_str()), ("range", "bytes=0-15")];
    assert_eq!(office.relay.raw("GET", &bytes, &range, &[]).code(), Code::GrantRevoked);
    let again = office.company.revoke(&mut office.owner, id, &grant.grant);
    assert_eq!(again.code(), Code::GrantRevoked);
    let grants: Vec<GrantEntry> = office.consultant.read(route::GRANTS);
    assert!(matches!(grants[0].state, GrantState::Revoked { .. }) && grants[0].revocation.is_some());
    assert_eq!(grants, office.owner.read::<Vec<GrantEntry>>(&route::organization_grants(office.company.id)));

    let told = office.operations();
    let expected = [
        Operation::OrganizationCreated,
        Operation::FileUploaded,
        Operation::AccessRequested,
        Operation::AccessGranted,
        Operation::WrappedKeyServed,
        Operation::AccessRevoked,
    ];
    let mut rest = told.iter();
    for operation in expected {
        assert!(rest.any(|found| *found == operation), "{operation:?} in order in {told:?}");
    }
}

#[test]
fn a_grant_that_says_anything_else_than_the_request_is_refused() {
    let mut office = Office::open();
    let file = office.company.upload(&mut office.contributor, &noise(64).0);
    let other = office.company.upload(&mut office.contributor, &noise(64).0);
    let request = office.company.request(&mut office.consultant, file);
    let longest = now_ms() + 31 * DAY_MS;
    let changes: [(&str, Code, Change<'_>); 12] = [
        ("organization", Code::StatementInvalid, &|grant| grant.organization = random_id()),
        ("file", Code::StatementInvalid, &|grant| grant.file = other),
        ("version", Code::StatementInvalid, &|grant| grant.version = 2),
        ("salt", Code::StatementInvalid, &|grant| grant.salt = random()),
        ("commitment", Code::StatementInvalid, &|grant| grant.commitment = Digest(random())),
        ("recipient", Code::StatementInvalid, &|grant| {
            grant.recipient = keyferry_protocol::UserId::from_random(random())
        }),
        ("fingerprint", Code::StatementInvalid, &|grant| grant.recipient_fingerprint.0.0[0] ^= 1),
        ("request", Code::StatementInvalid, &|grant| grant.request = Digest(random())),
        ("membership", Code::StatementInvalid, &|grant| grant.membership = Digest(random())),
        ("epoch", Code::StatementInvalid, &|grant| grant.epoch += 1),
        ("too long", Code::ValueInvalid, &|grant| grant.expires_at_ms = longest),
        ("over already", Code::ValueInvalid, &|grant| grant.expires_at_ms = 1),
    ];
    let path = route::request_grant(request.request);
    for (what, code, change) in changes {
        let before = office.approver.signer.head;
        let mut body = office.company.grant_body(&office.approver, &request);
        change(&mut body);
        let new = office.company.draft_grant(&mut office.approver, &office.consultant, body);
        assert_eq!(office.approver.submit(before, &path, &new).code(), code, "{what}");
    }
    let before = office.approver.signer.head;
    let body = office.company.grant_body(&office.approver, &request);
    let mut new = office.company.draft_grant(&mut office.approver, &office.owner, body);
    assert_eq!(
        office.approver.submit(before, &path, &new).code(),
        Code::StatementInvalid,
        "wrapped to another"
    );
    let body = office.company.grant_body(&office.approver, &request);
    new = office.company.draft_grant(&mut office.approver, &office.consultant, body);
    new.wrapped_dek.0[0] ^= 1;
    assert_eq!(
        office.approver.submit(before, &path, &new).code(),
        Code::StatementInvalid,
        "another wrapped key"
    );
    assert_eq!(
        office.consultant.get(&route::key(file, 1)).code(),
        Code::RoleInsufficient,
        "nothing was granted"
    );
    office.company.approve(&mut office.approver, &office.consultant, &request);
}

type Change<'a> = &'a dyn Fn(&mut Grant);

fn random_id() -> keyferry_protocol::OrganizationId {
    keyferry_protocol::OrganizationId::from_random(random())
}

#[test]
fn only_an_approver_in_force_decides() {
    let mut office = Office::open();
    let file = office.company.upload(&mut office.contributor, &noise(64).0);
    let request = office.company.request(&mut office.consultant, file);
    let path = route::request_grant(request.request);
    let body = office.company.grant_body(&office.contributor, &request);
    let before = office.contributor.signer.head;
    let new = office.company.draft_grant(&mut office.contributor, &office.consultant, body);
    assert_eq!(office.contributor.submit(before, &path, &new).code(), Code::RoleInsufficient);
    let body = office.company.grant_body(&office.approver, &request);
    let before = office.approver.signer.head;
    let forged = office.company.draft_grant(&mut office.approver, &office.consultant, body);
    assert_eq!(office.owner.post(&path, &forged).code(), Code::StatementInvalid, "signed by somebody else");
    let removed = office.company.sign_membership(&mut office.owner, &office.approver, None, None);
    assert_eq!(removed.status, 201);
    assert_eq!(office.approver.submit(before, &path, &forged).code(), Code::NotFound);
}

#[test]
fn a_request_is_decided_once() {
    let mut office = Office::open();
    let file = office.company.upload(&mut office.contributor, &noise(64).0);
    let denied = office.company.request(&mut office.consultant, file);
    let deny = |office: &mut Office, entry: &RequestEntry| {
        let before = office.approver.signer.head;
        let body = Denial {
            organization: office.company.id,
            request_id: entry.request,
            request: Digest::of(&entry.statement.0),
            membership: office.company.membership(&office.approver),
        };
        let decision = Decision { statement: office.approver.signer.sign(body) };
        office.approver.submit(before, &route::request_denial(entry.request), &decision)
    };
    let withdraw = |office: &mut Office, entry: &RequestEntry| {
        let before = office.consultant.signer.head;
        let body = Withdrawal { request_id: entry.request, request: Digest::of(&entry.statement.0) };
        let decision = Decision { statement: office.consultant.signer.sign(body) };
        office.consultant.submit(before, &route::request_withdrawal(entry.request), &decision)
    };
    assert_eq!(deny(&mut office, &denied).status, 201);
    assert_eq!(deny(&mut office, &denied).code(), Code::RequestClosed);
    assert_eq!(withdraw(&mut office, &denied).code(), Code::RequestClosed);
    let before = office.approver.signer.head;
    let body = office.company.grant_body(&office.approver, &denied);
    let new = office.company.draft_grant(&mut office.approver, &office.consultant, body);
    let late = office.approver.submit(before, &route::request_grant(denied.request), &new);
    assert_eq!(late.code(), Code::RequestClosed);
    let withdrawn = office.company.request(&mut office.consultant, file);
    assert_eq!(withdraw(&mut office, &withdrawn).status, 201);
    assert_eq!(deny(&mut office, &withdrawn).code(), Code::RequestClosed);
    let states: Vec<RequestState> = office
        .consultant
        .read::<Vec<RequestEntry>>(route::REQUESTS)
        .iter()
        .map(|entry| entry.state)
        .collect();
    assert_eq!(states, [RequestState::Withdrawn, RequestState::Denied]);
}

#[test]
fn a_removed_consultant_reads_nothing_more() {
    let mut office = Office::open();
    let file = office.company.upload(&mut office.contributor, &noise(64).0);
    let request = office.company.request(&mut office.consultant, file);
    office.company.approve(&mut office.approver, &office.consultant, &request);
    assert_eq!(office.consultant.get(&route::key(file, 1)).status, 200);
    let removed = office.company.sign_membership(&mut office.owner, &office.consultant, None, None);
    assert_eq!(removed.status, 201);
    assert_eq!(office.consultant.get(&route::key(file, 1)).code(), Code::GrantRevoked);
    assert_eq!(office.consultant.get(&route::file(file)).code(), Code::NotFound);
}

#[test]
fn an_expired_grant_opens_nothing() {
    let mut office = Office::open();
    let file = office.company.upload(&mut office.contributor, &noise(64).0);
    let request = office.company.request(&mut office.consultant, file);
    let before = office.approver.signer.head;
    let mut body = office.company.grant_body(&office.approver, &request);
    body.expires_at_ms = now_ms() + 1_500;
    let expiry = body.expires_at_ms;
    let new = office.company.draft_grant(&mut office.approver, &office.consultant, body);
    let path = route::request_grant(request.request);
    assert_eq!(office.approver.submit(before, &path, &new).status, 201);
    let key = route::key(file, 1);
    assert_eq!(office.consultant.get(&key).status, 200);
    let refused = loop {
        let reply = office.consultant.get(&key);
        if reply.status != 200 {
            break reply;
        }
        assert!(now_ms() < expiry + 1_000, "served after its end");
    };
    assert!(now_ms() >= expiry);
    assert_eq!(refused.code(), Code::GrantExpired);
    assert_eq!(office.consultant.get(&route::content(file, 1)).code(), Code::GrantExpired);
}

#[test]
fn strangers_find_nothing() {
    let mut office = Office::open();
    let file = office.company.upload(&mut office.contributor, &noise(64).0);
    let request = office.company.request(&mut office.consultant, file);
    let (grant, statement) = office.company.approve(&mut office.approver, &office.consultant, &request);
    let mut stranger = Person::register(&office.relay, "stranger");
    let mut rival = Person::register(&office.relay, "rival");
    office.company.admit(&mut office.owner, &rival, Role::Consultant);
    let id = office.company.id;
    for path in [route::organization(id), route::files(id), route::file(file), route::organization_audit(id)]
    {
        assert_eq!(stranger.get(&path).code(), Code::NotFound, "{path}");
    }
    for path in [route::key(file, 1), route::content(file, 1), route::request(request.request)] {
        assert_eq!(stranger.get(&path).code(), Code::NotFound, "{path}");
    }
    for path in [route::organization_requests(id), route::organization_grants(id)] {
        assert_eq!(rival.get(&path).code(), Code::RoleInsufficient, "{path}");
    }
    assert_eq!(rival.get(&route::request(request.request)).code(), Code::NotFound, "another consultant's");
    assert_eq!(rival.get(&route::key(file, 1)).code(), Code::RoleInsufficient);
    for person in [&mut stranger, &mut rival] {
        let before = person.signer.head;
        let decision = Decision { statement: statement.grant.clone() };
        let reply = person.submit(before, &route::grant_revocation(grant), &decision);
        assert_eq!(reply.code(), Code::NotFound);
    }
    let unknown = GrantId::from_random(random());
    let decision = Decision { statement: statement.grant };
    assert_eq!(office.owner.post(&route::grant_revocation(unknown), &decision).code(), Code::NotFound);
}

#[test]
fn a_version_that_says_anything_else_than_its_upload_is_refused() {
    let mut office = Office::open();
    let (company, author) = (&office.company, &mut office.contributor);
    let content = noise(300).0;
    let file = FileId::from_random(random());
    let path = route::versions(file);
    let complete = upload(author, company.id, &content);
    let before = author.signer.head;
    let longer = company.draft_version(author, file, 1, complete, 301);
    assert_eq!(author.submit(before, &path, &longer).code(), Code::StatementInvalid);
    let gap = company.draft_version(author, file, 2, complete, 300);
    assert_eq!(author.submit(before, &path, &gap).code(), Code::ValueInvalid);
    let mut other = company.draft_version(author, file, 1, complete, 300);
    other.manifest = noise(200);
    assert_eq!(author.submit(before, &path, &other).code(), Code::StatementInvalid);
    let mut unwrapped = company.draft_version(author, file, 1, complete, 300);
    unwrapped.wrapped_dek = noise(unwrapped.wrapped_dek.0.len());
    assert_eq!(author.submit(before, &path, &unwrapped).code(), Code::StatementInvalid);
    let good = company.draft_version(author, file, 1, complete, 300);
    let elsewhere = route::versions(FileId::from_random(random()));
    assert_eq!(author.post(&elsewhere, &good).code(), Code::StatementInvalid);
    assert_eq!(office.owner.post(&path, &good).code(), Code::NotFound, "somebody else's upload");
    assert_eq!(author.submit(before, &path, &good).status, 201);
    let before = author.signer.head;
    let twice = company.draft_version(author, file, 2, complete, 300);
    assert_eq!(author.submit(before, &path, &twice).code(), Code::AlreadyExists, "an upload is one version");
    let next = upload(author, company.id, &content);
    let second = company.draft_version(author, file, 2, next, 300);
    assert_eq!(author.submit(before, &path, &second).code(), Code::AlreadyExists, "by a re-key alone");
    assert_eq!(author.read::<FileEntry>(&route::file(file)).version, 1);
    let before = office.consultant.signer.head;
    let mine = company.draft_version(&mut office.consultant, file, 1, next, 300);
    assert_eq!(office.consultant.submit(before, &path, &mine).code(), Code::RoleInsufficient);
}
