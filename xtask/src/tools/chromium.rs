//! A Chromium for the browser tests.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use walkdir::WalkDir;

use super::{npm, system};
use crate::workspace::Workspace;

/// The variable that names a Chromium to use.
pub const VARIABLE: &str = "KEYFERRY_CHROMIUM";

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The one `KEYFERRY_CHROMIUM` names, else the system's, else Playwright's own, else the distribution's
/// package, installed now.
pub fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(named) = env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
        let named = PathBuf::from(named);
        if !starts(workspace, &named) {
            bail!("{VARIABLE} names {}, which does not start", named.display());
        }
        return Ok(named);
    }
    if let Some(found) = of_the_system(workspace).or_else(|| of_playwright(workspace)) {
        return Ok(found);
    }
    workspace.console.note("no Chromium on this machine; asking Playwright for its own");
    npm::ensure(workspace)?;
    let playwright = workspace.path("node_modules/.bin/playwright-core");
    if let Err(error) = workspace.run(workspace.program(playwright).args(["install", "chromium"])) {
        workspace.console.note(&format!("{error:#}"));
    } else if let Some(found) = of_playwright(workspace) {
        return Ok(found);
    }
    system::install(workspace, &["chromium"], "The browser tests need Chromium")?;
    match of_the_system(workspace).or_else(|| of_playwright(workspace)) {
        Some(found) => Ok(found),
        None => bail!("no Chromium starts here. Install one and set {VARIABLE} to its path."),
    }
}

fn of_the_system(workspace: &Workspace) -> Option<PathBuf> {
    NAMES.iter().filter_map(|name| which::which(name).ok()).find(|path| starts(workspace, path))
}

fn of_playwright(workspace: &Workspace) -> Option<PathBuf> {
    let folder = match env::var_os("PLAYWRIGHT_BROWSERS_PATH") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(&env::var_os("HOME")?).join(".cache/ms-playwright"),
    };
    WalkDir::new(folder)
        .max_depth(3)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| ["chrome", "Chromium"].iter().any(|name| entry.file_name() == *name))
        .map(walkdir::DirEntry::into_path)
        .find(|path| path.is_file() && starts(workspace, path))
}

/// Whether it runs at all: one whose libraries are missing is no use.
fn starts(workspace: &Workspace, path: &Path) -> bool {
    workspace.capture(workspace.program(path).arg("--version")).is_ok()
}
