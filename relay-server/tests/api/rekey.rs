//! A file under another key: who remains, what moves, what is gone.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::statement::{Body, FileVersion, Grant};
use keyferry_protocol::wire::access::{GrantEntry, NewGrant, RequestEntry};
use keyferry_protocol::wire::file::{FileEntry, Rekey, WrappedDek};
use keyferry_protocol::{Bytes, Code, FileId, GrantId, Role, UploadId, route};

use crate::company::{signed, upload};
use crate::person::{Person, noise, now_ms, random};
use crate::relay::Reply;
use crate::requests::Office;

const CONTENT_BYTES: usize = 100_000;

/// A file that two consultants were granted.
struct Shelf {
    office: Office,
    other: Person,
    file: FileId,
    content: Vec<u8>,
    mine: GrantId,
    others: (GrantId, Bytes),
}

impl Shelf {
    fn open() -> Self {
        let mut office = Office::open();
        let mut other = Person::register(&office.relay, "other");
        office.company.admit(&mut office.owner, &other, Role::Consultant);
        let content = noise(CONTENT_BYTES).0;
        let file = office.company.upload(&mut office.contributor, &content);
        let request = office.company.request(&mut office.consultant, file);
        let (mine, _) = office.company.approve(&mut office.approver, &office.consultant, &request);
        let request = office.company.request(&mut other, file);
        let (others, grant) = office.company.approve(&mut office.approver, &other, &request);
        Shelf { office, other, file, content, mine, others: (others, grant.grant) }
    }

    fn grants(&self) -> Vec<GrantEntry> {
        self.office.owner.read(&route::organization_grants(self.office.company.id))
    }

    fn entry(&self, id: GrantId) -> GrantEntry {
        self.grants().into_iter().find(|entry| entry.grant == id).unwrap()
    }

    fn revoke_other(&mut self) {
        let office = &mut self.office;
        let revoked = office.company.revoke(&mut office.approver, self.others.0, &self.others.1);
        assert_eq!(revoked.status, 201);
    }

    /// The owner uploads content of the same length.
    fn upload(&self) -> (UploadId, u64) {
        let (office, content) = (&self.office, noise(CONTENT_BYTES).0);
        (upload(&office.owner, office.company.id, &content), content.len() as u64)
    }

    /// What the owner signs for the first consultant alone.
    fn draft(&mut self, version: u32, upload: (UploadId, u64)) -> Rekey {
        let entry = self.entry(self.mine);
        let Office { owner, consultant, company, .. } = &mut self.office;
        company.draft_rekey(owner, self.file, version, upload, &[(&*consultant, entry)])
    }

    fn submit(&mut self, draft: impl FnOnce(&mut Self) -> Rekey) -> Reply {
        let before = self.office.owner.signer.head;
        let new = draft(self);
        self.office.owner.submit(before, &route::rekey(self.file), &new)
    }

    fn rekey(&mut self) -> Rekey {
        let upload = self.upload();
        let before = self.office.owner.signer.head;
        let new = self.draft(2, upload);
        let reply = self.office.owner.submit(before, &route::rekey(self.file), &new);
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
        new
    }

    fn objects(&self) -> usize {
        let content = self.office.relay.data.path().join("content");
        let folders = std::fs::read_dir(content).unwrap().map(|entry| entry.unwrap().path());
        folders.filter(|path| path.is_dir()).map(|path| std::fs::read_dir(path).unwrap().count()).sum()
    }

    /// Nothing of the re-key that was refused is there.
    fn assert_untouched(&self) {
        let Shelf { office, file, .. } = self;
        assert_eq!(office.owner.read::<FileEntry>(&route::file(*file)).version, 1);
        assert_eq!(office.owner.get(&route::content(*file, 1)).body, self.content);
        assert_eq!(office.consultant.get(&route::content(*file, 1)).body, self.content);
        assert!(self.grants().iter().all(|entry| entry.file.version == 1));
        assert_eq!(office.owner.get(&route::key(*file, 2)).code(), Code::NotFound);
    }
}

