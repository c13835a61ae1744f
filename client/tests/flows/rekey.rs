//! A file under another key: who remains reads it, and nothing is lost or torn on the way.

use std::cell::RefCell;
use std::rc::Rc;

use keyferry_client::{
    Abort, Client, Credentials, FileInfo, Grant, GrantStanding, NewKeys, Phase, Progress, Watch,
};
use keyferry_protocol::grant::GrantState;
use keyferry_protocol::wire::access::GrantEntry;
use keyferry_protocol::{Code, Role, route};

use crate::attacks::edit;
use crate::people::{Acme, DAY_MS, PASSPHRASE, Someone, content};
use crate::wire::Wired;

const CONTENT_BYTES: usize = 20 * 1024 * 1024 + 12_345;

/// A file that two consultants were granted.
pub struct Shelf {
    pub acme: Acme,
    other: Someone,
    pub file: FileInfo,
    bytes: bytes::Bytes,
    others: Grant,
}

impl Shelf {
    pub async fn of(length: usize) -> Self {
        let acme = Acme::found().await;
        let other = acme.join("other", Role::Consultant).await;
        let bytes = content(length);
        let file = acme.owner.upload(acme.organization.id, &bytes).await;
        acme.grant(&file, 7).await;
        let others = acme.grant_to(&other, &file, 7).await;
        Shelf { acme, other, file, bytes, others }
    }

    pub async fn revoke_other(&self) {
        self.acme.owner.session.grants().revoke(self.others.id).await.unwrap();
    }

    async fn rekey(&self, who: &Someone) -> Result<FileInfo, Code> {
        let rekeyed = who.session.files().rekey(self.file.id, &Watch::default()).await;
        rekeyed.map_err(|error| error.code)
    }

    /// The one who remains, and whoever holds the vault, read the version as it was.
    pub async fn assert_version(&self, version: u32) {
        for person in [&self.acme.consultant, &self.acme.approver] {
            let listed = person.session.files().list(self.acme.organization.id).await.unwrap();
            assert_eq!(listed[0].version, version);
            assert!(person.read(&self.file).await.unwrap() == self.bytes);
        }
    }

    /// Ciphertext in the relay's store.
    pub fn stored_bytes(&self) -> u64 {
        let folders = std::fs::read_dir(self.acme.relay.data.path().join("content")).unwrap();
        let folders = folders.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
        let objects = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap());
        objects.map(|object| object.unwrap().metadata().unwrap().len()).sum()
    }
}

/// What a client asked of the relay that seals or sends content.
pub fn uploads(someone: &Someone) -> usize {
    someone.wire().asked().iter().filter(|asked| *asked == "POST /v1/uploads").count()
}

