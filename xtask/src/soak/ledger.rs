//! What was run, on which sources, and how it went: JSON lines in `docs/soak/`.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::time::Instant;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Soak;
use crate::workspace::Workspace;

/// One line of a results file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Record {
    /// When it began, in UTC.
    pub started: String,
    /// The commit it was run on, `+changes` if files had changed since.
    pub commit: String,
    /// Digest of the tree without documents: committing results does not make them stale.
    sources: String,
    /// Which part of the run, where it has parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Wall-clock time.
    pub seconds: f64,
    /// Whether it proved what it is about.
    pub passed: bool,
    /// What it found.
    pub result: Option<Value>,
}

/// What the runs are run on.
pub struct Sources {
    commit: String,
    digest: String,
    /// Files changed since the commit: then no earlier result speaks for them.
    changed: bool,
}

impl Sources {
    /// Reads them from git.
    pub fn read(workspace: &Workspace) -> Result<Self> {
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

/// Inputs that fuzzing found are results, too.
fn is_source(path: &str) -> bool {
    !path.starts_with("docs/") && !path.starts_with("fuzz/corpus/") && !path.ends_with(".md")
}

impl Soak<'_> {
    /// Whether this part (none for a run without parts) passed at these sources, with a result that is `enough`.
    pub fn done(&self, part: Option<&str>, enough: impl Fn(&Record) -> bool) -> Result<bool> {
        let records = self.records()?;
        Ok(!self.options.again && done(&records, self.sources, part, enough))
    }

    /// Every record of this run, oldest first.
    pub fn records(&self) -> Result<Vec<Record>> {
        let path = self.workspace.path("docs/soak").join(format!("{}.jsonl", self.name));
        let text = if path.exists() { fs::read_to_string(&path)? } else { String::new() };
        text.lines()
            .map(|line| {
                serde_json::from_str(line).with_context(|| format!("{} has a bad line", path.display()))
            })
            .collect()
    }

    /// Does a part and appends its record, whether it passed or not.
    pub fn record(
        &self,
        part: Option<&str>,
        work: impl FnOnce() -> Result<(bool, Option<Value>)>,
    ) -> Result<bool> {
        let started =
            self.workspace.capture(self.workspace.program("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]))?;
        let clock = Instant::now();
        let (passed, result) = work()?;
        let Sources { commit, digest, changed } = self.sources;
        self.append(&Record {
            started: started.trim().to_owned(),
            commit: format!("{commit}{}", if *changed { "+changes" } else { "" }),
            sources: if *changed { String::new() } else { digest.clone() },
            part: part.map(str::to_owned),
            seconds: (clock.elapsed().as_secs_f64() * 10.0).round() / 10.0,
            passed,
            result,
        })?;
        Ok(passed)
    }

    fn append(&self, record: &Record) -> Result<()> {
        let folder = self.workspace.path("docs/soak");
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{}.jsonl", self.name));
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        writeln!(file, "{}", serde_json::to_string(record)?)?;
        self.workspace.console.note(&format!("recorded in docs/soak/{}.jsonl; commit it", self.name));
        Ok(())
    }
}

fn done(records: &[Record], sources: &Sources, part: Option<&str>, enough: impl Fn(&Record) -> bool) -> bool {
    let mut ours = records.iter().filter(|record| record.part.as_deref() == part);
    !sources.changed && ours.any(|record| record.passed && record.sources == sources.digest && enough(record))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(sources: &str, passed: bool, part: Option<&str>) -> Record {
        Record {
            started: String::new(),
            commit: String::new(),
            sources: sources.into(),
            part: part.map(str::to_owned),
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
        let done = |record, sources: &Sources| done(&[record], sources, None, |_| true);
        assert!(done(record("d", true, None), &sources(false)));
        assert!(!done(record("d", false, None), &sources(false)));
        assert!(!done(record("e", true, None), &sources(false)));
        assert!(!done(record("d", true, None), &sources(true)));
    }

    #[test]
    fn a_part_is_done_when_it_and_enough_of_it_was() {
        let records = [record("d", true, Some("cbor"))];
        assert!(done(&records, &sources(false), Some("cbor"), |_| true));
        assert!(!done(&records, &sources(false), Some("wrap"), |_| true));
        assert!(!done(&records, &sources(false), None, |_| true));
        assert!(!done(&records, &sources(false), Some("cbor"), |record| record.seconds > 1.0));
    }

    #[test]
    fn committing_a_result_does_not_make_it_stale() {
        assert!(!is_source("docs/soak/memory.jsonl") && !is_source("README.md"));
        assert!(!is_source("fuzz/corpus/cbor/seed-00"));
        assert!(is_source("crypto/src/lib.rs") && is_source("pkg/src/docs/x.ts"));
    }
}