#[test]
fn those_who_remain_read_the_new_version_and_the_old_one_is_gone() {
    let mut shelf = Shelf::open();
    shelf.revoke_other();
    let objects = shelf.objects();
    let new = shelf.rekey();
    assert_eq!(shelf.objects(), objects, "the content before is deleted");
    let Shelf { office, other, file, .. } = &shelf;
    assert_eq!(office.consultant.read::<FileEntry>(&route::file(*file)).version, 2);
    let wrapped: WrappedDek = office.consultant.read(&route::key(*file, 2));
    assert_eq!((&wrapped.wrapped_dek, &wrapped.wrap), (&new.grants[0].wrapped_dek, &new.grants[0].wrap));
    let proof = wrapped.grant.unwrap();
    assert_eq!((proof.grant, &proof.statement), (shelf.mine, &new.grants[0].grant));
    assert_eq!(office.consultant.get(&route::content(*file, 2)).body.len(), CONTENT_BYTES);
    let vault: WrappedDek = office.approver.read(&route::key(*file, 2));
    assert_eq!((vault.wrapped_dek, vault.grant), (new.version.wrapped_dek, None));
    for path in [route::key(*file, 1), route::content(*file, 1)] {
        assert_eq!(office.consultant.get(&path).code(), Code::VersionReplaced, "{path}");
        assert_eq!(office.approver.get(&path).code(), Code::VersionReplaced, "{path}");
        assert_eq!(office.contributor.get(&path).code(), Code::RoleInsufficient, "{path}");
        assert_eq!(other.get(&path).code(), Code::GrantRevoked, "{path}");
    }
    assert_eq!(other.get(&route::key(*file, 2)).code(), Code::GrantRevoked);
    assert_eq!(office.contributor.get(&route::key(*file, 2)).code(), Code::RoleInsufficient);
    assert_eq!(shelf.entry(shelf.mine).file.version, 2);
    let ended = shelf.entry(shelf.others.0);
    assert_eq!((ended.file.version, ended.revocation.is_some()), (1, true), "the past stays as it was");
    let told = office.operations();
    let wraps = [Operation::FileRekeyed, Operation::KeyWrapped, Operation::KeyWrapped];
    assert!(told.windows(3).any(|operations| operations == wraps), "{told:?}");
}

#[test]
fn an_incomplete_or_outdated_set_changes_nothing() {
    let mut shelf = Shelf::open();
    let upload = shelf.upload();
    // The other consultant's grant is missing.
    let reply = shelf.submit(|shelf| shelf.draft(2, upload));
    assert_eq!(reply.code(), Code::ChainConflict);
    shelf.assert_untouched();
    let entry = shelf.entry(shelf.others.0);
    shelf.revoke_other();
    let reply = shelf.submit(|shelf| {
        let mine = shelf.entry(shelf.mine);
        let Office { owner, consultant, company, .. } = &mut shelf.office;
        let readers = [(&*consultant, mine), (&shelf.other, entry)];
        company.draft_rekey(owner, shelf.file, 2, upload, &readers)
    });
    assert_eq!(reply.code(), Code::ChainConflict, "one was revoked meanwhile");
    shelf.assert_untouched();
    let reply = shelf.submit(|shelf| {
        let mine = shelf.entry(shelf.mine);
        let Office { owner, consultant, company, .. } = &mut shelf.office;
        let readers = [(&*consultant, mine.clone()), (&*consultant, mine)];
        company.draft_rekey(owner, shelf.file, 2, upload, &readers)
    });
    assert_eq!(reply.code(), Code::ChainConflict, "one stands there twice");
    shelf.assert_untouched();
    // The same upload is good still.
    let reply = shelf.submit(|shelf| shelf.draft(2, upload));
    assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
}

