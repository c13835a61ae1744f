//! The module's JavaScript and TypeScript face, and `wasm-opt` over the module.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::names::Names;
use crate::lockfile;
use crate::stamp::Stamp;
use crate::tools::wasm_target::TARGET;
use crate::workspace::Workspace;

/// File names start with this: `keyferry.js`, `keyferry_bg.wasm`.
const NAME: &str = "keyferry";

/// What rustc 1.95 uses for this target by default, and SIMD; wasm-opt assumes none of it.
const FEATURES: [&str; 8] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// Refuses to go on when Cargo.lock and xtask disagree on wasm-bindgen.
pub fn require_matching_versions(workspace: &Workspace) -> Result<()> {
    let lock = fs::read_to_string(workspace.path("Cargo.lock")).context("Cargo.lock is missing")?;
    lockfile::require_wasm_bindgen(&lock, &wasm_bindgen_shared::version())
}

/// Writes `pkg/dist/wasm` from the compiled module, unless that module is the one it came from.
pub fn make(workspace: &Workspace) -> Result<bool> {
    let module = workspace.target(TARGET).join("wasm/keyferry_sdk_wasm.wasm");
    let destination = workspace.path("pkg/dist/wasm");
    let products = ["keyferry.js", "keyferry.d.ts"].map(|name| destination.join(name));
    Stamp::of(workspace, "bindings")
        .word(&wasm_bindgen_shared::version())
        .word(&FEATURES.join(" "))
        .word(&SHRINK.join(" "))
        .input(&workspace.path("xtask/src/wasm"))?
        .input(&workspace.path("node_modules/binaryen/package.json"))?
        .input(&module)?
        .unless_fresh(&products, || {
            let raw = workspace.target("wasm-bindgen");
            replace_folder(&raw)?;
            // The package says where its module lies: `pkg/src/load.ts`.
            bind(workspace, Bindgen::new().input_path(&module).omit_default_module_path(true), &raw)?;
            shrink(workspace, &raw)?;
            // What was packed around the bindings before goes with them, so that it is packed again.
            replace_folder(&workspace.path("pkg/dist"))?;
            replace_folder(&destination)?;
            copy_folder(&raw, &destination)
        })
}

/// Writes a folder of `tests/dist` from the module that runs the shared vectors, as a profile made it; it is never shipped, so
/// not shrunk.
pub fn make_for_tests(workspace: &Workspace, profile: &str, folder: &str) -> Result<()> {
    let module = workspace.target(TARGET).join(profile).join("keyferry_sdk_wasm.wasm");
    let destination = workspace.path("tests/dist").join(folder);
    replace_folder(&destination)?;
    bind(workspace, Bindgen::new().input_path(&module), &destination)
}

fn bind(workspace: &Workspace, bindgen: &mut Bindgen, destination: &Path) -> Result<()> {
    workspace.console.note(&format!("wasm-bindgen {}", wasm_bindgen_shared::version()));
    bindgen.out_name(NAME).typescript(true).remove_producers_section(true);
    bindgen.web(true)?;
    bindgen.generate(destination).context("wasm-bindgen cannot read the module")
}

/// What makes the download small, in this order. Control flow is rebuilt before everything else, which leaves more to
/// optimize; functions of like names are alike, and compress better side by side.
const SHRINK: [&str; 11] = [
    // Nothing lies in the first kibibyte but the very end of the stack, which grows towards it; so no address is one that wrapped
    // around, and what is added to an address may stand in the load.
    "--low-memory-unused",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    // The alignment of a load is a hint that engines for today's processors ignore, and a byte that varies.
    "--dealign",
    "--reorder-functions-by-name",
    "--minify-imports-and-exports-and-modules",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// Optimizes the module in place, and renames in the glue what it imports and exports.
fn shrink(workspace: &Workspace, folder: &Path) -> Result<()> {
    let (wasm, glue) = (folder.join(format!("{NAME}_bg.wasm")), folder.join(format!("{NAME}.js")));
    let optimized = wasm.with_extension("opt");
    let names = workspace.capture(
        workspace
            .program("node")
            .arg(workspace.path("node_modules/binaryen/bin/wasm-opt"))
            .args(FEATURES)
            .args(SHRINK)
            .arg("-o")
            .arg(&optimized)
            .arg(&wasm),
    )?;
    fs::rename(&optimized, &wasm).context("wasm-opt wrote nothing")?;
    // It declares the long names, which no one calls.
    fs::remove_file(wasm.with_extension("wasm.d.ts"))?;
    let long = fs::read_to_string(&glue)?;
    fs::write(&glue, Names::parse(&names)?.shorten(&long)).context("cannot write the glue")
}

fn replace_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot replace {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for entry in walkdir::WalkDir::new(from).min_depth(1) {
        let entry = entry?;
        let target: PathBuf = to.join(entry.path().strip_prefix(from)?);
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target)?;
        } else {
            fs::copy(entry.path(), &target).with_context(|| format!("cannot write {}", target.display()))?;
        }
    }
    Ok(())
}
