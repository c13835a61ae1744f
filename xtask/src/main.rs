//! `cargo xtask`: every chore of the workspace, the same for people and for CI.
//!
//! - [`cli`]: the commands and what they dispatch to.
//! - [`suite`], [`steps`], [`report`]: `test` and `check`, their named steps, their verdict.
//! - [`wasm`]: the browser package: compile, bind, shrink, weigh.
//! - [`demo`], [`relay`]: the running product.
//! - [`bench`], [`soak`]: measurements and long runs.
//! - [`tools`]: what a run needs on the machine, found or fetched.
//! - [`workspace`], [`console`], [`stamp`], [`lockfile`], [`licences`], [`page`]: the ground the rest stands on.

mod bench;
mod cli;
mod console;
mod demo;
mod licences;
mod lockfile;
mod page;
mod relay;
mod report;
mod soak;
mod stamp;
mod steps;
mod suite;
mod tools;
mod wasm;
mod workspace;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::dispatch() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
