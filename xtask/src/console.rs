//! What xtask says. People read it on standard output; with `--json` it moves to standard error, so that
//! standard output holds the JSON and nothing else.

use std::process::Stdio;

/// Where words for people go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Console {
    /// Standard output, together with the output of the programs that run.
    Output,
    /// Standard error; standard output is kept for a machine.
    Error,
}

impl Console {
    /// Announces the next step.
    pub fn step(self, text: &str) {
        self.say(&format!("==> {text}"));
    }

    /// Says something that belongs to the running step.
    pub fn note(self, text: &str) {
        self.say(&format!("    {text}"));
    }

    /// Says something nobody should miss; always on standard error.
    pub fn warn(self, text: &str) {
        let bar = "!".repeat(72);
        eprintln!("{bar}\n!!  {text}\n{bar}");
    }

    /// Writes one line as it is.
    pub fn say(self, line: &str) {
        match self {
            Self::Output => println!("{line}"),
            Self::Error => eprintln!("{line}"),
        }
    }

    /// Where a child's standard output goes.
    pub fn child_output(self) -> Stdio {
        match self {
            Self::Output => Stdio::inherit(),
            Self::Error => Stdio::from(std::io::stderr()),
        }
    }
}
