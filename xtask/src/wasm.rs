//! `cargo xtask wasm`: from `sdk-wasm` to the npm package in `pkg/dist`.

mod bindings;
mod names;
mod size;

use std::env;

use anyhow::{Result, bail};

use crate::stamp::Stamp;
use crate::tools::{npm, wasm_target};
use crate::workspace::Workspace;

/// Compiles, binds, shrinks and packs; then weighs the package. Says what it skips.
pub fn build(workspace: &Workspace) -> Result<()> {
    let console = workspace.console;
    console.step("wasm: the browser package");
    bindings::require_matching_versions(workspace)?;
    npm::ensure(workspace)?;
    wasm_target::ensure(workspace)?;
    compile(workspace)?;
    if !bindings::make(workspace)? {
        console.note("bindings are up to date");
    }
    if !pack(workspace)? {
        console.note("pkg/dist is up to date");
    }
    size::require_small(workspace)
}

/// Compiles the module once more, with the runner of the shared vectors in it, and binds it into
/// `tests/dist/vectors`. In debug: so it lies beside the module that ships, and neither replaces the other.
pub fn build_for_vectors(workspace: &Workspace) -> Result<()> {
    bindings::require_matching_versions(workspace)?;
    wasm_target::ensure(workspace)?;
    let words = ["build", "--locked", "-p", "keyferry-sdk-wasm", "--features", "vectors", "--target"];
    workspace.run(workspace.cargo(words).arg(wasm_target::TARGET))?;
    bindings::make_for_vectors(workspace)
}

/// Only as a `cdylib`: beside an `rlib`, cargo does without link-time optimization.
fn compile(workspace: &Workspace) -> Result<()> {
    let words = ["rustc", "--locked", "-p", "keyferry-sdk-wasm", "--lib", "--crate-type", "cdylib"];
    workspace.run(
        workspace
            .cargo(words)
            .args(["--profile", "wasm", "--target"])
            .arg(wasm_target::TARGET)
            .env("CARGO_ENCODED_RUSTFLAGS", rust_flags(workspace)),
    )
}

/// Panic messages carry source paths. Neutral ones make the same bytes on every machine and tell the
/// browser nothing about the one that built them.
fn rust_flags(workspace: &Workspace) -> String {
    let mut flags = vec![format!("--remap-path-prefix={}=keyferry", workspace.path("").display())];
    // SHA-256 hashes content: by SIMD it is smaller and faster. SHA-512 hashes statements: small is enough.
    flags.extend(["-Ctarget-feature=+simd128".into(), "--cfg=sha2_backend_soft=\"compact\"".into()]);
    let home = env::var("HOME").unwrap_or_default();
    for (variable, folder, name) in [("CARGO_HOME", ".cargo", "cargo"), ("RUSTUP_HOME", ".rustup", "rust")] {
        let path = env::var(variable).unwrap_or_else(|_| format!("{home}/{folder}"));
        flags.push(format!("--remap-path-prefix={path}={name}"));
    }
    flags.join("\u{1f}")
}

/// Runs the package's own build over its sources and the fresh bindings.
fn pack(workspace: &Workspace) -> Result<bool> {
    if !workspace.path("pkg/package.json").exists() {
        bail!("pkg/package.json is missing; is this a complete checkout?");
    }
    Stamp::of(workspace, "pkg")
        .input(&workspace.path("pkg"))?
        .input(&workspace.path("pkg/dist/wasm"))?
        .input(&workspace.path("package-lock.json"))?
        .unless_fresh(&[workspace.path("pkg/dist")], || {
            workspace.run(workspace.program("npm").args(["run", "build", "-w", "pkg"]))
        })
}
