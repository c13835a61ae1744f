//! The outcome of a run of steps, for people and as JSON.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It proved what it is about.
    Passed,
    /// It ran and failed, for this reason.
    Failed(String),
    /// It could not run, for this reason; counted as failed.
    NotRun(String),
}

impl Verdict {
    /// Why it did not pass.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Passed => None,
            Self::Failed(reason) | Self::NotRun(reason) => Some(reason),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::NotRun(_) => "not run",
        }
    }
}

/// One step's outcome.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The step's name.
    pub step: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// Wall-clock time.
    pub took: Duration,
}

/// The outcomes of a run, in order.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One per chosen step.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// Whether the step of this name ran, or should have, and did not pass.
    pub fn failed(&self, step: &str) -> bool {
        self.outcomes.iter().any(|outcome| outcome.step == step && outcome.verdict != Verdict::Passed)
    }

    /// Whether nothing failed.
    pub fn all_passed(&self) -> bool {
        self.passed_count() == self.outcomes.len()
    }

    /// A table of times, how to repeat each failure, and `N passed, N failed` alone on the last line.
    pub fn summary(&self) -> String {
        let mut text = String::from("\n");
        for Outcome { step, verdict, took } in &self.outcomes {
            let reason = verdict.reason().and_then(|reason| reason.lines().next()).unwrap_or_default();
            let line = format!("  {step:<10} {:<8} {:>8.1} s  {reason}", verdict.word(), took.as_secs_f64());
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}", line.trim_end());
        }
        let total: Duration = self.outcomes.iter().map(|outcome| outcome.took).sum();
        let _ = writeln!(text, "  {:<10} {:<8} {:>8.1} s", "total", "", total.as_secs_f64());
        for outcome in self.outcomes.iter().filter(|outcome| outcome.verdict != Verdict::Passed) {
            let _ = writeln!(text, "  again: cargo xtask test --only {}", outcome.step);
        }
        let passed = self.passed_count();
        let _ = write!(text, "{passed} passed, {} failed", self.outcomes.len() - passed);
        text
    }

    /// The same for a machine: one object, times in seconds.
    pub fn to_json(&self) -> Value {
        let steps: Vec<Value> = self
            .outcomes
            .iter()
            .map(|outcome| {
                json!({
                    "step": outcome.step,
                    "verdict": outcome.verdict.word(),
                    "seconds": outcome.took.as_secs_f64(),
                    "reason": outcome.verdict.reason(),
                })
            })
            .collect();
        let passed = self.passed_count();
        json!({ "passed": passed, "failed": self.outcomes.len() - passed, "steps": steps })
    }

    fn passed_count(&self) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Passed).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(step: &'static str, verdict: Verdict) -> Outcome {
        Outcome { step, verdict, took: Duration::from_millis(1500) }
    }

    #[test]
    fn the_last_line_is_the_count_alone() {
        let report =
            Report { outcomes: vec![outcome("fmt", Verdict::Passed), outcome("rust", Verdict::Passed)] };
        assert_eq!(report.summary().lines().last(), Some("2 passed, 0 failed"));
        assert!(report.all_passed());
    }

    #[test]
    fn a_failure_says_how_to_run_it_again() {
        let report = Report {
            outcomes: vec![
                outcome("wasm", Verdict::Failed("too big\nby far".into())),
                outcome("pkg", Verdict::NotRun("`wasm` failed".into())),
            ],
        };
        let summary = report.summary();
        assert!(summary.contains("again: cargo xtask test --only wasm"), "{summary}");
        assert!(summary.contains("too big") && !summary.contains("by far"), "{summary}");
        assert_eq!(summary.lines().last(), Some("0 passed, 2 failed"));
        assert!(report.failed("pkg") && !report.failed("rust"));
        assert_eq!(report.to_json()["steps"][1]["verdict"], "not run");
    }
}
