//! `cargo xtask wasm`: from `sdk-wasm` to the npm package in `pkg/dist`.

mod bindings;
mod names;
mod size;

use std::{env, fs};

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
    wasm_target::ensure_library_source(workspace)?;
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
    bindings::make_for_tests(workspace, "debug", "vectors")
}

/// The same into `tests/dist/engine`, optimized as what ships, for benchmarks of the engine.
pub fn build_for_benchmarks(workspace: &Workspace) -> Result<()> {
    bindings::require_matching_versions(workspace)?;
    wasm_target::ensure(workspace)?;
    let words =
        ["build", "--locked", "-p", "keyferry-sdk-wasm", "--features", "vectors", "--profile", "wasm-bench"];
    workspace.run(
        workspace
            .cargo(words)
            .args(["--target", wasm_target::TARGET])
            .env("CARGO_ENCODED_RUSTFLAGS", CODE_FLAGS.join("\u{1f}")),
    )?;
    bindings::make_for_tests(workspace, "wasm-bench", "engine")
}

/// What code is made for. SHA-256 hashes content: by SIMD it is smaller and faster. SHA-512 hashes statements: small is enough.
const CODE_FLAGS: [&str; 3] = [
    "-Ctarget-feature=+simd128",
    "--cfg=sha2_backend_soft=\"compact\"",
    "--cfg=aes_backend_soft=\"compact\"",
];

/// The standard library, built for size and with panics that trap at once: in a browser nobody reads what they would say, but
/// everybody downloads it. Cargo calls these flags unstable, so [`compile`] asks for them by name.
const SMALL_STANDARD_LIBRARY: [&str; 5] = [
    "-Zbuild-std=std,panic_abort",
    "-Zbuild-std-features=optimize_for_size",
    "-Zpanic-immediate-abort",
    "--config",
    "profile.wasm.panic=\"immediate-abort\"",
];

/// Only as a `cdylib`: beside an `rlib`, cargo does without link-time optimization.
fn compile(workspace: &Workspace) -> Result<()> {
    let words = ["rustc", "--locked", "-p", "keyferry-sdk-wasm", "--lib", "--crate-type", "cdylib"];
    workspace.run(
        workspace
            .cargo(words)
            .args(["--profile", "wasm", "--target"])
            .arg(wasm_target::TARGET)
            .args(SMALL_STANDARD_LIBRARY)
            // A stable compiler takes unstable flags only so. They may change with a release: then this step says so.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_ENCODED_RUSTFLAGS", rust_flags(workspace)?),
    )
}

fn rust_flags(workspace: &Workspace) -> Result<String> {
    let mut flags: Vec<_> =
        source_paths(workspace)?.iter().map(|path| format!("--remap-path-prefix={path}=")).collect();
    flags.extend(CODE_FLAGS.map(String::from));
    // Where panics would say they happened, and what `{:?}` would say: nothing reads either.
    flags.extend(["-Zlocation-detail=none", "-Zfmt-debug=none"].map(String::from));
    Ok(flags.join("\u{1f}"))
}

/// Where sources lie: ours, the registry's, and the standard library's. Without these beginnings there are the same bytes on
/// every machine, and they tell the browser nothing about the one that built them.
fn source_paths(workspace: &Workspace) -> Result<Vec<String>> {
    let home = env::var("HOME").unwrap_or_default();
    let cargo_home = env::var("CARGO_HOME").unwrap_or_else(|_| format!("{home}/.cargo"));
    let mut paths = vec![format!("{}", workspace.path("").display())];
    if let Ok(registries) = fs::read_dir(format!("{cargo_home}/registry/src")) {
        paths.extend(registries.flatten().map(|registry| format!("{}/", registry.path().display())));
    }
    let sysroot = workspace.capture(workspace.program("rustc").args(["--print", "sysroot"]))?;
    paths.push(format!("{}/lib/rustlib/src/rust/", sysroot.trim()));
    Ok(paths)
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
        .unless_fresh(&[workspace.path("pkg/dist/index.js")], || {
            workspace.run(workspace.program("npm").args(["run", "build", "-w", "pkg"]))
        })
}
