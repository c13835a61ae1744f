//! Fuzzing of every target in `fuzz/`, one after the other, each a part of the run.
//!
//! cargo-fuzz builds the programs; libFuzzer in them is asked directly. What it finds is kept in `target/fuzz/corpus`
//! and goes on from there the next time; `fuzz/corpus` is what of it is committed, and replayed by every test.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::Soak;
use crate::page;
use crate::tools::cargo_install::CARGO_FUZZ;

/// No input is longer: what parsers meet in one piece is shorter, but for content, which targets make from plans.
const MOST_INPUT_BYTES: &str = "-max_len=4096";
/// An input that takes so many seconds is a finding, too.
const LONGEST_INPUT: &str = "-timeout=20";
/// How much of what is found is committed, of each target.
const MOST_FILES: usize = 40;
const MOST_KEPT_BYTES: u64 = 18 * 1024;

/// How libFuzzer begins the name of an input that failed. Copied into `fuzz/corpus`, it stays there.
const CRASH: &str = "crash-";

/// What fuzzing of one target came to.
#[derive(Debug, Default, PartialEq, Deserialize, Serialize)]
struct Outcome {
    executions: u64,
    seconds: u64,
    crashes: usize,
    sanitizer: String,
}

/// Fuzzes each target that was not fuzzed for long enough at these sources.
pub fn run(soak: &Soak<'_>) -> Result<bool> {
    let workspace = soak.workspace;
    let targets = targets(&workspace.path("fuzz/fuzz_targets"))?;
    let targets: Vec<String> = targets.into_iter().filter(|name| soak.chosen(name)).collect();
    if targets.is_empty() {
        bail!("there is no such target in fuzz/fuzz_targets");
    }
    let seconds = soak.options.seconds;
    let long_enough = |result: Option<&serde_json::Value>| {
        result.and_then(|result| result["seconds"].as_u64()).is_some_and(|done| done >= seconds)
    };
    let mut programs = None;
    let mut passed = true;
    for target in targets {
        if soak.done(Some(&target), |record| long_enough(record.result.as_ref()))? {
            workspace.console.note(&format!("{target}: done already at these sources; `--again` repeats it"));
            continue;
        }
        let programs = match &programs {
            Some(programs) => programs,
            None => programs.insert(Programs::build(soak)?),
        };
        passed &= soak.record(Some(&target), || {
            let outcome = programs.fuzz(soak, &target, seconds)?;
            Ok((outcome.crashes == 0, Some(serde_json::to_value(outcome)?)))
        })?;
        if soak.options.keep {
            programs.keep(soak, &target)?;
        }
    }
    page::put(workspace, page::TESTING, soak.name, &table(soak)?)?;
    Ok(passed)
}

fn targets(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} is missing", folder.display()))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// The targets' programs, built.
struct Programs {
    folder: PathBuf,
    sanitizer: &'static str,
}

impl Programs {
    /// With the address sanitizer where there is a nightly toolchain, on stable without: our code has no `unsafe`, the
    /// sanitizer watches the crates below it.
    fn build(soak: &Soak<'_>) -> Result<Self> {
        let workspace = soak.workspace;
        let cargo_fuzz = CARGO_FUZZ.ensure(workspace)?;
        let nightly = workspace.capture(workspace.program("rustup").args(["run", "nightly", "rustc", "-vV"]));
        let sanitizer = if nightly.is_ok() { "address" } else { "none" };
        let mut build = workspace.program(cargo_fuzz);
        // The code as it ships: no crate leaves a check out because it is being fuzzed.
        build.args([
            "fuzz",
            "build",
            "--no-cfg-fuzzing",
            "--fuzz-dir",
            "fuzz",
            "--sanitizer",
            sanitizer,
            "--target-dir",
        ]);
        build.arg(workspace.target("fuzz")).env_remove("CARGO").env_remove("CARGO_TARGET_DIR");
        if nightly.is_ok() {
            build.env("RUSTUP_TOOLCHAIN", "nightly");
        } else {
            workspace.console.note("there is no nightly toolchain: fuzzing without the address sanitizer");
        }
        workspace.run(&mut build)?;
        let host = workspace.capture(workspace.program("rustc").arg("-vV"))?;
        let host =
            host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
        Ok(Self { folder: workspace.target("fuzz").join(host).join("release"), sanitizer })
    }

    fn command(&self, soak: &Soak<'_>, target: &str) -> Command {
        let mut command = soak.workspace.program(self.folder.join(target));
        command.env("ASAN_OPTIONS", "detect_odr_violation=0");
        command
    }

    fn fuzz(&self, soak: &Soak<'_>, target: &str, seconds: u64) -> Result<Outcome> {
        let workspace = soak.workspace;
        let (found, artifacts) = (found(soak, target), workspace.path("fuzz/artifacts").join(target));
        fs::create_dir_all(&found)?;
        fs::create_dir_all(&artifacts)?;
        let before = count(&artifacts)?;
        workspace.console.note(&format!("{target}: {seconds} s"));
        let mut child = self
            .command(soak, target)
            .args([&found, &workspace.path("fuzz/corpus").join(target)])
            .args([MOST_INPUT_BYTES, LONGEST_INPUT, "-print_final_stats=1"])
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start the program of `{target}`"))?;
        let mut outcome = Outcome { sanitizer: self.sanitizer.to_owned(), ..Outcome::default() };
        for line in BufReader::new(child.stderr.take().context("libFuzzer says nothing")?).lines() {
            let line = line?;
            if !outcome.read(&line) {
                workspace.console.say(&line);
            }
        }
        let status = child.wait()?;
        outcome.crashes = count(&artifacts)?.saturating_sub(before).max(usize::from(!status.success()));
        if outcome.crashes > 0 {
            workspace.console.warn(&format!("{target}: see fuzz/artifacts/{target}"));
        }
        Ok(outcome)
    }

