//! `cargo xtask bench constant-time`: dudect's t-values of native comparisons and unwraps, into docs/testing.md.

use std::fmt::Write as _;
use std::fs;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::page;
use crate::workspace::Workspace;

const MANIFEST: &str = "tests/constant-time/Cargo.toml";
const COMMAND: &str = "cargo xtask bench constant-time --write";

/// One line of dudect's report.
#[derive(Debug, PartialEq)]
struct Line {
    name: String,
    samples: String,
    t: f64,
}

/// Builds and runs it, shows what it says, and with `--write` puts it into the document.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let write = match arguments {
        [] => false,
        [word] if word == "--write" => true,
        _ => bail!("`bench constant-time` takes `--write` and nothing else"),
    };
    workspace.console.step("bench: constant-time");
    let mut command =
        workspace.cargo(["run", "--locked", "--release", "--quiet", "--manifest-path", MANIFEST]);
    // Its own folder: it is built with other settings.
    let output = workspace.capture(command.env("CARGO_TARGET_DIR", workspace.target("constant-time")))?;
    workspace.console.say(output.trim());
    let lines = parse(&output);
    if lines.is_empty() {
        bail!("dudect reported nothing");
    }
    if write {
        let date = workspace.capture(workspace.program("date").args(["-u", "+%Y-%m-%d"]))?;
        page::put(workspace, page::TESTING, "constant-time", &section(&lines, date.trim(), &machine()?))?;
    }
    Ok(())
}

fn machine() -> Result<String> {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']);
    let cores = thread::available_parallelism().context("no cores are known")?;
    Ok(format!("{cores} cores{}{model}", if model.is_empty() { "" } else { ", " }))
}

fn parse(output: &str) -> Vec<Line> {
    let line = |line: &str| {
        let (name, figures) = line.strip_prefix("bench ")?.split_once(" ... : n == +")?;
        let (samples, rest) = figures.split_once("M, max t = ")?;
        let (t, _) = rest.split_once(',')?;
        Some(Line { name: name.trim().to_owned(), samples: samples.to_owned(), t: t.parse().ok()? })
    };
    output.lines().filter_map(line).collect()
}

fn section(lines: &[Line], date: &str, machine: &str) -> String {
    let mut text =
        format!("{date}, `{COMMAND}`, {machine}.\n\n| | samples, millions | greatest t |\n|---|---:|---:|\n");
    for Line { name, samples, t } in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| `{name}` | {samples} | {t:.1} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dudects_lines_are_read() {
        let output = "running 1 bench\nbench secret_matches seeded with 0x1\n\
            bench secret_matches ... : n == +0.300M, max t = -1.23456, max tau = -0.00412, (5/tau)^2 = 1472811\n";
        let lines = parse(output);
        assert_eq!(lines, [Line { name: "secret_matches".into(), samples: "0.300".into(), t: -1.234_56 }]);
        assert!(section(&lines, "2026-01-01", "2 cores").contains("| `secret_matches` | 0.300 | -1.2 |"));
    }
}
