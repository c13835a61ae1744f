//! Runs steps in order, goes on after a failure, and keeps the outcomes.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::report::{Outcome, Report, Verdict};
use crate::steps::Step;
use crate::workspace::Workspace;

/// Runs the chosen steps (all, when none is named). One whose prerequisite failed is not run, and counts
/// as failed: nothing was proved.
pub fn run(workspace: &Workspace, steps: &[Step], only: &[String]) -> Result<Report> {
    let chosen = choose(steps, only)?;
    let mut report = Report::default();
    for step in chosen {
        workspace.console.step(&format!("{}: {}", step.name, step.about));
        let started = Instant::now();
        let verdict = match step.after.iter().find(|name| report.failed(name)) {
            Some(needed) => Verdict::NotRun(format!("`{needed}` failed")),
            None => match (step.run)(workspace) {
                Ok(()) => Verdict::Passed,
                Err(error) => Verdict::Failed(format!("{error:#}")),
            },
        };
        if let Some(reason) = verdict.reason() {
            eprintln!("!!  {}: {reason}", step.name);
        }
        report.outcomes.push(Outcome { step: step.name, verdict, took: started.elapsed() });
    }
    Ok(report)
}

/// Tells the outcome, to people or as JSON, and turns it into an exit code.
pub fn conclude(workspace: &Workspace, report: &Report, json: bool) -> Result<ExitCode> {
    workspace.console.say(&report.summary());
    if json {
        println!("{}", serde_json::to_string(&report.to_json())?);
    }
    Ok(if report.all_passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn choose<'a>(steps: &'a [Step], only: &[String]) -> Result<Vec<&'a Step>> {
    if let Some(unknown) = only.iter().find(|name| !steps.iter().any(|step| step.name == **name)) {
        let known: Vec<_> = steps.iter().map(|step| step.name).collect();
        bail!("there is no step `{unknown}`; there are: {}", known.join(", "));
    }
    Ok(steps.iter().filter(|step| only.is_empty() || only.iter().any(|name| step.name == *name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::Console;

    const STEPS: [Step; 4] = [
        Step { name: "good", about: "", after: &[], run: |_| Ok(()) },
        Step { name: "bad", about: "", after: &[], run: |_| bail!("broken") },
        Step { name: "behind", about: "", after: &["bad"], run: |_| Ok(()) },
        Step { name: "apart", about: "", after: &["good"], run: |_| Ok(()) },
    ];

    fn report(only: &[&str]) -> Report {
        let workspace = Workspace::locate(Console::Error).unwrap();
        let only: Vec<_> = only.iter().map(ToString::to_string).collect();
        run(&workspace, &STEPS, &only).unwrap()
    }

    #[test]
    fn a_failure_stops_only_what_depends_on_it() {
        let report = report(&[]);
        let verdicts: Vec<_> =
            report.outcomes.iter().map(|outcome| outcome.verdict == Verdict::Passed).collect();
        assert_eq!(verdicts, [true, false, false, true]);
        assert!(matches!(report.outcomes[2].verdict, Verdict::NotRun(_)));
        assert!(!report.all_passed());
    }

    #[test]
    fn a_step_runs_alone_without_its_prerequisites() {
        assert!(report(&["behind"]).all_passed());
    }

    #[test]
    fn an_unknown_step_is_refused_by_name() {
        let error = choose(&STEPS, &["nonsense".to_owned()]).err().unwrap().to_string();
        assert!(error.contains("`nonsense`") && error.contains("good, bad"), "{error}");
    }
}
