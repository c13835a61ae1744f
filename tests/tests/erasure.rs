//! What is erased is in no byte of the databases, their journals, or the content folder.

#![allow(clippy::unwrap_used, reason = "what fails here must end the test where it stands")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use keyferry_client::native::BytesSource;
use keyferry_client::{UploadOptions, Watch};
use keyferry_protocol::Suite;
use keyferry_tests::{Known, Needles, Office, Relay};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

const SUITE: Suite = Suite::X25519Hpke;
const LABEL: &str = "label to be erased: third quarter";

/// What is stored of somebody or something, by the column it was read from.
struct Traces(Vec<(String, Vec<u8>)>);

impl Traces {
    /// Every value of every row that `sql` gives, with the name of its column.
    fn add(&mut self, database: &Path, sql: &str) {
        let connection = Connection::open(database).unwrap();
        let mut query = connection.prepare(sql).unwrap();
        let names: Vec<String> = query.column_names().map(str::to_owned).collect();
        let mut rows = query.query([]).unwrap();
        let before = self.0.len();
        while let Some(row) = rows.next().unwrap() {
            for (place, name) in names.iter().enumerate() {
                match row.get_ref(place).unwrap() {
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                        self.0.push((name.clone(), bytes.to_vec()))
                    }
                    other => unreachable!("{name} is {other:?}"),
                }
            }
        }
        assert!(self.0.len() > before, "nothing was found by {sql}");
    }

    fn found(&self, folder: &Path) -> BTreeSet<String> {
        let mut needles = Needles::default();
        self.0.iter().for_each(|(name, trace)| needles.add(name, trace));
        let found = needles.find_in_folder(folder).into_iter();
        found.map(|found| found.what.split_once(" (").unwrap().0.to_owned()).collect()
    }

    /// Before: everything is found where it is stored, or looking for it would prove nothing.
    fn assert_there(&self, folder: &Path) {
        let names: BTreeSet<String> = self.0.iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(self.found(folder), names);
    }
}

fn objects(data: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(data.join("content")).unwrap().map(|entry| entry.unwrap().path());
    let folders = folders.filter(|path| path.is_dir());
    folders.flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path())).collect()
}

/// An owner with a file that a consultant was granted.
async fn office(relay: &Relay, known: &Known) -> (Office, keyferry_client::FileInfo) {
    let office = Office::found(relay.url(), SUITE, "erasure", known).await;
    let options = UploadOptions { label: LABEL.into(), name: "a name".into(), ..UploadOptions::default() };
    let file = office.upload(BytesSource::file(vec![7; 100_000]), options).await;
    office.grant(file.id, "a reason that is sealed").await;
    office.read(file.id).await;
    (office, file)
}

#[tokio::test(flavor = "current_thread")]
async fn of_an_erased_file_no_wrap_no_label_no_reason_and_no_content_is_left() {
    let data = tempfile::tempdir().unwrap();
    let relay = Relay::start(data.path(), &[]);
    let known = Known::default();
    let (office, file) = office(&relay, &known).await;
    let kept = UploadOptions { label: "label that stays".into(), ..UploadOptions::default() };
    let kept = office.upload(BytesSource::file(vec![8; 1000]), kept).await;
    let registry = data.path().join("registry.db");
    let mut traces = Traces(vec![("label".into(), LABEL.into())]);
    let id = file.id.to_string();
    let of_file =
        |table: &str, columns: &str| format!("SELECT {columns} FROM {table} WHERE lower(hex(file)) = '{id}'");
    traces.add(&registry, &of_file("versions", "statement AS \"file version\", manifest"));
    traces.add(
        &registry,
        &of_file("vault_wraps", "wrapped_dek AS \"vault's DEK\", statement AS \"vault's wrap\""),
    );
    traces.add(&registry, &of_file("requests", "statement AS request, reason"));
    traces.add(&registry, &of_file("grants", "statement AS grant_statement"));
    let wrap = "grants JOIN grant_wraps USING (grant_id)";
    traces
        .add(&registry, &of_file(wrap, "wrapped_dek AS \"consultant's DEK\", grant_wraps.statement AS wrap"));
    let ciphertext = objects(data.path()).into_iter().map(|path| fs::read(path).unwrap());
    let ciphertext = ciphertext.max_by_key(Vec::len).unwrap();
    traces.0.push(("content".into(), ciphertext[1000..1100].to_vec()));
    traces.assert_there(data.path());
    assert_eq!(objects(data.path()).len(), 2);

    office.owner.files().erase(file.id).await.unwrap();
    assert_eq!(traces.found(data.path()), BTreeSet::new(), "while the relay runs");
    assert_eq!(objects(data.path()).len(), 1);
    office.owner.files().open(kept.id, &Watch::default()).await.unwrap();
    relay.kill();
    assert_eq!(traces.found(data.path()), BTreeSet::new(), "and after it was killed");
}

#[tokio::test(flavor = "current_thread")]
async fn of_an_erased_account_no_address_no_lock_and_no_verifier_is_left() {
    let data = tempfile::tempdir().unwrap();
    let relay = Relay::start(data.path(), &[]);
    let known = Known::default();
    let (office, _) = office(&relay, &known).await;
    let second = office.second_owner(relay.url(), SUITE, "second-erasure", &known).await;
    let [registry, private_keys] = ["registry.db", "private-keys.db"].map(|name| data.path().join(name));
    let mut traces = Traces(Vec::new());
    for (person, passphrase) in [
        (&office.consultant, "passphrase canary of consultant-erasure"),
        (&second, "passphrase canary of second-erasure"),
    ] {
        person.create_recovery_code(passphrase).await.unwrap();
        let id = person.me().user.to_string();
        let whose = |sql: &str| sql.replace("ID", &format!("'{id}'"));
        traces.add(
            &registry,
            &whose(
                "SELECT email, kdf_salt, login_verifier, recovery_verifier FROM accounts WHERE lower(hex(user)) = ID",
            ),
        );
        traces.add(&registry, &whose("SELECT token FROM sessions WHERE lower(hex(user)) = ID"));
        traces.add(&registry, &whose("SELECT sealed AS contacts FROM contacts WHERE lower(hex(user)) = ID"));
        traces.add(&private_keys, &whose("SELECT keys, locks FROM bundle WHERE owner = ID"));
    }
    let me = second.me().user;
    let member = format!(
        "SELECT json_extract(lock.value, '$.wrapped') AS \"member lock\" FROM bundle, json_each(locks) AS lock
         WHERE owner_kind = 'organization' AND json_extract(lock.value, '$.user') = '{me}'"
    );
    traces.add(&private_keys, &member);
    let reasons = "SELECT reason FROM requests";
    traces.add(&registry, reasons);
    let wraps = "SELECT wrapped_dek AS \"consultant's DEK\" FROM grant_wraps";
    traces.add(&registry, wraps);
    traces.assert_there(data.path());

    office.consultant.erase_account("passphrase canary of consultant-erasure").await.unwrap();
    second.erase_account("passphrase canary of second-erasure").await.unwrap();
    assert_eq!(traces.found(data.path()), BTreeSet::new(), "while the relay runs");
    relay.kill();
    assert_eq!(traces.found(data.path()), BTreeSet::new(), "and after it was killed");
}
