//! Packages of the distribution: the only place where xtask uses root, after saying so.

use anyhow::{Result, bail};
use nix::unistd::geteuid;

use crate::workspace::Workspace;

/// Installs packages with `apt-get`, through `sudo` where needed. Says what it is about to do.
pub fn install(workspace: &Workspace, packages: &[&str], reason: &str) -> Result<()> {
    let names = packages.join(" ");
    if which::which("apt-get").is_err() {
        bail!("{reason}. Install it with this system's package manager (Debian calls it `{names}`).");
    }
    let prefix: &[&str] = if geteuid().is_root() { &[] } else { &["sudo"] };
    if !prefix.is_empty() && which::which("sudo").is_err() {
        bail!("{reason}. As root, run: apt-get install {names}");
    }
    workspace.console.warn(&format!("{reason}. Using root to run: apt-get install {names}"));
    let apt = |words: &[&str]| {
        let line: Vec<&str> =
            prefix.iter().copied().chain(["apt-get"]).chain(words.iter().copied()).collect();
        let mut command = workspace.program(line[0]);
        workspace.run(command.args(&line[1..]).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update"])?;
    apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat())
}
