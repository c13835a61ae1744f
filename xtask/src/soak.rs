//! `cargo xtask soak`: runs too long for every test. What was done at these sources is not done again;
//! results are JSON lines in `docs/soak/`, to be committed.

mod fuzz;
mod ledger;
mod mutants;
mod program;

use anyhow::{Result, bail};
use clap::Args;

use crate::workspace::Workspace;
use ledger::Sources;

/// Which runs, and how long.
#[derive(Args, Debug)]
pub struct Options {
    /// Do only these runs
    #[arg(long, value_name = "NAME", num_args = 1..)]
    only: Vec<String>,
    /// Repeat what is done already at these sources
    #[arg(long)]
    again: bool,
    /// List the runs and what each proves
    #[arg(long)]
    pub list: bool,
    /// Fuzz each target for so long
    #[arg(long, value_name = "N", default_value_t = 600)]
    seconds: u64,
    /// Put what fuzzing found, minimized, into fuzz/corpus
    #[arg(long)]
    keep: bool,
    /// Do only these parts: targets to fuzz, files to mutate
    #[arg(long, value_name = "NAME", num_args = 1..)]
    part: Vec<String>,
}

/// One long run.
pub struct Run {
    /// What `--only` calls it, and the name of its results file.
    pub name: &'static str,
    /// What it proves, in a line.
    pub about: &'static str,
    work: fn(&Soak<'_>) -> Result<bool>,
}

/// Every long run, in order.
pub const RUNS: [Run; 3] = [
    Run {
        name: "memory",
        about: "a 2 GiB file needs no more memory than a 256 MiB one",
        work: |soak| program::run(soak, &["node", "tests/bench/memory.mjs"]),
    },
    Run {
        name: "fuzz",
        about: "no bytes from outside make a parser panic, or take what was not made",
        work: fuzz::run,
    },
    Run {
        name: "mutants",
        about: "no check can be left out without a test that notices",
        work: mutants::run,
    },
];

/// A run at work: what it is run on, and where its results go.
struct Soak<'a> {
    workspace: &'a Workspace,
    name: &'static str,
    sources: &'a Sources,
    options: &'a Options,
}

impl Soak<'_> {
    /// Whether this part was asked for.
    fn chosen(&self, part: &str) -> bool {
        self.options.part.is_empty() || self.options.part.iter().any(|chosen| chosen == part)
    }
}

/// Does the runs, and of those the parts, that are not done yet at these sources, or all chosen ones `again`.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let only = &options.only;
    if let Some(unknown) = only.iter().find(|name| !RUNS.iter().any(|run| run.name == **name)) {
        bail!("there is no run `{unknown}`; see `cargo xtask soak --list`");
    }
    let sources = Sources::read(workspace)?;
    let mut failed = Vec::new();
    for run in RUNS.iter().filter(|run| only.is_empty() || only.iter().any(|name| run.name == *name)) {
        workspace.console.step(&format!("soak {}: {}", run.name, run.about));
        if !(run.work)(&Soak { workspace, name: run.name, sources: &sources, options })? {
            failed.push(run.name);
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}
