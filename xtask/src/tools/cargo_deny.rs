//! `cargo-deny`: licences, bans, sources and advisories of everything we link.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Result;
use walkdir::WalkDir;

use super::cargo_install::CARGO_DENY;
use crate::workspace::Workspace;

/// Checks against `deny.toml`. Where the advisory database cannot be fetched, an earlier copy serves (one
/// older than 90 days is refused); where there is none either, everything else is checked and what was not
/// is said loudly.
pub fn check(workspace: &Workspace) -> Result<()> {
    let deny = CARGO_DENY.ensure(workspace)?;
    if workspace.capture(program(workspace, &deny).args(["fetch", "db"])).is_ok() {
        return workspace.run(program(workspace, &deny).arg("check"));
    }
    if has_advisories(&cargo_home()) {
        workspace.console.note("the RustSec database is not reachable; using the copy on this machine");
        return workspace.run(program(workspace, &deny).args(["--offline", "check"]));
    }
    workspace.console.warn(
        "ADVISORIES NOT CHECKED: the RustSec database is not reachable from here and there is no copy. Run \
         `cargo xtask test --only deny` where it is.",
    );
    workspace.run(program(workspace, &deny).args(["check", "bans", "licenses", "sources"]))
}

/// Whether cargo-deny left a clone of an advisory database in cargo's folder.
fn has_advisories(cargo_home: &Path) -> bool {
    WalkDir::new(cargo_home.join("advisory-dbs"))
        .min_depth(2)
        .max_depth(2)
        .into_iter()
        .filter_map(Result::ok)
        .any(|entry| entry.file_name() == ".git")
}

fn cargo_home() -> PathBuf {
    env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")))
        .unwrap_or_default()
}

fn program(workspace: &Workspace, deny: &Path) -> std::process::Command {
    let mut command = workspace.program(deny);
    command.args(["--all-features", "--workspace"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_clone_is_no_database() {
        let home = tempfile::tempdir().unwrap();
        assert!(!has_advisories(home.path()));
        let clone = home.path().join("advisory-dbs/advisory-db-1");
        std::fs::create_dir_all(&clone).unwrap();
        assert!(!has_advisories(home.path()));
        std::fs::create_dir(clone.join(".git")).unwrap();
        assert!(has_advisories(home.path()));
    }
}