#[tokio::test]
async fn those_who_remain_open_the_new_version_and_only_it() {
    let shelf = Shelf::of(CONTENT_BYTES).await;
    let Shelf { acme, other, file, .. } = &shelf;
    let before = acme.consultant.session.files().open(file.id, &Watch::default()).await.unwrap();
    let mut reading = before.stream(&Watch::default());
    assert!(reading.next().await.unwrap().is_some());
    shelf.revoke_other().await;
    let told: Rc<RefCell<Vec<Progress>>> = Rc::default();
    let teller = told.clone();
    let on_progress = Rc::new(move |progress| teller.borrow_mut().push(progress));
    let watch = Watch { on_progress: Some(on_progress), abort: Abort::default() };
    let rekeyed = acme.owner.session.files().rekey(file.id, &watch).await.unwrap();
    assert_eq!(
        (rekeyed.version, rekeyed.label.as_str(), rekeyed.content_bytes),
        (2, file.label.as_str(), file.content_bytes)
    );
    let last = *told.borrow().last().unwrap();
    assert_eq!((last.phase, last.bytes_done), (Phase::Finishing, CONTENT_BYTES as u64));
    assert!(told.borrow().windows(2).all(|pair| pair[0].bytes_done <= pair[1].bytes_done));

    shelf.assert_version(2).await;
    let opened = acme.consultant.session.files().open(file.id, &Watch::default()).await.unwrap();
    assert_eq!((opened.name.as_str(), opened.modified_at_ms), ("ledger-q3.xlsx", Some(1_700_000_000_000)));
    let mine = acme.consultant.session.grants().mine().await.unwrap();
    assert_eq!((mine[0].standing, mine[0].file.version), (GrantStanding::Active, 2));
    assert_eq!(mine[0].granter.user, acme.owner.me().user);
    let stale = before.slice(0, 10, &Abort::default()).await.unwrap_err();
    assert_eq!(stale.code, Code::VersionReplaced, "who reads on learns to open it again");
    let cut = loop {
        match reading.next().await {
            Ok(piece) => assert!(piece.is_some(), "the rest is gone"),
            Err(error) => break error,
        }
    };
    assert_eq!(cut.code, Code::VersionReplaced);
    assert_eq!(other.read(file).await.unwrap_err().code, Code::GrantRevoked);
    assert_eq!(shelf.stored_bytes(), file.content_bytes, "the content before is gone");
    // And once more.
    assert_eq!(shelf.rekey(&acme.approver).await.unwrap().version, 3);
    shelf.assert_version(3).await;
}

#[tokio::test]
async fn files_of_every_awkward_length_stay_what_they_were() {
    let acme = Acme::found().await;
    for length in [0, 1, 16_383, 16_384, 1024 * 1024, 1024 * 1024 + 16_384, 9 * 1024 * 1024 + 7] {
        let bytes = content(length);
        let file = acme.owner.upload(acme.organization.id, &bytes).await;
        let rekeyed = acme.owner.session.files().rekey(file.id, &Watch::default()).await.unwrap();
        assert_eq!((rekeyed.version, rekeyed.content_bytes), (2, file.content_bytes), "{length}");
        assert!(acme.approver.read(&file).await.unwrap() == bytes, "{length}");
    }
}

#[tokio::test]
async fn a_request_for_the_version_before_is_approved_and_opens_the_one_in_its_place() {
    let shelf = Shelf::of(1000).await;
    let Shelf { acme, other, file, .. } = &shelf;
    shelf.revoke_other().await;
    let until = other.now_ms() + DAY_MS;
    let asked = other.session.requests().create(file.id, "again", until).await.unwrap();
    shelf.rekey(&acme.owner).await.unwrap();
    let waiting = acme.approver.session.requests().get(asked.id).await.unwrap();
    assert_eq!((waiting.file.version, waiting.name.as_deref()), (2, Some("ledger-q3.xlsx")));
    acme.approver.session.requests().approve(asked.id, other.me().fingerprint, None).await.unwrap();
    assert_eq!(other.read(file).await.unwrap(), shelf.bytes);
    shelf.assert_version(2).await;
}

#[tokio::test]
async fn a_grant_that_is_made_meanwhile_is_signed_for_and_nothing_sealed_again() {
    let shelf = Shelf::of(CONTENT_BYTES).await;
    let Shelf { acme, other, file, .. } = &shelf;
    shelf.revoke_other().await;
    let until = other.now_ms() + DAY_MS;
    let asked = other.session.requests().create(file.id, "again", until).await.unwrap();
    let hold = Rc::new(tokio::sync::Notify::new());
    let release = hold.clone();
    let on_progress = Rc::new(move |progress: Progress| {
        if progress.phase == Phase::Uploading {
            release.notify_one();
        }
    });
    let watch = Watch { on_progress: Some(on_progress), abort: Abort::default() };
    uploads(&acme.owner);
    let approving = async {
        hold.notified().await;
        let fingerprint = other.me().fingerprint;
        acme.approver.session.requests().approve(asked.id, fingerprint, None).await.unwrap();
    };
    let files = acme.owner.session.files();
    let (rekeyed, ()) = futures_util::future::join(files.rekey(file.id, &watch), approving).await;
    assert_eq!(rekeyed.unwrap().version, 2);
    assert_eq!(uploads(&acme.owner), 1);
    shelf.assert_version(2).await;
    assert!(other.read(file).await.unwrap() == shelf.bytes);
}

