//! The relay: built, started, asked whether it is ready, stopped.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::workspace::Workspace;

/// Names a relay that is built already.
pub const VARIABLE: &str = "KEYFERRY_RELAY";

const PACKAGE: &str = "keyferry-relay-server";
const GRACE: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(50);

/// How the relay is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// For a look: dependencies optimized, our own code not.
    Demo,
    /// Together with every test, so that dependencies are compiled once for both: alone, cargo would choose
    /// fewer of their features and compile them again.
    Tests,
    /// As an operator runs it; for measurements.
    Release,
}

/// Builds the relay and returns the path of its binary.
pub fn build(workspace: &Workspace, build: Build) -> Result<PathBuf> {
    let mut command = workspace.cargo(["build", "--locked"]);
    let folder = match build {
        Build::Demo => {
            command.args(["-p", PACKAGE]);
            "debug"
        }
        Build::Tests => {
            command.args(["--workspace", "--bins", "--tests"]);
            "debug"
        }
        Build::Release => {
            command.args(["-p", PACKAGE, "--release"]);
            "release"
        }
    };
    workspace.run(&mut command)?;
    Ok(workspace.target(folder).join("relay-server"))
}

/// What a running relay reports.
pub enum Event {
    /// It listens on this address, such as `http://127.0.0.1:8787`.
    Listening(String),
    /// It closed its output, which it does only by ending.
    Ended,
    /// The person at the keyboard wants it all to stop.
    Interrupted,
}

/// A relay that xtask started; dropping it ends it.
pub struct Relay {
    child: Child,
}

impl Relay {
    /// Starts the relay over `data`, serving the web app in `web_root`. Its events go to `events`.
    ///
    /// It gets a process group of its own, so that Ctrl-C reaches xtask alone and the relay is asked to
    /// finish its requests rather than interrupted among them.
    pub fn start(
        mut command: Command,
        data: &Path,
        web_root: &Path,
        listen: &str,
        events: Sender<Event>,
    ) -> Result<Self> {
        let mut child = command
            .arg("serve")
            .arg("--data-dir")
            .arg(data)
            .args(["--listen", listen])
            .arg("--web-root")
            .arg(web_root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .context("cannot start the relay")?;
        let output = child.stdout.take().context("the relay has no output")?;
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                println!("{line}");
                if let Some(address) = listening_address(&line) {
                    // Nobody is left to tell once xtask is on its way out.
                    let _ = events.send(Event::Listening(address.to_owned()));
                }
            }
            let _ = events.send(Event::Ended);
        });
        Ok(Self { child })
    }

    /// Asks `/readyz` until it answers 200.
    pub fn wait_until_ready(&mut self, address: &str, patience: Duration) -> Result<()> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("the relay ended while starting: {status}");
            }
            match minreq::get(format!("{address}/readyz")).with_timeout(2).send() {
                Ok(response) if response.status_code == 200 => return Ok(()),
                _ if Instant::now() > deadline => bail!("{address}/readyz did not answer 200 in time"),
                _ => thread::sleep(POLL),
            }
        }
    }

    /// Asks the relay to finish, waits a while, and says how it ended.
    pub fn stop(mut self) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?);
        // Already gone is fine: then `wait` below tells how.
        let _ = kill(pid, Signal::SIGTERM);
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                if status.success() {
                    return Ok(());
                }
                bail!("the relay ended badly: {status}");
            }
            thread::sleep(POLL);
        }
        bail!("the relay did not finish in {} s and was killed", GRACE.as_secs())
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in the one line the relay prints about it.
fn listening_address(line: &str) -> Option<&str> {
    line.trim().strip_prefix("listening on ").filter(|address| address.starts_with("http"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_announcement_is_taken_for_an_address() {
        assert_eq!(
            listening_address("listening on http://127.0.0.1:40123\n"),
            Some("http://127.0.0.1:40123")
        );
        assert_eq!(listening_address("listening on a hunch"), None);
        assert_eq!(listening_address("not listening on http://x"), None);
    }
}