    /// Replaces the committed inputs of a target by the smallest that reach as much.
    fn keep(&self, soak: &Soak<'_>, target: &str) -> Result<()> {
        let committed = soak.workspace.path("fuzz/corpus").join(target);
        let minimized = soak.workspace.target("fuzz/minimized").join(target);
        if minimized.exists() {
            fs::remove_dir_all(&minimized)?;
        }
        fs::create_dir_all(&minimized)?;
        soak.workspace.capture(
            self.command(soak, target).args(["-set_cover_merge=1", MOST_INPUT_BYTES]).args([
                &minimized,
                &found(soak, target),
                &committed,
            ]),
        )?;
        let found = sizes(&minimized)?;
        for (_, path) in sizes(&committed)? {
            if !named(&path).starts_with(CRASH) {
                fs::remove_file(path)?;
            }
        }
        for path in choose(&found) {
            fs::copy(path, committed.join(named(path)))?;
        }
        Ok(())
    }
}

/// The files of a folder with their lengths, longest first.
fn sizes(folder: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        files.push((entry.metadata()?.len(), entry.path()));
    }
    files.sort();
    files.reverse();
    Ok(files)
}

fn named(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// As many as may be kept, of all lengths alike: the short ones say little, the long ones much of the same.
fn choose(files: &[(u64, PathBuf)]) -> Vec<&Path> {
    let step = files.len().div_ceil(MOST_FILES).max(1);
    let mut room = MOST_KEPT_BYTES;
    let mut chosen = Vec::new();
    for (length, path) in files.iter().step_by(step) {
        if let Some(left) = room.checked_sub(*length) {
            room = left;
            chosen.push(path.as_path());
        }
    }
    chosen
}

/// Where libFuzzer puts what reaches something new.
fn found(soak: &Soak<'_>, target: &str) -> PathBuf {
    soak.workspace.target("fuzz/corpus").join(target)
}

fn count(folder: &Path) -> Result<usize> {
    Ok(fs::read_dir(folder)?.count())
}

impl Outcome {
    /// Reads a line of libFuzzer's; false for one that people should see.
    fn read(&mut self, line: &str) -> bool {
        let number = |text: &str| text.split_whitespace().next().and_then(|word| word.parse().ok());
        if let Some(rest) = line.strip_prefix("stat::number_of_executed_units:") {
            self.executions = number(rest).unwrap_or_default();
        } else if let Some((_, rest)) =
            line.strip_prefix("Done ").and_then(|rest| rest.split_once(" runs in "))
        {
            self.seconds = number(rest).unwrap_or_default();
        }
        ["#", "INFO:", "stat::", "Done ", "\tNEW_"].iter().any(|usual| line.starts_with(usual))
    }
}

fn table(soak: &Soak<'_>) -> Result<String> {
    let mut text =
        "| target | executions | seconds | crashes | date | commit |\n|---|---:|---:|---:|---|---|\n"
            .to_owned();
    let records = soak.records()?;
    for target in targets(&soak.workspace.path("fuzz/fuzz_targets"))? {
        let last = records.iter().rev().find(|record| record.part.as_ref() == Some(&target));
        text += &match last {
            Some(record) => {
                let result = record.result.clone().unwrap_or_default();
                let Outcome { executions, seconds, crashes, .. } =
                    serde_json::from_value(result).unwrap_or_default();
                let date = record.started.get(..10).unwrap_or_default();
                let executions = grouped(executions);
                format!(
                    "| `{target}` | {executions} | {seconds} | {crashes} | {date} | {} |\n",
                    record.commit
                )
            }
            None => format!("| `{target}` | not run | | | | |\n"),
        };
    }
    Ok(text)
}

/// With commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| core::str::from_utf8(group).unwrap_or_default())
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_did_is_read_from_what_it_says() {
        let mut outcome = Outcome::default();
        assert!(outcome.read("#65536\tpulse  cov: 3 ft: 4 corp: 5/6b"));
        assert!(outcome.read("Done 1234567 runs in 61 second(s)"));
        assert!(outcome.read("stat::number_of_executed_units: 1234567"));
        assert!(!outcome.read("thread '<unnamed>' panicked at cbor.rs"));
        assert_eq!((outcome.executions, outcome.seconds), (1_234_567, 61));
    }

    #[test]
    fn what_is_kept_is_of_all_lengths_and_fits() {
        let files: Vec<(u64, PathBuf)> = (0..100).rev().map(|at| (at * 100, at.to_string().into())).collect();
        let chosen = choose(&files);
        assert!(chosen.len() <= MOST_FILES);
        let number = |path: &&Path| named(path).parse::<u64>().unwrap();
        assert!(chosen.iter().map(number).sum::<u64>() * 100 <= MOST_KEPT_BYTES);
        assert_eq!(number(&chosen[0]), 99);
        assert!(number(chosen.last().unwrap()) < 10);
    }

    #[test]
    fn thousands_are_told_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