#[tokio::test]
async fn of_two_at_once_one_wins_and_the_other_leaves_nothing() {
    let shelf = Shelf::of(CONTENT_BYTES).await;
    let Shelf { acme, file, .. } = &shelf;
    shelf.revoke_other().await;
    let both = futures_util::future::join(shelf.rekey(&acme.owner), shelf.rekey(&acme.approver)).await;
    let (won, lost): (Vec<_>, Vec<_>) = [both.0, both.1].into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 1));
    let code = *lost[0].as_ref().unwrap_err();
    assert!(matches!(code, Code::AlreadyExists | Code::VersionReplaced), "{code:?}");
    shelf.assert_version(2).await;
    assert_eq!(shelf.stored_bytes(), file.content_bytes);
}

#[tokio::test]
async fn a_stop_or_a_corrupt_chunk_leaves_the_version_before() {
    let shelf = Shelf::of(CONTENT_BYTES).await;
    let Shelf { acme, file, .. } = &shelf;
    shelf.revoke_other().await;
    let abort = Abort::default();
    let stopper = abort.clone();
    let stop = move |progress: Progress| {
        if progress.phase == Phase::Uploading && progress.bytes_done > 0 {
            stopper.abort();
        }
    };
    let watch = Watch { on_progress: Some(Rc::new(stop)), abort };
    let stopped = acme.owner.session.files().rekey(file.id, &watch).await.unwrap_err();
    assert_eq!(stopped.code, Code::Aborted);
    acme.owner.wire().turn_content(|range, bytes| {
        let mut bytes = bytes.to_vec();
        if range.start > 8 * 1024 * 1024 {
            bytes[7] ^= 1;
        }
        bytes.into()
    });
    assert_eq!(shelf.rekey(&acme.owner).await, Err(Code::ContentCorrupt));
    acme.owner.wire().straight();
    assert_eq!(shelf.stored_bytes(), file.content_bytes, "what was begun was taken back");
    shelf.assert_version(1).await;
    shelf.rekey(&acme.owner).await.unwrap();
    shelf.assert_version(2).await;
}

#[tokio::test]
async fn the_grants_word_stands_in_for_a_pin_and_nothing_is_sealed_for_anybody_else() {
    let shelf = Shelf::of(1000).await;
    let Shelf { acme, other, file, .. } = &shelf;
    let newcomer = acme.join("newcomer", Role::Approver).await;
    let path = route::organization_grants(acme.organization.id);
    // Another identity, or another key, under the name of one who remains.
    for who in [&newcomer, &acme.owner] {
        uploads(who);
        let victim = acme.consultant.me().user;
        edit::<Vec<GrantEntry>>(who, &path, move |entries| {
            let foreign =
                entries.iter().find(|entry| entry.recipient.user != victim).unwrap().recipient.clone();
            for entry in entries.iter_mut().filter(|entry| entry.recipient.user == victim) {
                entry.recipient.identity_key = foreign.identity_key;
            }
        });
        assert_eq!(shelf.rekey(who).await, Err(Code::ContextMismatch));
        edit::<Vec<GrantEntry>>(who, &path, move |entries| {
            let foreign =
                entries.iter().find(|entry| entry.recipient.user != victim).unwrap().recipient.clone();
            for entry in entries.iter_mut().filter(|entry| entry.recipient.user == victim) {
                entry.recipient.key_certificate = foreign.key_certificate.clone();
            }
        });
        assert_eq!(shelf.rekey(who).await, Err(Code::KeyChanged));
        assert_eq!(uploads(who), 0, "nothing was sealed");
        who.wire().straight();
    }
    assert_eq!(shelf.rekey(&newcomer).await.unwrap().version, 2);
    shelf.assert_version(2).await;
    // A granter who holds the vault no more compared nothing that counts: what they signed may be of any day.
    let (owner, id) = (&acme.owner, acme.organization.id);
    owner.session.organizations().remove(id, newcomer.me().user).await.unwrap();
    let another = acme.join("another", Role::Approver).await;
    assert_eq!(shelf.rekey(&another).await, Err(Code::KeyUnverified));
    another.pin(&acme.consultant).await;
    another.pin(other).await;
    assert_eq!(shelf.rekey(&another).await.unwrap().version, 3);
    assert!(other.read(file).await.unwrap() == shelf.bytes, "nobody was revoked");
}

