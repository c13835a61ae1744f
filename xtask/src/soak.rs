//! `cargo xtask soak`: runs too long for every test. What was done at these sources is not done again;
//! results are JSON lines in `docs/soak/`, to be committed.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::bench;
use crate::workspace::Workspace;

/// One long run.
pub struct Run {
    /// What `--only` calls it, and the name of its results file.
    pub name: &'static str,
    /// What it proves, in a line.
    pub about: &'static str,
    program: &'static [&'static str],
}

/// Every long run, in order.
pub const RUNS: [Run; 1] = [Run {
    name: "memory",
    about: "a 2 GiB file needs no more memory than a 256 MiB one",
    program: &["node", "tests/bench/memory.mjs"],
}];

/// One line of a results file.
#[derive(Debug, Deserialize, Serialize)]
struct Record {
    started: String,
    commit: String,
    /// Digest of the tree without documents: committing results does not make them stale.
    sources: String,
    seconds: f64,
    passed: bool,
    /// The last JSON object the run printed.
    result: Option<Value>,
}

/// Does the runs that are not done yet at these sources, or all chosen ones `again`.
pub fn run(workspace: &Workspace, only: &[String], again: bool) -> Result<()> {
    if let Some(unknown) = only.iter().find(|name| !RUNS.iter().any(|run| run.name == **name)) {
        bail!("there is no run `{unknown}`; see `cargo xtask soak --list`");
    }
    let sources = Sources::read(workspace)?;
    let mut failed = Vec::new();
    for run in RUNS.iter().filter(|run| only.is_empty() || only.iter().any(|name| run.name == *name)) {
        workspace.console.step(&format!("soak {}: {}", run.name, run.about));
        if !again && done(&records(workspace, run)?, &sources) {
            workspace.console.note("done already at these sources; `--again` repeats it");
            continue;
        }
        if !execute(workspace, run, &sources)? {
            failed.push(run.name);
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

/// What the runs are run on.
struct Sources {
    commit: String,
    digest: String,
    /// Files changed since the commit: then no earlier result speaks for them.
    changed: bool,
}

impl Sources {
    fn read(workspace: &Workspace) -> Result<Self> {
        let git = |words: &[&str]| workspace.capture(workspace.program("git").args(words));
        let mut digest = Sha256::new();
        for line in git(&["ls-tree", "-r", "HEAD"])?.lines() {
            let path = line.split('\t').next_back().unwrap_or_default();
            if is_source(path) {
                digest.update(line.as_bytes());
                digest.update(b"\n");
            }
        }
        let changed =
            git(&["status", "--porcelain"])?.lines().any(|line| is_source(line.get(3..).unwrap_or_default()));
        Ok(Self {
            commit: git(&["rev-parse", "--short=12", "HEAD"])?.trim().to_owned(),
            digest: digest.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect(),
            changed,
        })
    }
}

fn is_source(path: &str) -> bool {
    !path.starts_with("docs/") && !path.ends_with(".md")
}

fn done(records: &[Record], sources: &Sources) -> bool {
    !sources.changed && records.iter().any(|record| record.passed && record.sources == sources.digest)
}

fn records(workspace: &Workspace, run: &Run) -> Result<Vec<Record>> {
    let path = workspace.path("docs/soak").join(format!("{}.jsonl", run.name));
    let text = if path.exists() { fs::read_to_string(&path)? } else { String::new() };
    text.lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("{} has a bad line", path.display())))
        .collect()
}

/// Runs it, shows its output, and appends its record, whether it passed or not.
fn execute(workspace: &Workspace, run: &Run, sources: &Sources) -> Result<bool> {
    let (program, arguments) = run.program.split_first().context("a run needs a program")?;
    if let Some(script) =
        arguments.iter().find(|word| word.ends_with(".mjs") && !workspace.path(word).exists())
    {
        bail!("{script} is missing; is this a complete checkout?");
    }
    let environment = bench::prepare(workspace)?;
    let started = workspace.capture(workspace.program("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]))?;
    let clock = Instant::now();
    let mut child = workspace
        .program(program)
        .args(arguments)
        .envs(environment)
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{program}`"))?;
    let output = child.stdout.take().context("the run has no output")?;
    let mut result = None;
    for line in BufReader::new(output).lines() {
        let line = line?;
        workspace.console.say(&line);
        result = json_object(&line).or(result);
    }
    let passed = child.wait()?.success();
    let record = Record {
        started: started.trim().to_owned(),
        commit: format!("{}{}", sources.commit, if sources.changed { "+changes" } else { "" }),
        sources: if sources.changed { String::new() } else { sources.digest.clone() },
        seconds: (clock.elapsed().as_secs_f64() * 10.0).round() / 10.0,
        passed,
        result,
    };
    append(workspace, run, &record)?;
    Ok(passed)
}

fn append(workspace: &Workspace, run: &Run, record: &Record) -> Result<()> {
    let folder = workspace.path("docs/soak");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{}.jsonl", run.name));
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    writeln!(file, "{}", serde_json::to_string(record)?)?;
    workspace.console.note(&format!("recorded in docs/soak/{}.jsonl; commit it", run.name));
    Ok(())
}

fn json_object(line: &str) -> Option<Value> {
    serde_json::from_str(line).ok().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(sources: &str, passed: bool) -> Record {
        Record {
            started: String::new(),
            commit: String::new(),
            sources: sources.into(),
            seconds: 0.0,
            passed,
            result: None,
        }
    }

    fn sources(changed: bool) -> Sources {
        Sources { commit: "c".into(), digest: "d".into(), changed }
    }

    #[test]
    fn only_a_pass_at_the_same_sources_counts_as_done() {
        assert!(done(&[record("d", true)], &sources(false)));
        assert!(!done(&[record("d", false)], &sources(false)));
        assert!(!done(&[record("e", true)], &sources(false)));
        assert!(!done(&[record("d", true)], &sources(true)));
    }

    #[test]
    fn committing_a_result_does_not_make_it_stale() {
        assert!(!is_source("docs/soak/memory.jsonl") && !is_source("README.md"));
        assert!(is_source("crypto/src/lib.rs") && is_source("pkg/src/docs/x.ts"));
    }

    #[test]
    fn the_result_is_an_object_not_a_number() {
        assert!(json_object("{\"peak\":1}").is_some());
        assert!(json_object("42").is_none() && json_object("hello").is_none());
    }
}
