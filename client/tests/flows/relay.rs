//! The relay, as an operator runs it.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A relay over a data folder of its own. Dropping it ends it.
pub struct Relay {
    child: Child,
    pub url: String,
    pub data: tempfile::TempDir,
}

impl Relay {
    pub fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut child = Command::new(binary())
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data.path())
            .args(["--address-requests-per-minute", "100000", "--account-requests-per-minute", "100000"])
            .args(["--logins-per-minute", "1000", "--allow-origin", crate::passkey::APP])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect(
                "the relay starts: build it by `cargo build -p keyferry-relay-server` or set KEYFERRY_RELAY",
            );
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("listening on ") {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "the relay ended");
        }
        let url = line.trim_start_matches("listening on ").trim().to_owned();
        // What it says further goes nowhere, and must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Relay { child, url, data }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // Killing what has ended is no error here: it is waited for in any case.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The relay that `KEYFERRY_RELAY` names, else the one cargo built beside this test.
fn binary() -> PathBuf {
    if let Some(named) = env::var_os("KEYFERRY_RELAY").filter(|named| !named.is_empty()) {
        return named.into();
    }
    let test = env::current_exe().unwrap();
    test.ancestors().nth(2).expect("a test lies in deps").join("relay-server")
}
