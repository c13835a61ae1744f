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

/// Adds the standard library's source through rustup unless it is there: the package's own is built for size.
pub fn ensure_library_source(workspace: &Workspace) -> Result<()> {
    let sysroot = workspace.capture(workspace.program("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/Cargo.lock").exists() {
        return Ok(());
    }
    workspace.run(workspace.program("rustup").args(["component", "add", "rust-src"]))
}
