//! Node.js and the npm packages of the workspaces.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::lockfile;
use crate::stamp::Stamp;
use crate::workspace::Workspace;

const OLDEST_NODE: u32 = 20;
const WORKSPACES: [&str; 3] = ["pkg", "web-demo", "tests"];

/// Installs what package-lock.json says, when it changed since the last time.
pub fn ensure(workspace: &Workspace) -> Result<()> {
    let version = workspace.capture(workspace.program("node").arg("--version"))?;
    if major(&version).is_none_or(|major| major < OLDEST_NODE) {
        bail!("Node.js {} is too old; install {OLDEST_NODE} or newer: https://nodejs.org", version.trim());
    }
    let lock =
        fs::read_to_string(workspace.path("package-lock.json")).context("package-lock.json is missing")?;
    lockfile::refuse_registry_hosts(&lock)?;
    let mut stamp = Stamp::of(workspace, "npm").word(&version).word(&lock);
    for folder in WORKSPACES {
        stamp = stamp.input(&workspace.path(folder).join("package.json"))?;
    }
    let installed = workspace.path("node_modules/.package-lock.json");
    stamp.unless_fresh(&[installed], || {
        workspace.console.note("npm packages changed; installing what package-lock.json pins");
        workspace.run(
            workspace
                .program("npm")
                .args(["ci", "--no-fund", "--no-audit", "--loglevel=error"])
                .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"),
        )
    })?;
    Ok(())
}

/// The number before the first dot of `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v8.1"), Some(8));
        assert_eq!(major("20"), None);
        assert_eq!(major("vx.1"), None);
    }
}
