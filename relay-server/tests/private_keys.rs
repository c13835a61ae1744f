//! What every private-key store must guarantee, over each adapter, and what MongoDB's absence must not break.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, which clippy does not take for tests"
)]

mod support {
    pub mod mongod;
}

use std::sync::Arc;
use std::time::{Duration, Instant};

use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KdfParameters, KeyField, Lock, SealedKey};
use keyferry_protocol::{Bytes, Digest, OrganizationId, OwnerId, Suite, UserId};
use relay_server::store::StoreError;
use relay_server::store::private_keys::{
    BundleDocument, DocumentId, MongoPrivateKeys, PrivateKeyStore, SqlitePrivateKeys,
};
use support::mongod::Mongod;

const NOW_MS: u64 = 1_790_000_000_000;

fn user(byte: u8) -> UserId {
    UserId::from_random([byte; 16])
}

fn member_lock(holder: UserId, wrapped: u8) -> Lock {
    Lock::Member {
        user: holder,
        recipient_key: Digest([7; 32]),
        wrapped: Bytes(vec![wrapped; 384]),
        statement: Bytes(vec![2; 300]),
        signer: user(9),
    }
}

fn vault(id: u8, locks: Vec<Lock>) -> BundleDocument {
    let key = SealedKey {
        field: KeyField::Encryption,
        public_key: Bytes(vec![3; 422]),
        nonce: Bytes(vec![4; 12]),
        ciphertext: Bytes((0..=255).cycle().take(1800).collect()),
    };
    BundleDocument {
        id: DocumentId([id; 16]),
        owner: OwnerId::Organization(OrganizationId::from_random([id; 16])),
        bundle: Bundle {
            kind: BundleKind::Vault,
            suite: Suite::default(),
            version: 3,
            keys: vec![key],
            locks,
        },
        created_at_ms: NOW_MS,
    }
}

fn identity(id: u8, owner: UserId) -> BundleDocument {
    let kdf = KdfParameters { iterations: u32::MAX, salt: Bytes(vec![5; 16]) };
    let lock = Lock::Passphrase { kdf, nonce: Bytes(vec![6; 12]), ciphertext: Bytes(vec![7; 48]) };
    let bundle = Bundle { kind: BundleKind::Identity, version: 1, ..vault(id, vec![lock]).bundle };
    BundleDocument { owner: OwnerId::User(owner), bundle, ..vault(id, Vec::new()) }
}

async fn a_document_comes_back_byte_for_byte(store: &dyn PrivateKeyStore) {
    for document in [identity(1, user(1)), vault(2, vec![member_lock(user(1), 1), member_lock(user(2), 2)])] {
        store.put(&document).await.unwrap();
        assert_eq!(store.get(document.id).await.unwrap(), Some(document));
    }
}

async fn a_written_document_is_immutable(store: &dyn PrivateKeyStore) {
    let first = vault(3, vec![member_lock(user(1), 1)]);
    store.put(&first).await.unwrap();
    let second = vault(3, vec![member_lock(user(1), 9)]);
    assert!(matches!(store.put(&second).await, Err(StoreError::Broken(_))));
    assert_eq!(store.get(first.id).await.unwrap(), Some(first));
}

async fn a_reader_is_served_their_own_locks_alone(store: &dyn PrivateKeyStore) {
    let locks = vec![member_lock(user(1), 1), member_lock(user(2), 2), member_lock(user(1), 3)];
    let document = vault(4, locks);
    store.put(&document).await.unwrap();
    let served = store.serve(document.id, user(1)).await.unwrap().unwrap();
    assert_eq!(served.locks, [member_lock(user(1), 1), member_lock(user(1), 3)]);
    assert_eq!(served.keys, document.bundle.keys);
    assert_eq!(store.serve(document.id, user(3)).await.unwrap(), None);

    let own = identity(5, user(1));
    store.put(&own).await.unwrap();
    assert_eq!(store.serve(own.id, user(1)).await.unwrap(), Some(own.bundle));
    assert_eq!(store.serve(own.id, user(2)).await.unwrap(), None);
}

async fn accesses_are_counted(store: &dyn PrivateKeyStore) {
    let document = identity(6, user(1));
    store.put(&document).await.unwrap();
    assert_eq!(store.accesses(document.id).await.unwrap(), Some(Default::default()));
    for (count, now_ms) in [(1, NOW_MS), (2, NOW_MS + 5)] {
        store.count(document.id, now_ms).await.unwrap();
        let accesses = store.accesses(document.id).await.unwrap().unwrap();
        assert_eq!((accesses.count, accesses.last_ms), (count, Some(now_ms)));
    }
    assert_eq!(
        store.get(document.id).await.unwrap(),
        Some(document),
        "an access must not change the document"
    );
}

