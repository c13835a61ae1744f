//! What was on its way when something ended.

use keyferry_protocol::request::RequestState;
use keyferry_protocol::wire::sealed_box::SealedBox;
use keyferry_protocol::{
    Bytes, Digest, EncryptionKey, FileId, GrantId, OrganizationId, RequestId, Role, Suite, UploadId, UserId,
};

use crate::store::error::{CommitError, Conflict};
use crate::store::record::{
    AccountRecord, RequestRecord, RotatedBytes, RotatedWrap, RotationRecord, SessionRecord, Subject,
    VersionRecord, WrapRecord,
};
use crate::store::sqlite::SqliteRegistry;
use crate::store::uploads::{UploadLedger as _, UploadRecord};
use crate::store::{Change, Commit, Registry as _};

const USER: UserId = UserId::from_random([1; 16]);
const ORGANIZATION: OrganizationId = OrganizationId::from_random([2; 16]);

async fn registry(folder: &std::path::Path) -> SqliteRegistry {
    let registry = SqliteRegistry::open(&folder.join("registry.db")).await.unwrap();
    let account = AccountRecord::sample(USER);
    let organization = Change::Organization { organization: ORGANIZATION, created_at_ms: 0 };
    assert_eq!(commit(&registry, vec![Change::Account(account), organization]).await, None);
    registry
}

async fn commit(registry: &SqliteRegistry, changes: Vec<Change>) -> Option<Conflict> {
    match registry.commit(Commit { changes, ..Commit::default() }).await {
        Ok(()) => None,
        Err(CommitError::Conflict(conflict)) => Some(conflict),
        Err(CommitError::Store(cause)) => unreachable!("{cause}"),
    }
}

#[actix_web::test]
async fn what_arrives_about_an_erased_file_finds_it_gone() {
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path()).await;
    let reason = SealedBox {
        suite: Suite::X25519Hpke,
        recipient_key: Digest([3; 32]),
        wrapped: Bytes::default(),
        nonce: Bytes::default(),
        ciphertext: Bytes::default(),
    };
    let request = RequestRecord {
        request: RequestId::from_random([4; 16]),
        organization: ORGANIZATION,
        file: FILE,
        version: 1,
        requester: USER,
        statement: Bytes::default(),
        reason,
        state: RequestState::Pending,
        created_at_ms: 0,
        resealed: None,
        resealer: None,
    };
    assert_eq!(commit(&registry, vec![Change::Request(request)]).await, Some(Conflict::Gone));
}

#[actix_web::test]
async fn a_login_that_was_on_its_way_finds_the_account_suspended() {
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path()).await;
    let session = |token| SessionRecord {
        token: Digest([token; 32]),
        user: USER,
        created_at_ms: 1,
        expires_at_ms: 2,
        revoked: false,
    };
    assert_eq!(commit(&registry, vec![Change::Session(session(1))]).await, None);
    let suspended = Change::Suspension { user: USER, since_ms: Some(1) };
    assert_eq!(commit(&registry, vec![suspended]).await, None);
    assert_eq!(commit(&registry, vec![Change::Session(session(2))]).await, Some(Conflict::Suspended));
    let lifted = Change::Suspension { user: USER, since_ms: None };
    assert_eq!(commit(&registry, vec![lifted]).await, None);
    let erased = Change::EraseAccount { user: USER, email: "a@example.org".into(), erased_at_ms: 3 };
    assert_eq!(commit(&registry, vec![erased]).await, None);
    assert_eq!(commit(&registry, vec![Change::Session(session(3))]).await, Some(Conflict::Suspended));
    assert_eq!(registry.session(Digest([1; 32])).await.unwrap(), None);
    assert_eq!(registry.account_by_email("a@example.org".into()).await.unwrap(), None);
}

const FILE: FileId = FileId::from_random([5; 16]);

/// A complete upload, as a version of the one file.
async fn version(registry: &SqliteRegistry, number: u32) -> Change {
    let upload = UploadId::from_random([number as u8; 16]);
    let record = UploadRecord {
        upload,
        user: USER,
        organization: ORGANIZATION,
        length: Some(0),
        offset: 0,
        claimed: false,
        created_at_ms: 0,
        expires_at_ms: 100,
    };
    registry.create_upload(record).await.unwrap();
    let version = VersionRecord {
        organization: ORGANIZATION,
        file: FILE,
        version: number,
        statement: Bytes::default(),
        manifest: Bytes::default(),
        author: USER,
        upload,
        content_bytes: 0,
        created_at_ms: 0,
    };
    let wrap = WrapRecord { wrapped_dek: Bytes::default(), statement: Bytes::default(), wrapper: USER };
    Change::Version { version, wrap }
}

