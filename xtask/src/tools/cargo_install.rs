//! Tools that cargo builds: the one on PATH, or one of our own below `.keyferry/tools/`.

use std::path::PathBuf;

use anyhow::Result;

use crate::workspace::Workspace;

/// Licences, bans, sources and advisories.
pub const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };
/// Fuzzing, by libFuzzer.
pub const CARGO_FUZZ: Tool = Tool { name: "cargo-fuzz", version: "0.13.2" };
/// Mutants of our code, to see whether tests notice.
pub const CARGO_MUTANTS: Tool = Tool { name: "cargo-mutants", version: "27.1.0" };

/// A program from the crates registry.
pub struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    /// Finds it, or builds it.
    pub fn ensure(&self, workspace: &Workspace) -> Result<PathBuf> {
        let Self { name, version } = self;
        if let Ok(found) = which::which(name) {
            return Ok(found);
        }
        let home = workspace.state("tools").join(name);
        let binary = home.join("bin").join(name);
        if !binary.exists() {
            workspace.console.note(&format!("{name} is not installed; building one in .keyferry/tools"));
            // Unoptimized: it compiles several times faster and is not what takes the time later.
            workspace.run(
                workspace
                    .cargo([
                        "install",
                        name,
                        "--version",
                        version,
                        "--locked",
                        "--debug",
                        "--quiet",
                        "--root",
                    ])
                    .arg(&home)
                    .env("CARGO_TARGET_DIR", workspace.target("tools")),
            )?;
        }
        Ok(binary)
    }
}