async fn a_removed_document_is_gone(store: &dyn PrivateKeyStore) {
    let document = identity(7, user(1));
    store.put(&document).await.unwrap();
    store.remove(document.id).await.unwrap();
    store.remove(document.id).await.unwrap();
    assert_eq!(store.get(document.id).await.unwrap(), None);
    assert_eq!(store.serve(document.id, user(1)).await.unwrap(), None);
    store.count(document.id, NOW_MS).await.unwrap();
    assert_eq!(store.accesses(document.id).await.unwrap(), None);
}

async fn of_an_erased_owner_nothing_is_left(store: &dyn PrivateKeyStore) {
    let documents = [identity(9, user(5)), identity(10, user(5)), identity(11, user(6))];
    // An organization may have a person's id.
    let namesake = BundleDocument { owner: OrganizationId::from_random([5; 16]).into(), ..vault(12, vec![]) };
    for document in documents.iter().chain([&namesake]) {
        store.put(document).await.unwrap();
    }
    store.erase(user(5).into()).await.unwrap();
    store.erase(user(5).into()).await.unwrap();
    store.scrub().await.unwrap();
    assert_eq!(store.get(documents[0].id).await.unwrap(), None);
    assert_eq!(store.get(documents[1].id).await.unwrap(), None, "an orphan goes too");
    assert!(store.get(documents[2].id).await.unwrap().is_some());
    assert_eq!(store.get(namesake.id).await.unwrap(), Some(namesake));
}

async fn concurrent_writers_of_one_id_leave_one_document(store: Arc<dyn PrivateKeyStore>) {
    let writers: Vec<_> = (0..8)
        .map(|byte| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.put(&vault(8, vec![member_lock(user(1), byte)])).await.is_ok() })
        })
        .collect();
    let mut winners = Vec::new();
    for (byte, writer) in (0_u8..).zip(writers) {
        if writer.await.unwrap() {
            winners.push(byte);
        }
    }
    assert_eq!(winners.len(), 1);
    let stored = store.get(DocumentId([8; 16])).await.unwrap().unwrap();
    assert_eq!(stored.bundle.locks, [member_lock(user(1), winners[0])]);
}

async fn keep_the_contract(store: Arc<dyn PrivateKeyStore>) {
    store.ready().await.unwrap();
    a_document_comes_back_byte_for_byte(&*store).await;
    a_written_document_is_immutable(&*store).await;
    a_reader_is_served_their_own_locks_alone(&*store).await;
    accesses_are_counted(&*store).await;
    a_removed_document_is_gone(&*store).await;
    of_an_erased_owner_nothing_is_left(&*store).await;
    concurrent_writers_of_one_id_leave_one_document(store).await;
}

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("private-keys.db");
    keep_the_contract(Arc::new(SqlitePrivateKeys::open(&path).unwrap())).await;
    let reopened = SqlitePrivateKeys::open(&path).unwrap();
    assert_eq!(reopened.get(DocumentId([1; 16])).await.unwrap(), Some(identity(1, user(1))));
}

#[tokio::test]
async fn mongodb_keeps_the_contract() {
    let server = Mongod::start().await;
    let database = Mongod::fresh_database();
    keep_the_contract(Arc::new(MongoPrivateKeys::connect(server.uri(), &database).await.unwrap())).await;
    let again = MongoPrivateKeys::connect(server.uri(), &database).await.unwrap();
    assert_eq!(again.get(DocumentId([1; 16])).await.unwrap(), Some(identity(1, user(1))));
    let client = mongodb::Client::with_uri_str(server.uri()).await.unwrap();
    client.database(&database).drop().await.unwrap();
}

#[tokio::test]
async fn a_mongodb_that_is_down_is_said_to_be_and_comes_back() {
    let mut server = Mongod::start_own().await;
    let store = MongoPrivateKeys::connect(server.uri(), "keyferry").await.unwrap();
    let document = identity(1, user(1));
    store.put(&document).await.unwrap();

    server.kill();
    let begun = Instant::now();
    assert!(matches!(store.get(document.id).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.put(&identity(2, user(2))).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.ready().await, Err(StoreError::Unavailable(_))));
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());

    server.restart().await;
    assert_eq!(store.get(document.id).await.unwrap(), Some(document));
    store.put(&identity(3, user(3))).await.unwrap();
}

#[tokio::test]
async fn a_relay_may_start_before_its_mongodb() {
    let mut server = Mongod::start_own().await;
    server.kill();
    let store = MongoPrivateKeys::connect(server.uri(), "keyferry").await.unwrap();
    assert!(matches!(store.ready().await, Err(StoreError::Unavailable(_))));
    server.restart().await;
    store.ready().await.unwrap();
}
