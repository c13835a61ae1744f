//! `cargo-deny`: licences, bans, sources and advisories of everything we link.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::workspace::Workspace;

const VERSION: &str = "0.20.2";

/// The `cargo-deny` on PATH, or one of our own below `.keyferry/tools/`.
pub fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    if let Ok(found) = which::which("cargo-deny") {
        return Ok(found);
    }
    let home = workspace.state("tools/cargo-deny");
    let binary = home.join("bin/cargo-deny");
    if !binary.exists() {
        workspace
            .console
            .note("cargo-deny is not installed; building one in .keyferry/tools (about a minute)");
        // Unoptimized: it compiles four times faster and still checks a few hundred crates in a second.
        workspace.run(
            workspace
                .cargo([
                    "install",
                    "cargo-deny",
                    "--version",
                    VERSION,
                    "--locked",
                    "--debug",
                    "--quiet",
                    "--root",
                ])
                .arg(&home)
                .env("CARGO_TARGET_DIR", workspace.target("tools")),
        )?;
    }
    Ok(binary)
}

/// Checks against `deny.toml`. Where the advisory database cannot be reached and no copy is on this
/// machine, checks everything else and says loudly what it did not check.
pub fn check(workspace: &Workspace) -> Result<()> {
    let deny = ensure(workspace)?;
    if workspace
        .capture(program(workspace, &deny).args(["fetch", "db"]))
        .is_ok()
    {
        return workspace.run(program(workspace, &deny).arg("check"));
    }
    let kept = workspace.run(program(workspace, &deny).args(["--offline", "check", "advisories"]));
    if kept.is_err() {
        workspace.console.warn(
            "ADVISORIES NOT CHECKED: the RustSec database is not reachable from here and there is no fresh \
             copy. Run `cargo xtask test --only deny` where it is.",
        );
    }
    workspace.run(program(workspace, &deny).args(["check", "bans", "licenses", "sources"]))
}

fn program(workspace: &Workspace, deny: &Path) -> std::process::Command {
    let mut command = workspace.program(deny);
    command.args(["--all-features", "--workspace"]);
    command
}