#[test]
fn one_who_is_no_member_any_more_does_not_remain() {
    let mut shelf = Shelf::open();
    let removed = {
        let Office { owner, company, .. } = &mut shelf.office;
        company.sign_membership(owner, &shelf.other, None, None)
    };
    assert_eq!(removed.status, 201);
    let upload = shelf.upload();
    let entry = shelf.entry(shelf.others.0);
    let reply = shelf.submit(|shelf| {
        let mine = shelf.entry(shelf.mine);
        let Office { owner, consultant, company, .. } = &mut shelf.office;
        let readers = [(&*consultant, mine), (&shelf.other, entry)];
        company.draft_rekey(owner, shelf.file, 2, upload, &readers)
    });
    assert_eq!(reply.code(), Code::ChainConflict);
    let reply = shelf.submit(|shelf| shelf.draft(2, upload));
    assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
    let key = route::key(shelf.file, 1);
    assert_eq!(shelf.other.get(&key).code(), Code::GrantRevoked);
    // Taken in again, they hold a grant on what is gone.
    shelf.office.company.admit(&mut shelf.office.owner, &shelf.other, Role::Consultant);
    for path in [key, route::content(shelf.file, 1)] {
        assert_eq!(shelf.other.get(&path).code(), Code::VersionReplaced, "{path}");
    }
    assert_eq!(shelf.other.get(&route::content(shelf.file, 2)).code(), Code::RoleInsufficient);
}

#[test]
fn a_rekey_that_says_anything_else_than_before_is_refused() {
    let mut shelf = Shelf::open();
    shelf.revoke_other();
    let upload = shelf.upload();
    let changes: [(&str, Code, Change); 6] = [
        ("version", Code::VersionReplaced, |grant| grant.version = 1),
        ("later version", Code::StatementInvalid, |grant| grant.version = 3),
        ("expiry", Code::StatementInvalid, |grant| grant.expires_at_ms += 1),
        ("salt", Code::StatementInvalid, |grant| grant.salt = random()),
        ("fingerprint", Code::StatementInvalid, |grant| grant.recipient_fingerprint.0.0[0] ^= 1),
        ("epoch", Code::StatementInvalid, |grant| grant.epoch += 1),
    ];
    for (what, code, change) in changes {
        let reply = shelf.submit(|shelf| {
            let mut new = shelf.draft(2, upload);
            new.grants = vec![shelf.changed(&new, change)];
            new
        });
        assert_eq!(reply.code(), code, "{what}");
    }
    let reply = shelf.submit(|shelf| {
        let mut new = shelf.draft(2, upload);
        new.grants[0].wrapped_dek = noise(new.grants[0].wrapped_dek.0.len());
        new
    });
    assert_eq!(reply.code(), Code::StatementInvalid, "another wrapped key");
    let longer = noise(CONTENT_BYTES + 1).0;
    let longer =
        (crate::company::upload(&shelf.office.owner, shelf.office.company.id, &longer), longer.len() as u64);
    let reply = shelf.submit(|shelf| shelf.draft(2, longer));
    assert_eq!(reply.code(), Code::StatementInvalid, "content of another length");
    let reply = shelf.submit(|shelf| shelf.draft(3, upload));
    assert_eq!(reply.code(), Code::ValueInvalid, "a gap");
    let reply = shelf.submit(|shelf| shelf.draft(1, upload));
    assert_eq!(reply.code(), Code::AlreadyExists);
    shelf.assert_untouched();
    let file = std::mem::replace(&mut shelf.file, FileId::from_random(random()));
    let reply = shelf.submit(|shelf| shelf.draft(1, upload));
    assert_eq!(reply.code(), Code::NotFound, "a file that is not there");
    shelf.file = file;
    shelf.assert_untouched();
}

type Change = fn(&mut Grant);

impl Shelf {
    /// The first grant of `new` with a change, signed in its place.
    fn changed(&mut self, new: &Rekey, change: Change) -> NewGrant {
        let Office { owner, consultant, company, .. } = &mut self.office;
        let mut grant: Grant = signed(&new.grants[0].grant, &owner.identity());
        change(&mut grant);
        // The statements of the grant and of its wrap are taken back.
        let version = new.version.wrap.clone();
        owner.signer.head = head_after::<keyferry_protocol::statement::Wrap>(&version, owner);
        company.draft_grant(owner, consultant, grant)
    }
}

/// The head of a chain whose last statement this is.
fn head_after<B: Body>(statement: &Bytes, signer: &Person) -> keyferry_protocol::ChainHead {
    let verified =
        keyferry_protocol::Verified::<B>::check(&statement.0, signer.user.into(), &signer.signer.key);
    let verified = verified.unwrap();
    keyferry_protocol::ChainHead { sequence: verified.statement.sequence, hash: verified.hash }
}

