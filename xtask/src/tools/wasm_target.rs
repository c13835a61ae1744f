//! The compiler's `wasm32-unknown-unknown` target.

use std::path::Path;

use anyhow::Result;

use crate::workspace::Workspace;

/// The target's name, for rustup and cargo.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Adds the target through rustup unless the compiler already has it.
pub fn ensure(workspace: &Workspace) -> Result<()> {
    let asked = workspace.program("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
    let there = asked.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir());
    if there {
        return Ok(());
    }
    workspace.run(workspace.program("rustup").args(["target", "add", TARGET]))
}
