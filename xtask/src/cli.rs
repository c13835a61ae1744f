//! The command line.

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

use crate::console::Console;
use crate::workspace::Workspace;
use crate::{bench, demo, soak, steps, suite, wasm};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Every Keyferry chore, the same for people and for CI",
    after_help = "Start here: `cargo xtask demo` shows the product, `cargo xtask test` proves it.\n\
                  Fetched tools, stamps and demo data live in .keyferry/; what is deleted there is fetched or made \
                  again, but for the accounts and files of the demo."
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Chore>,
}

#[derive(Subcommand)]
enum Chore {
    /// Build everything, start the relay with embedded stores, serve the web app, print the URL
    #[command(
        after_help = "Ctrl-C (or SIGTERM) asks the relay to finish and ends with exit code 0; accounts and files are kept."
    )]
    Demo(demo::Options),
    /// Run every test: Rust, wasm, Node, browser, MongoDB
    Test {
        /// Run only these steps
        #[arg(long, value_name = "NAME", num_args = 1..)]
        only: Vec<String>,
        /// List the steps and what each proves
        #[arg(long)]
        list: bool,
        /// Print the outcome as JSON on standard output, everything else on standard error
        #[arg(long)]
        json: bool,
    },
    /// Format, lints, licences, advisories, types: what to run before a commit
    Check,
    /// Build the browser package into pkg/dist and weigh it
    Wasm,
    /// Measure, side by side with others (see docs/benchmarks.md)
    Bench {
        /// Which benchmark: `browser` or `constant-time`
        #[arg(default_value = "browser")]
        name: String,
        /// Passed on to it: --write, --rounds N, --mib N, --only PART
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Long runs; resumable, with results in docs/soak/
    Soak(soak::Options),
}

/// Parses the command line and does what it says.
pub fn dispatch() -> Result<ExitCode> {
    let Some(chore) = Cli::parse().command else {
        Cli::command().print_help()?;
        return Ok(ExitCode::SUCCESS);
    };
    let json = matches!(chore, Chore::Test { json: true, .. });
    let workspace = Workspace::locate(if json { Console::Error } else { Console::Output })?;
    match chore {
        Chore::Test { list: true, .. } => list(steps::ALL.iter().map(|step| (step.name, step.about))),
        Chore::Soak(soak::Options { list: true, .. }) => {
            list(soak::RUNS.iter().map(|run| (run.name, run.about)))
        }
        Chore::Test { only, .. } => {
            let report = suite::run(&workspace, &steps::ALL, &only)?;
            return suite::conclude(&workspace, &report, json);
        }
        Chore::Check => {
            let report = suite::run(&workspace, &steps::ALL, &steps::QUICK.map(String::from))?;
            return suite::conclude(&workspace, &report, false);
        }
        Chore::Demo(options) => demo::run(&workspace, &options)?,
        Chore::Wasm => wasm::build(&workspace)?,
        Chore::Bench { name, arguments } => bench::run(&workspace, &name, &arguments)?,
        Chore::Soak(options) => soak::run(&workspace, &options)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) {
    for (name, about) in entries {
        println!("  {name:<10} {about}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn several_steps_can_be_named() {
        let cli = Cli::try_parse_from(["xtask", "test", "--only", "fmt", "rust"]).unwrap();
        assert!(matches!(cli.command, Some(Chore::Test { only, .. }) if only == ["fmt", "rust"]));
    }
}
