//! Mutants of the code that verifies (`.cargo/mutants.toml`), file by file, each a part of the run.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Soak;
use crate::page;
use crate::tools::cargo_install::CARGO_MUTANTS;

/// What `mutants.out/outcomes.json` says, as far as we ask.
#[derive(Deserialize)]
struct Outcomes {
    outcomes: Vec<Outcome>,
    caught: u64,
    timeout: u64,
    unviable: u64,
}

#[derive(Deserialize)]
struct Outcome {
    scenario: Scenario,
    summary: String,
}

#[derive(Deserialize)]
enum Scenario {
    Baseline,
    Mutant(Mutant),
}

#[derive(Deserialize)]
struct Mutant {
    name: String,
}

/// Does the files that are not done at these sources.
pub fn run(soak: &Soak<'_>) -> Result<bool> {
    let workspace = soak.workspace;
    let cargo_mutants = CARGO_MUTANTS.ensure(workspace)?;
    let mut list = workspace.program(&cargo_mutants);
    let files = workspace.capture(list.args(["mutants", "--list-files"]))?;
    let mut passed = true;
    for file in files.lines().filter(|file| soak.chosen(file)) {
        if soak.done(Some(file), |_| true)? {
            workspace.console.note(&format!("{file}: done already at these sources; `--again` repeats it"));
            continue;
        }
        passed &= soak.record(Some(file), || mutate(soak, &cargo_mutants, file))?;
        page::put(workspace, page::TESTING, soak.name, &table(soak, &files)?)?;
    }
    Ok(passed)
}

fn mutate(soak: &Soak<'_>, cargo_mutants: &Path, file: &str) -> Result<(bool, Option<Value>)> {
    let workspace = soak.workspace;
    let output = workspace.target("mutants");
    let mut command = workspace.program(cargo_mutants);
    // By name: `--file` would only add to the files of the configuration.
    let names = format!("^{}:", file.replace('.', "\\."));
    command.args(["mutants", "--no-shuffle", "--jobs", "1", "--re", &names, "--output"]).arg(&output);
    // It works in a copy of the tree; what does not change is built once for all of them.
    command.env("CARGO_TARGET_DIR", workspace.target("mutants/target"));
    // It fails when a mutant survives, too; its file tells the two apart.
    let failure = workspace.run(&mut command).err();
    let outcomes: Outcomes = match (fs::read_to_string(output.join("mutants.out/outcomes.json")), failure) {
        (Ok(text), _) => serde_json::from_str(&text).context("outcomes.json is not as expected")?,
        (Err(_), Some(failure)) => return Err(failure),
        (Err(error), None) => return Err(error.into()),
    };
    let page = fs::read_to_string(workspace.path(page::TESTING))?;
    let survivors = outcomes.survivors();
    let unexplained = survivors.iter().filter(|name| !page.contains(*name)).count();
    let Outcomes { caught, timeout, unviable, .. } = outcomes;
    let passed = unexplained == 0 && outcomes.baseline_passed();
    Ok((passed, Some(serde_json::to_value(Counts { caught, timeout, unviable, survivors })?)))
}

/// What is recorded of a file.
#[derive(Default, Deserialize, Serialize)]
struct Counts {
    caught: u64,
    /// Of these no test ended; that is noticed, too.
    timeout: u64,
    /// What does not compile.
    unviable: u64,
    survivors: Vec<String>,
}

fn table(soak: &Soak<'_>, files: &str) -> Result<String> {
    let mut text =
        "| file | caught | survived | not compiled | date | commit |\n|---|---:|---:|---:|---|---|\n"
            .to_owned();
    let records = soak.records()?;
    for file in files.lines() {
        let last = records.iter().rev().find(|record| record.part.as_deref() == Some(file));
        text += &match last {
            Some(record) => {
                let counts = serde_json::from_value(record.result.clone().unwrap_or_default());
                let Counts { caught, timeout, unviable, survivors } = counts.unwrap_or_default();
                let (caught, date) = (caught + timeout, record.started.get(..10).unwrap_or_default());
                format!(
                    "| `{file}` | {caught} | {} | {unviable} | {date} | {} |\n",
                    survivors.len(),
                    record.commit
                )
            }
            None => format!("| `{file}` | not run | | | | |\n"),
        };
    }
    Ok(text)
}

impl Outcomes {
    /// The mutants no test noticed, without line and column, which change with every edit.
    fn survivors(&self) -> Vec<String> {
        let missed = self.outcomes.iter().filter(|outcome| outcome.summary == "MissedMutant");
        missed
            .filter_map(|outcome| match &outcome.scenario {
                Scenario::Mutant(mutant) => Some(without_place(&mutant.name)),
                Scenario::Baseline => None,
            })
            .collect()
    }

    /// Whether the tests passed with no mutant at all.
    fn baseline_passed(&self) -> bool {
        self.outcomes
            .iter()
            .any(|outcome| matches!(outcome.scenario, Scenario::Baseline) && outcome.summary == "Success")
    }
}

/// `protocol/src/key.rs:17:5: replace …` becomes `protocol/src/key.rs: replace …`.
fn without_place(name: &str) -> String {
    match name.split_once(": ") {
        Some((place, change)) => format!("{}: {change}", place.split(':').next().unwrap_or_default()),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survivors_are_told_from_those_that_were_caught() {
        let text = r#"{"outcomes":[
            {"scenario":"Baseline","summary":"Success"},
            {"scenario":{"Mutant":{"name":"protocol/src/key.rs:17:5: replace a with b"}},"summary":"MissedMutant"},
            {"scenario":{"Mutant":{"name":"protocol/src/key.rs:19:5: replace c with d"}},"summary":"CaughtMutant"}
        ],"caught":1,"timeout":0,"unviable":0}"#;
        let outcomes: Outcomes = serde_json::from_str(text).unwrap();
        assert_eq!(outcomes.survivors(), ["protocol/src/key.rs: replace a with b"]);
        assert!(outcomes.baseline_passed());
    }
}
