//! The relay, as an operator runs it.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// A relay process over a data folder. Dropping it ends it.
pub struct Relay {
    child: Child,
    url: String,
    log: Arc<Mutex<Vec<u8>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Relay {
    /// Starts a relay on a free port with `words` as further arguments, and waits until it listens.
    #[must_use]
    pub fn start(data_dir: &Path, words: &[&str]) -> Self {
        let mut child = Command::new(binary())
            .arg("serve")
            .arg("--data-dir")
            .arg(data_dir)
            .args(["--listen", "127.0.0.1:0"])
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect(
                "the relay starts: build it by `cargo build -p keyferry-relay-server` or set KEYFERRY_RELAY",
            );
        let log = Arc::new(Mutex::new(Vec::new()));
        let errors = collect(child.stderr.take().unwrap(), log.clone());
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("listening on ") {
            line.clear();
            let read = output.read_line(&mut line).unwrap();
            log.lock().unwrap().extend_from_slice(line.as_bytes());
            assert!(read > 0, "the relay ended: {}", String::from_utf8_lossy(&log.lock().unwrap()));
        }
        let url = line.trim_start_matches("listening on ").trim().to_owned();
        let readers = vec![errors, collect(output, log.clone())];
        Self { child, url, log, readers }
    }

    /// Where it listens, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("the address ends with a port")
    }

    /// Ends it as a power cut would (SIGKILL), and returns everything it printed.
    pub fn kill(mut self) -> Vec<u8> {
        self.end();
        std::mem::take(&mut self.log.lock().unwrap())
    }

    fn end(&mut self) {
        // Killing what has ended is no error here: it is waited for in any case.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.readers.drain(..).for_each(|reader| reader.join().unwrap());
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.end();
    }
}

/// Adds everything `source` says to `log`, until it ends.
pub(crate) fn collect(mut source: impl Read + Send + 'static, log: Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(read @ 1..) = source.read(&mut piece) {
            log.lock().unwrap().extend_from_slice(&piece[..read]);
        }
    })
}

/// The relay that `KEYFERRY_RELAY` names, else the one cargo built beside this test.
fn binary() -> PathBuf {
    if let Some(named) = env::var_os("KEYFERRY_RELAY").filter(|named| !named.is_empty()) {
        return named.into();
    }
    let test = env::current_exe().unwrap();
    // target/debug/deps/test-0123 -> target/debug/relay-server
    test.ancestors().nth(2).expect("a test lies in deps").join("relay-server")
}
