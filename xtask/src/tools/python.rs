//! Python, and the packages that the second implementation, `tests/interop`, runs on.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::system;
use crate::stamp::Stamp;
use crate::workspace::Workspace;

/// The variable that tells tests where the packages are.
pub const VARIABLE: &str = "KEYFERRY_INTEROP_PACKAGES";

const PROGRAM: &str = "python3";
const OLDEST: (u32, u32) = (3, 11);
const REQUIREMENTS: &str = "tests/interop/requirements.txt";

/// Installs what `tests/interop/requirements.txt` pins below `target/interop`, when it or Python changed since
/// the last time, and returns that folder.
pub fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    let version = workspace.capture(workspace.program(PROGRAM).arg("--version"))?;
    if major_and_minor(&version).is_none_or(|found| found < OLDEST) {
        let (major, minor) = OLDEST;
        bail!("{} is too old; install Python {major}.{minor} or newer", version.trim());
    }
    let folder = workspace.target("interop");
    let requirements = workspace.path(REQUIREMENTS);
    let installed = [folder.join("pytest"), folder.join("cryptography")];
    Stamp::of(workspace, "interop").word(&version).input(&requirements)?.unless_fresh(&installed, || {
        workspace
            .console
            .note("the packages of tests/interop changed; installing what requirements.txt pins");
        install(workspace, &requirements, &folder)
    })?;
    Ok(folder)
}

/// Python with these packages and nobody else's, leaving no bytecode in the checkout.
pub fn with_packages(workspace: &Workspace, packages: &Path) -> Command {
    let mut command = workspace.program(PROGRAM);
    command.env("PYTHONPATH", packages).env("PYTHONNOUSERSITE", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// Puts exactly the pinned wheels into `folder`, which is emptied before.
pub fn install(workspace: &Workspace, requirements: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    ensure_pip(workspace)?;
    workspace.run(
        workspace
            .program(PROGRAM)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"])
            .args(["--require-hashes", "--only-binary", ":all:", "--target"])
            .arg(folder)
            .arg("-r")
            .arg(requirements),
    )
}

/// Debian and Ubuntu ship Python without pip.
fn ensure_pip(workspace: &Workspace) -> Result<()> {
    workspace.capture(workspace.program(PROGRAM).arg("--version"))?;
    if workspace.capture(workspace.program(PROGRAM).args(["-m", "pip", "--version"])).is_ok() {
        return Ok(());
    }
    system::install(workspace, &["python3-pip"], "Fetching what the tests run on needs pip")
}

/// The first two numbers of `Python 3.11.7`.
fn major_and_minor(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim().strip_prefix("Python ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_python_is_read() {
        assert_eq!(major_and_minor("Python 3.11.7\n"), Some((3, 11)));
        assert_eq!(major_and_minor("Python 3.9"), Some((3, 9)));
        assert_eq!(major_and_minor("3.11.7"), None);
        assert_eq!(major_and_minor("Python three"), None);
    }

    #[test]
    fn every_requirement_is_pinned_by_hash_and_names_no_host() {
        let requirements = include_str!("../../../tests/interop/requirements.txt");
        assert!(!requirements.contains("://"));
        let lines: Vec<_> = requirements.lines().filter(|line| !line.starts_with('#')).collect();
        let pinned: Vec<_> = lines.iter().filter(|line| !line.starts_with(' ')).collect();
        assert!(pinned.len() >= 4 && pinned.iter().all(|line| line.contains("==") && line.ends_with('\\')));
        let hashes = lines.iter().filter(|line| line.starts_with(' '));
        assert!(hashes.clone().all(|line| line.trim_start().starts_with("--hash=sha256:")));
        assert!(hashes.count() >= pinned.len());
    }
}