#[actix_web::test]
async fn a_next_version_that_was_on_its_way_does_not_bring_an_erased_file_back() {
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path()).await;
    let (first, second, third) =
        (version(&registry, 1).await, version(&registry, 2).await, version(&registry, 3).await);
    assert_eq!(commit(&registry, vec![first.clone()]).await, None);
    assert_eq!(commit(&registry, vec![first]).await, Some(Conflict::Exists));
    assert_eq!(commit(&registry, vec![third]).await, Some(Conflict::Gone), "no gap");
    assert_eq!(commit(&registry, vec![Change::EraseFile(FILE)]).await, None);
    let replaced = Change::ReplaceVersion { file: FILE, version: 1, grants: Vec::new(), at_ms: 0 };
    assert_eq!(commit(&registry, vec![second, replaced.clone()]).await, Some(Conflict::Gone));
    assert_eq!(commit(&registry, vec![replaced]).await, Some(Conflict::Gone));
    assert_eq!(registry.current_version(FILE).await.unwrap(), None);
}

#[actix_web::test]
async fn a_role_and_an_ending_on_their_way_to_one_account_see_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path()).await;
    let member = |role| Change::Member { organization: ORGANIZATION, user: USER, role };
    let ending = |organizations| Change::EndAccess { user: USER, ended_at_ms: 1, organizations };
    assert_eq!(commit(&registry, vec![member(Some(Role::Consultant))]).await, None);
    assert_eq!(commit(&registry, vec![ending(Vec::new())]).await, Some(Conflict::Chain));
    let suspended = Change::Suspension { user: USER, since_ms: Some(1) };
    assert_eq!(commit(&registry, vec![ending(vec![ORGANIZATION]), suspended]).await, None);
    assert_eq!(commit(&registry, vec![member(Some(Role::Owner))]).await, Some(Conflict::Suspended));
    assert_eq!(commit(&registry, vec![member(None)]).await, None, "removing is allowed");
}

#[actix_web::test]
async fn no_vault_is_rotated_for_somebody_who_was_suspended_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path()).await;
    let key = EncryptionKey { suite: Suite::X25519Hpke, public_key: Bytes(vec![7; 32]) };
    let rotation = RotationRecord { user: USER, organization: Some(ORGANIZATION), key };
    let approver = Change::Member { organization: ORGANIZATION, user: USER, role: Some(Role::Approver) };
    let suspension = |since_ms| Change::Suspension { user: USER, since_ms };
    let begun = vec![approver, Change::Rotation(rotation.clone()), suspension(Some(1))];
    assert_eq!(commit(&registry, begun).await, None);
    let rotate = || vec![Change::Rotate(rotation.clone())];
    assert_eq!(commit(&registry, rotate()).await, Some(Conflict::Suspended));
    assert_eq!(commit(&registry, vec![suspension(None)]).await, None);
    assert_eq!(commit(&registry, rotate()).await, None);
}

#[actix_web::test]
async fn nothing_is_done_for_a_session_that_ended_or_whose_account_did() {
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path()).await;
    let token = Digest([1; 32]);
    let act = async || {
        let done = registry.commit(Commit { session: Some(token), ..Commit::default() }).await;
        done.map_err(|error| matches!(error, CommitError::Conflict(Conflict::Session)))
    };
    assert_eq!(act().await, Err(true), "no such session");
    let session = SessionRecord { token, user: USER, created_at_ms: 1, expires_at_ms: 2, revoked: false };
    assert_eq!(commit(&registry, vec![Change::Session(session)]).await, None);
    assert_eq!(act().await, Ok(()));
    let suspension = |since_ms| Change::Suspension { user: USER, since_ms };
    assert_eq!(commit(&registry, vec![suspension(Some(1))]).await, None);
    assert_eq!(act().await, Err(true), "suspended");
    assert_eq!(commit(&registry, vec![suspension(None), Change::EndSession(token)]).await, None);
    assert_eq!(act().await, Err(true), "ended");
}

#[actix_web::test]
async fn a_wrap_that_was_on_its_way_for_something_that_ended_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let registry = registry(folder.path()).await;
    let key = EncryptionKey { suite: Suite::X25519Hpke, public_key: Bytes(vec![7; 32]) };
    let id = key.id();
    let rotation = Change::Rotation(RotationRecord { user: USER, organization: None, key });
    let first = version(&registry, 1).await;
    assert_eq!(commit(&registry, vec![rotation, first]).await, None);
    let wraps = |subject| {
        let wrapped = RotatedBytes::Dek(Bytes::default());
        let wraps = vec![RotatedWrap { subject, wrapped, statement: Bytes::default() }];
        vec![Change::RotatedWraps { key: id, wraps }]
    };
    let grant = Subject::Grant(GrantId::from_random([6; 16]), 1);
    let reason = Subject::Reason(RequestId::from_random([6; 16]));
    for gone in [grant, reason, Subject::Version(FILE, 2)] {
        assert_eq!(commit(&registry, wraps(gone)).await, Some(Conflict::Gone));
    }
    assert_eq!(commit(&registry, wraps(Subject::Version(FILE, 1))).await, None);
}
