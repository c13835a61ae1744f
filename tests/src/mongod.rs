//! A real MongoDB replica set of one, for tests only.

use std::env;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mongodb::Client;
use mongodb::bson::{Document, doc};
use tempfile::TempDir;

/// A `mongod` started for one test, or the server that `KEYFERRY_TEST_MONGODB_URI` names.
pub struct Mongod {
    uri: String,
    own: Option<(Child, TempDir)>,
}

impl Mongod {
    /// Starts one with nothing compressed on disk, so that its files can be searched, and waits until it is writable.
    pub async fn start() -> Self {
        if let Some(uri) = env::var("KEYFERRY_TEST_MONGODB_URI").ok().filter(|uri| !uri.is_empty()) {
            return Self { uri, own: None };
        }
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(binary())
            .arg("--dbpath")
            .arg(folder.path())
            .args(["--port", &port.to_string(), "--bind_ip", "127.0.0.1", "--nounixsocket"])
            .args(["--replSet", "rs0", "--oplogSize", "16", "--wiredTigerCacheSizeGB", "0.25"])
            .args(["--wiredTigerCollectionBlockCompressor", "none", "--wiredTigerJournalCompressor", "none"])
            .args(["--wiredTigerIndexPrefixCompression", "false"])
            .args(["--setParameter", "diagnosticDataCollectionEnabled=false"])
            .arg("--logpath")
            .arg(folder.path().join("mongod.log"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("NO MONGODB: set KEYFERRY_TEST_MONGODB_URI or KEYFERRY_MONGOD, or have mongod on PATH");
        let own = Some((child, folder));
        let this = Self { uri: format!("mongodb://127.0.0.1:{port}/?replicaSet=rs0"), own };
        initiate(port).await;
        this
    }

    /// The connection string for the relay.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The folder it writes to; none for a server that somebody else runs.
    #[must_use]
    pub fn data_dir(&self) -> Option<PathBuf> {
        self.own.as_ref().map(|(_, folder)| folder.path().to_owned())
    }

    /// Every document of a database, as BSON, one after the other.
    pub async fn dump(&self, database: &str) -> Vec<u8> {
        let database = Client::with_uri_str(&self.uri).await.unwrap().database(database);
        let mut all = Vec::new();
        for name in database.list_collection_names().await.unwrap() {
            let mut documents = database.collection::<Document>(&name).find(doc! {}).await.unwrap();
            while documents.advance().await.unwrap() {
                all.extend_from_slice(documents.current().as_bytes());
            }
        }
        all
    }
}

impl Drop for Mongod {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.own {
            // Killing what has ended is no error here: it is waited for in any case.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Makes the server a replica set of one and waits until it takes writes.
async fn initiate(port: u16) {
    let client =
        Client::with_uri_str(format!("mongodb://127.0.0.1:{port}/?directConnection=true")).await.unwrap();
    let admin = client.database("admin");
    let members = doc! { "_id": "rs0", "members": [{ "_id": 0, "host": format!("127.0.0.1:{port}") }] };
    admin.run_command(doc! { "replSetInitiate": members }).await.expect("mongod answers");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !admin.run_command(doc! { "hello": 1 }).await.unwrap().get_bool("isWritablePrimary").unwrap() {
        assert!(Instant::now() < deadline, "mongod did not become writable");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The program that `KEYFERRY_MONGOD` names, else the one on PATH.
fn binary() -> PathBuf {
    env::var_os("KEYFERRY_MONGOD")
        .filter(|named| !named.is_empty())
        .map_or_else(|| "mongod".into(), Into::into)
}
