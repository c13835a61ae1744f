//! `cargo xtask bench`: measurements in the browser and against the relay, dispatched to `tests/bench`, and of what
//! time tells, by `tests/constant-time`.

mod constant_time;

use std::ffi::OsString;

use anyhow::{Result, bail};

use crate::demo;
use crate::relay::{self, Build};
use crate::tools::chromium;
use crate::wasm;
use crate::workspace::Workspace;

const RUNNER: &str = "tests/bench/run.mjs";

/// Runs one benchmark over the package as it ships and a relay as an operator runs it.
pub fn run(workspace: &Workspace, name: &str, arguments: &[String]) -> Result<()> {
    if name == "constant-time" {
        return constant_time::run(workspace, arguments);
    }
    if !workspace.path(RUNNER).exists() {
        bail!("{RUNNER} is missing; is this a complete checkout?");
    }
    let environment = prepare(workspace)?;
    workspace.console.step(&format!("bench: {name}"));
    workspace.run(workspace.program("node").args([RUNNER, name]).args(arguments).envs(environment))
}

/// Builds what is measured; returns what a measuring process is told.
pub fn prepare(workspace: &Workspace) -> Result<Vec<(&'static str, OsString)>> {
    wasm::build(workspace)?;
    wasm::build_for_benchmarks(workspace)?;
    demo::build_web_app(workspace)?;
    let relay = relay::build(workspace, Build::Release)?;
    let browser = chromium::ensure(workspace)?;
    Ok(vec![("KEYFERRY_RELAY", relay.into()), (chromium::VARIABLE, browser.into())])
}