#[test]
fn only_who_holds_the_vault_rekeys() {
    let mut shelf = Shelf::open();
    shelf.revoke_other();
    let (entry, file) = (shelf.entry(shelf.mine), shelf.file);
    let Office { contributor, consultant, company, relay, .. } = &mut shelf.office;
    let content = noise(CONTENT_BYTES).0;
    let upload = (upload(contributor, company.id, &content), CONTENT_BYTES as u64);
    let before = contributor.signer.head;
    let new = company.draft_rekey(contributor, file, 2, upload, &[(&*consultant, entry)]);
    assert_eq!(contributor.submit(before, &route::rekey(file), &new).code(), Code::RoleInsufficient);
    assert_eq!(consultant.post(&route::rekey(file), &new).code(), Code::RoleInsufficient);
    let stranger = Person::register(relay, "stranger");
    assert_eq!(stranger.post(&route::rekey(file), &new).code(), Code::NotFound);
    assert_eq!(shelf.office.owner.post(&route::rekey(file), &new).code(), Code::NotFound, "another's upload");
    shelf.assert_untouched();
}

#[test]
fn of_two_rekeys_one_wins() {
    let mut shelf = Shelf::open();
    shelf.revoke_other();
    let (entry, content) = (shelf.entry(shelf.mine), noise(CONTENT_BYTES).0);
    let Office { approver, consultant, company, .. } = &mut shelf.office;
    let theirs = (upload(approver, company.id, &content), CONTENT_BYTES as u64);
    let before = approver.signer.head;
    let late = company.draft_rekey(approver, shelf.file, 2, theirs, &[(&*consultant, entry)]);
    shelf.rekey();
    let office = &mut shelf.office;
    assert_eq!(office.approver.submit(before, &route::rekey(shelf.file), &late).code(), Code::AlreadyExists);
    assert_eq!(office.approver.read::<FileEntry>(&route::file(shelf.file)).author, office.owner.identity());
}

#[test]
fn a_request_for_the_version_before_is_granted_for_the_one_in_its_place() {
    let mut shelf = Shelf::open();
    shelf.revoke_other();
    let office = &mut shelf.office;
    let waiting = office.company.request(&mut shelf.other, shelf.file);
    shelf.rekey();
    let office = &mut shelf.office;
    let before = office.approver.signer.head;
    let stale = office.company.grant_body(&office.approver, &waiting);
    let stale = office.company.draft_grant(&mut office.approver, &shelf.other, stale);
    let path = route::request_grant(waiting.request);
    assert_eq!(office.approver.submit(before, &path, &stale).code(), Code::VersionReplaced);
    let waiting: RequestEntry = office.approver.read(&route::request(waiting.request));
    assert_eq!(waiting.file.version, 2);
    office.company.approve(&mut office.approver, &shelf.other, &waiting);
    assert_eq!(shelf.other.read::<WrappedDek>(&route::key(shelf.file, 2)).entry.version, 2);
}

#[test]
fn an_expired_grant_need_not_be_signed_for_again() {
    let mut shelf = Shelf::open();
    shelf.revoke_other();
    let office = &mut shelf.office;
    let request = office.company.request(&mut shelf.other, shelf.file);
    let before = office.approver.signer.head;
    let mut body = office.company.grant_body(&office.approver, &request);
    body.expires_at_ms = now_ms() + 1_000;
    let (id, expiry) = (body.grant, body.expires_at_ms);
    let new = office.company.draft_grant(&mut office.approver, &shelf.other, body);
    assert_eq!(office.approver.submit(before, &route::request_grant(request.request), &new).status, 201);
    let key = route::key(shelf.file, 1);
    while shelf.other.get(&key).status == 200 {
        assert!(now_ms() < expiry + 10_000, "served after its end");
    }
    shelf.rekey();
    assert_eq!(shelf.other.get(&key).code(), Code::GrantExpired);
    assert_eq!(shelf.entry(id).file.version, 1);
    let said: FileVersion = crate::company::file_version(&shelf.entry(shelf.mine).file);
    assert_eq!(said.version, 2);
}
