//! The checkout: its paths, and programs run inside it.

use std::env;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::console::Console;

/// The checkout xtask works on, and where it reports to.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
    /// Where words for people go.
    pub console: Console,
}

impl Workspace {
    /// Finds the checkout this xtask was built from.
    pub fn locate(console: Console) -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask has no parent folder; is this a complete checkout?")?
            .to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Ok(Self { root, target, console })
    }

    /// A path inside the checkout.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// A path below cargo's target folder.
    pub fn target(&self, relative: &str) -> PathBuf {
        self.target.join(relative)
    }

    /// A path below `.keyferry/`, where fetched tools, stamps and demo data live (ignored by git).
    pub fn state(&self, relative: &str) -> PathBuf {
        self.root.join(".keyferry").join(relative)
    }

    /// A program to run at the root of the checkout.
    ///
    /// `cargo run` describes xtask to xtask in its environment. A nested cargo must not inherit that: build
    /// scripts watch those variables, and everything above them would be built again.
    pub fn program(&self, name: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(name);
        command.current_dir(&self.root);
        for (key, _) in env::vars_os() {
            let key = key.to_string_lossy();
            if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
                .iter()
                .any(|prefix| key.starts_with(prefix))
            {
                command.env_remove(key.as_ref());
            }
        }
        command
    }

    /// Cargo, with the given words.
    pub fn cargo<const N: usize>(&self, words: [&str; N]) -> Command {
        let mut command = self.program("cargo");
        command.args(words);
        command
    }

    /// Shows and runs a program; its output is visible. Fails unless it exits with 0.
    pub fn run(&self, command: &mut Command) -> Result<()> {
        let shown = shown(command);
        self.console.note(&format!("$ {shown}"));
        let status =
            command.stdout(self.console.child_output()).status().map_err(|error| missing(command, error))?;
        if !status.success() {
            bail!("`{shown}` failed: {status}");
        }
        Ok(())
    }

    /// Runs a program quietly and returns its standard output. Fails, with what it wrote to standard
    /// error, unless it exits with 0.
    pub fn capture(&self, command: &mut Command) -> Result<String> {
        let output = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .output()
            .map_err(|error| missing(command, error))?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            bail!("`{}` failed: {}\n{}", shown(command), output.status, complaint.trim());
        }
        String::from_utf8(output.stdout).context("the program's output is not UTF-8")
    }
}

/// A command as one would type it (the arguments xtask uses need no quoting).
fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Turns "no such file" into what to install.
fn missing(command: &Command, error: std::io::Error) -> anyhow::Error {
    let name = command.get_program().to_string_lossy().into_owned();
    if error.kind() == ErrorKind::NotFound {
        anyhow::anyhow!("`{name}` is not installed. {}", advice(&name))
    } else {
        anyhow::Error::new(error).context(format!("cannot start `{name}`"))
    }
}

fn advice(program: &str) -> &'static str {
    match program {
        "cargo" | "rustc" | "rustup" => "Install Rust with rustup: https://rustup.rs",
        "node" | "npm" => "Install Node.js 20 or newer: https://nodejs.org",
        "python3" => "Install Python 3.11 or newer (Debian, Ubuntu: apt-get install python3 python3-pip)",
        "git" => "Install git (Debian, Ubuntu: apt-get install git)",
        _ => "Install it, or check the path.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_says_what_to_install() {
        let workspace = Workspace::locate(Console::Error).unwrap();
        let error = workspace.capture(&mut workspace.program("no-such-program-here")).unwrap_err();
        assert!(error.to_string().contains("is not installed"), "{error}");
        assert!(advice("npm").contains("Node.js 20"));
    }

    #[test]
    fn a_nested_cargo_does_not_see_who_runs_it() {
        let workspace = Workspace::locate(Console::Error).unwrap();
        let command = workspace.program("env");
        let removed: Vec<_> = command.get_envs().filter(|(_, value)| value.is_none()).collect();
        assert!(removed.iter().any(|(key, _)| *key == "CARGO_PKG_NAME"));
    }

    #[test]
    fn a_failing_program_shows_its_complaint() {
        let workspace = Workspace::locate(Console::Error).unwrap();
        let error =
            workspace.capture(workspace.program("sh").args(["-c", "echo canary >&2; exit 3"])).unwrap_err();
        assert!(error.to_string().contains("canary"), "{error}");
    }
}
