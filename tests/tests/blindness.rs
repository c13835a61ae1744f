//! The relay is blind: no secret is in any byte it received, stored or logged.

#![allow(clippy::unwrap_used, reason = "what fails here must end the test where it stands")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use keyferry_client::native::BytesSource;
use keyferry_client::{UploadOptions, Watch};
use keyferry_protocol::Suite;
use keyferry_tests::{Finding, Known, Mongod, Needles, Office, Relay, Wire};

const CONTENT: &[u8] = b"content canary: the salaries of the board, in full";
const NAME: &str = "name-canary-salaries.xlsx";
const REASON: &str = "reason canary: suspected embezzlement";
/// The relay may know this one, and does: the search must find it.
const LABEL: &str = "label control: third quarter";

/// Everything a relay came to hold.
struct Haystack {
    findings: BTreeSet<Finding>,
    control: BTreeSet<Finding>,
    needles: Needles,
    label: Needles,
}

impl Haystack {
    fn new(known: &Known) -> Self {
        let mut needles = Needles::default();
        let canaries = [("content", CONTENT), ("name", NAME.as_bytes()), ("reason", REASON.as_bytes())];
        canaries.into_iter().for_each(|(name, canary)| needles.add(name, canary));
        // What is shorter would be found by chance: empty records and one-word answers.
        known
            .all()
            .iter()
            .filter(|(_, secret)| secret.len() >= 16)
            .for_each(|(name, secret)| needles.add(name, secret));
        let mut label = Needles::default();
        label.add("label", LABEL.as_bytes());
        Self { findings: BTreeSet::new(), control: BTreeSet::new(), needles, label }
    }

    fn search(&mut self, place: &str, bytes: &[u8]) {
        assert!(!bytes.is_empty(), "{place} is empty: nothing was searched");
        self.findings.append(&mut self.needles.find(place, bytes));
        self.control.append(&mut self.label.find(place, bytes));
    }

    fn search_folder(&mut self, place: &str, folder: &Path) {
        assert!(fs::read_dir(folder).unwrap().next().is_some(), "{place} is empty: nothing was searched");
        self.findings.append(&mut self.needles.find_in_folder(folder));
        self.control.append(&mut self.label.find_in_folder(folder));
    }

    fn assert_blind(&self) {
        assert_eq!(self.findings, BTreeSet::new(), "{} patterns were looked for", self.needles.len());
        let places: BTreeSet<_> = self.control.iter().map(|found| found.place.as_str()).collect();
        assert!(places.contains("the wire"), "the control was not found on the wire: {places:?}");
        assert!(places.iter().any(|place| place.contains("registry.db")), "nor in the registry: {places:?}");
    }
}

/// The whole story with canaries everywhere; returns the secrets and what went over the wire.
async fn tell(relay: &Relay, suite: Suite) -> (Known, Vec<u8>) {
    let known = Known::default();
    let wire = Wire::to(relay.port()).await;
    let office = Office::found(&wire.url(), suite, suite.id(), &known).await;
    let content = [vec![0xa5; 20_000], CONTENT.to_vec(), vec![0x5a; 20_000]].concat();
    let options = UploadOptions {
        label: LABEL.into(),
        name: NAME.into(),
        media_type: "application/x-canary-media-type".into(),
        modified_at_ms: Some(1_700_000_000_000),
    };
    let file = office.upload(BytesSource::file(content.clone()), options).await;
    let grant = office.grant(file.id, REASON).await;
    assert_eq!(office.read(file.id).await, content);
    office.owner.files().rekey(file.id, &Watch::default()).await.unwrap();
    assert_eq!(office.read(file.id).await, content);
    office.owner.grants().revoke(grant.id).await.unwrap();
    office.consultant.logout().await.unwrap();
    assert_known(&known);
    (known, wire.record())
}

/// The spy saw a secret of every kind, else the search would prove nothing.
fn assert_known(known: &Known) {
    let all = known.all();
    for kind in [
        "passphrase",
        "PBKDF2 output",
        "bundle key",
        "signing key",
        "decryption key",
        "record key",
        "content key",
    ] {
        assert!(all.iter().any(|(name, _)| name.starts_with(kind)), "no {kind} was seen");
    }
    assert!(all.iter().any(|(_, secret)| secret.windows(NAME.len()).any(|window| window == NAME.as_bytes())));
}

async fn assert_blind_on_embedded_stores(suite: Suite) {
    let data = tempfile::tempdir().unwrap();
    let relay = Relay::start(data.path(), &[]);
    let (known, sent) = tell(&relay, suite).await;
    let mut haystack = Haystack::new(&known);
    haystack.search("the wire", &sent);
    // Before the end: then the newest rows are still in the write-ahead logs, and folded in after.
    haystack.search_folder("the data folder", data.path());
    haystack.search("the log", &relay.kill());
    haystack.search_folder("the data folder", data.path());
    haystack.assert_blind();
}

#[tokio::test(flavor = "current_thread")]
async fn the_relay_learns_no_secret_of_an_rsa_organization() {
    assert_blind_on_embedded_stores(Suite::RsaOaep3072).await;
}

#[tokio::test(flavor = "current_thread")]
async fn the_relay_learns_no_secret_of_an_x25519_organization() {
    assert_blind_on_embedded_stores(Suite::X25519Hpke).await;
}

#[tokio::test(flavor = "current_thread")]
async fn neither_does_its_mongodb() {
    let mongod = Mongod::start().await;
    let data = tempfile::tempdir().unwrap();
    let database = format!("blindness_{}", std::process::id());
    let relay = Relay::start(data.path(), &["--mongodb-uri", mongod.uri(), "--mongodb-database", &database]);
    let (known, sent) = tell(&relay, Suite::X25519Hpke).await;
    let mut haystack = Haystack::new(&known);
    haystack.search("the wire", &sent);
    haystack.search("the log", &relay.kill());
    haystack.search_folder("the data folder", data.path());
    haystack.search("the documents", &mongod.dump(&database).await);
    if let Some(folder) = mongod.data_dir() {
        haystack.search_folder("MongoDB's files", &folder);
    }
    haystack.assert_blind();
}
