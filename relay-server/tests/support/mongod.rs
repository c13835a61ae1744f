//! A real MongoDB server for tests: the one `KEYFERRY_TEST_MONGODB_URI` names, else one started from the program
//! that `KEYFERRY_MONGOD` names or PATH finds. Without any the test fails; it is never passed over.
//!
//! Other packages' tests include this file by path. It needs the crates `mongodb`, `tempfile` and `tokio`.

#![allow(dead_code, reason = "every test binary uses its own part of this")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mongodb::Client;
use mongodb::bson::{Document, doc};
use mongodb::options::ClientOptions;
use tempfile::TempDir;

const MISSING: &str = "NO MONGODB, so this test cannot run. Run `cargo xtask test`, which fetches one, or set \
    KEYFERRY_MONGOD to a `mongod` program or KEYFERRY_TEST_MONGODB_URI to a replica set";
const START: Duration = Duration::from_secs(30);

/// A server to test against.
pub struct Mongod {
    uri: String,
    own: Option<Own>,
}

/// A server this process started, and ends.
struct Own {
    program: PathBuf,
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Mongod {
    /// The server that the environment names, or a fresh one.
    pub async fn start() -> Self {
        match setting("KEYFERRY_TEST_MONGODB_URI") {
            Some(uri) => Mongod { uri, own: None },
            None => Mongod::start_own().await,
        }
    }

    /// A fresh one, which the test may kill.
    pub async fn start_own() -> Self {
        let program = setting("KEYFERRY_MONGOD").map(PathBuf::from).or_else(on_path).expect(MISSING);
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut own = Own { program, folder, port, child: None };
        own.spawn();
        own.initiate().await;
        own.wait_writable().await;
        Mongod { uri: format!("mongodb://127.0.0.1:{port}/?replicaSet=rs0"), own: Some(own) }
    }

    /// The connection string.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The folder with its files and its log; none for a server somebody else runs.
    pub fn folder(&self) -> Option<&Path> {
        self.own.as_ref().map(|own| own.folder.path())
    }

    /// A database name no other test uses.
    pub fn fresh_database() -> String {
        let nanoseconds =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        format!("keyferry_test_{}_{nanoseconds}", std::process::id())
    }

    /// Ends the server without warning (SIGKILL). Only for one started by [`Self::start_own`].
    pub fn kill(&mut self) {
        self.own.as_mut().expect("only an own server may be killed").stop();
    }

    /// Starts the killed server again, on the same port and files.
    pub async fn restart(&mut self) {
        let own = self.own.as_mut().expect("only an own server may be restarted");
        own.spawn();
        own.wait_writable().await;
    }
}

impl Own {
    fn spawn(&mut self) {
        let data = self.folder.path().join("data");
        std::fs::create_dir_all(&data).unwrap();
        let child = Command::new(&self.program)
            .arg("--dbpath")
            .arg(&data)
            .arg("--logpath")
            .arg(self.folder.path().join("mongod.log"))
            .arg("--logappend")
            .args(["--port", &self.port.to_string(), "--bind_ip", "127.0.0.1", "--nounixsocket"])
            .args(["--replSet", "rs0", "--oplogSize", "16", "--wiredTigerCacheSizeGB", "0.25"])
            .args(["--setParameter", "diagnosticDataCollectionEnabled=false"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|cause| panic!("{}: {cause}. {MISSING}", self.program.display()));
        self.child = Some(child);
    }

    async fn initiate(&mut self) {
        let client = self.client().await;
        self.wait_for(&client, doc! { "ping": 1 }, |_| true).await;
        let member = doc! { "_id": 0, "host": format!("127.0.0.1:{}", self.port) };
        let config = doc! { "_id": "rs0", "members": [member] };
        client.database("admin").run_command(doc! { "replSetInitiate": config }).await.unwrap();
    }

    async fn wait_writable(&mut self) {
        let client = self.client().await;
        self.wait_for(&client, doc! { "hello": 1 }, |reply| {
            reply.get_bool("isWritablePrimary").unwrap_or(false)
        })
        .await;
    }

    /// A client to this one node, whatever the state of its set.
    async fn client(&self) -> Client {
        let uri = format!("mongodb://127.0.0.1:{}/?directConnection=true", self.port);
        let mut options = ClientOptions::parse(uri).await.unwrap();
        options.server_selection_timeout = Some(START);
        Client::with_options(options).unwrap()
    }

    async fn wait_for(&mut self, client: &Client, command: Document, done: impl Fn(&Document) -> bool) {
        let deadline = Instant::now() + START;
        loop {
            let reply = client.database("admin").run_command(command.clone()).await;
            if reply.as_ref().is_ok_and(&done) {
                return;
            }
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "mongod is not ready ({command}, {reply:?}, {ended:?})"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself; then there is nothing left to end.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.stop();
    }
}

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("mongod")).find(|program| program.is_file())
}