#[tokio::test]
async fn a_revoked_grant_that_is_served_as_active_gets_no_new_key() {
    let shelf = Shelf::of(1000).await;
    let owner = &shelf.acme.owner;
    shelf.revoke_other().await;
    let path = route::organization_grants(shelf.acme.organization.id);
    edit::<Vec<GrantEntry>>(owner, &path, |entries| {
        for entry in entries {
            (entry.state, entry.revocation) = (GrantState::Active, None);
        }
    });
    uploads(owner);
    assert_eq!(shelf.rekey(owner).await, Err(Code::Rollback));
    assert_eq!(uploads(owner), 0);
    // The device remembers it, in a session after this one, too; and so does one that only saw it in a listing.
    let again = Someone {
        email: owner.email.clone(),
        device: owner.device.clone(),
        session: owner.client.login(Credentials::new(&owner.email, PASSPHRASE)).await.unwrap(),
        client: Client::new(Wired::new(&shelf.acme.relay.url, owner.device.clone())),
    };
    assert_eq!(shelf.rekey(&again).await, Err(Code::Rollback));
    let approver = &shelf.acme.approver;
    approver.session.grants().list(shelf.acme.organization.id).await.unwrap();
    edit::<Vec<GrantEntry>>(approver, &path, |entries| {
        for entry in entries {
            (entry.state, entry.revocation) = (GrantState::Active, None);
        }
    });
    assert_eq!(shelf.rekey(approver).await, Err(Code::Rollback));
}

#[tokio::test]
async fn a_readers_key_that_was_rotated_before_gets_nothing() {
    let shelf = Shelf::of(1000).await;
    let Shelf { acme, .. } = &shelf;
    let path = route::organization_grants(acme.organization.id);
    let entries: Vec<GrantEntry> = {
        let kept = Rc::new(RefCell::new(Vec::new()));
        let keeping = kept.clone();
        edit::<Vec<GrantEntry>>(&acme.owner, &path, move |entries| *keeping.borrow_mut() = entries.clone());
        acme.owner.session.grants().list(acme.organization.id).await.unwrap();
        acme.owner.wire().straight();
        kept.take()
    };
    let keys = NewKeys { passphrase: PASSPHRASE, new_passphrase: None, identity: false };
    acme.consultant.session.rotate_keys(keys, &Watch::default()).await.unwrap();
    assert_eq!(shelf.rekey(&acme.owner).await.unwrap().version, 2);
    edit::<Vec<GrantEntry>>(&acme.owner, &path, move |served| {
        for entry in served {
            let before = entries.iter().find(|before| before.grant == entry.grant).unwrap();
            entry.recipient.key_certificate = before.recipient.key_certificate.clone();
        }
    });
    assert_eq!(shelf.rekey(&acme.owner).await, Err(Code::Rollback));
}

#[tokio::test]
async fn who_does_not_hold_the_vault_rekeys_nothing() {
    let shelf = Shelf::of(1000).await;
    let contributor = shelf.acme.join("contributor", Role::Contributor).await;
    for person in [&contributor, &shelf.acme.consultant] {
        assert_eq!(shelf.rekey(person).await, Err(Code::RoleInsufficient));
        assert_eq!(uploads(person), 0);
    }
}
