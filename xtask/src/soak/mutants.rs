//! Mutants of the code that verifies (`.cargo/mutants.toml`), in shards, each a part of the run.

use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;

use super::Soak;
use crate::page;
use crate::tools::cargo_install::CARGO_MUTANTS;

/// A shard takes some minutes, so that little is lost when a run is stopped.
const SHARDS: usize = 24;
const OUTPUT: &str = "mutants";

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

/// Does the shards that are not done at these sources.
pub fn run(soak: &Soak<'_>) -> Result<bool> {
    let workspace = soak.workspace;
    let cargo_mutants = CARGO_MUTANTS.ensure(workspace)?;
    let mut passed = true;
    let mut left = soak.options.shards.unwrap_or(SHARDS);
    for shard in 0..SHARDS {
        let part = format!("{shard}/{SHARDS}");
        if left == 0 {
            break;
        }
        if soak.done(Some(&part), |_| true)? {
            workspace.console.note(&format!("shard {part}: done already at these sources"));
            continue;
        }
        left -= 1;
        passed &= soak.record(Some(&part), || {
            let output = workspace.target(OUTPUT);
            let mut command = workspace.program(&cargo_mutants);
            command.args([
                "mutants",
                "--no-shuffle",
                "--sharding",
                "round-robin",
                "--jobs",
                "1",
                "--shard",
                &part,
            ]);
            command.arg("--output").arg(&output).env_remove("CARGO_TARGET_DIR");
            // It fails when a mutant survives, too; its file tells the two apart.
            let failure = workspace.run(&mut command).err();
            let text = fs::read_to_string(output.join("mutants.out/outcomes.json")).ok();
            let outcomes: Outcomes = match (text, failure) {
                (Some(text), _) => serde_json::from_str(&text).context("outcomes.json is not as expected")?,
                (None, failure) => return Err(failure.unwrap_or_else(|| anyhow::anyhow!("no outcomes.json"))),
            };
            let page = fs::read_to_string(workspace.path(page::TESTING))?;
            let survivors = outcomes.survivors();
            let unexplained: Vec<&String> = survivors.iter().filter(|name| !page.contains(*name)).collect();
            let Outcomes { caught, timeout, unviable, .. } = outcomes;
            let result = json!({
                "caught": caught,
                "timeout": timeout,
                "unviable": unviable,
                "survivors": survivors,
                "unexplained": unexplained,
            });
            Ok((unexplained.is_empty() && outcomes.baseline_passed(), Some(result)))
        })?;
    }
    Ok(passed)
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
