//! The weight of the package: what a browser downloads, compressed as a web server compresses it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use walkdir::WalkDir;

use crate::workspace::Workspace;

/// The most that JavaScript and wasm may weigh together, in bytes of brotli.
const LIMIT_BYTES: u64 = 180 * 1024;

/// What the module is shipped as: see `pkg/src/unpack.ts`.
const MODULE: &str = "packed";

/// Prints `{path: brotli bytes}` for the files it is given, at quality 11 with the size as a hint.
const WEIGH: &str = "
const { brotliCompressSync, constants: c } = require('node:zlib');
const { readFileSync } = require('node:fs');
const weigh = (bytes) => brotliCompressSync(bytes, { params: {
  [c.BROTLI_PARAM_QUALITY]: 11, [c.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length;
console.log(JSON.stringify(Object.fromEntries(process.argv.slice(1).map((f) => [f, weigh(readFileSync(f))]))));
";

/// Weighs every script and module in `pkg/dist`, tells the sizes, and fails above the limit.
pub fn require_small(workspace: &Workspace) -> Result<()> {
    let files = downloads(&workspace.path("pkg/dist"))?;
    let output = workspace.capture(workspace.program("node").args(["-e", WEIGH, "--"]).args(&files))?;
    let sizes: BTreeMap<PathBuf, u64> = serde_json::from_str(&output).context("node printed no sizes")?;
    let root = workspace.path("pkg/dist");
    for (path, bytes) in &sizes {
        workspace
            .console
            .note(&format!("{bytes:>8} bytes  {}", path.strip_prefix(&root).unwrap_or(path).display()));
    }
    let verdict = judge(sizes.values().copied(), LIMIT_BYTES)?;
    workspace.console.note(&verdict);
    Ok(())
}

/// The files a browser may be asked to download. Source maps and declarations stay behind.
fn downloads(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let path = entry?.into_path();
        if path.extension().is_some_and(|kind| kind == "js" || kind == "mjs" || kind == MODULE) {
            files.push(path);
        }
    }
    if !files.iter().any(|path| path.extension().is_some_and(|kind| kind == MODULE)) {
        bail!("{} holds no wasm to weigh", folder.display());
    }
    Ok(files)
}

/// The sum in words, or why it is too much.
fn judge(sizes: impl Iterator<Item = u64>, limit: u64) -> Result<String> {
    let total: u64 = sizes.sum();
    let words = format!(
        "package: {total} bytes brotli ({:.1} KiB) of {} KiB allowed",
        total as f64 / 1024.0,
        limit / 1024
    );
    if total > limit {
        bail!("{words}: too big by {} bytes", total - limit);
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn one_byte_over_the_limit_fails() {
        assert!(judge([100, 156].into_iter(), 256).is_ok());
        let error = judge([100, 157].into_iter(), 256).unwrap_err().to_string();
        assert!(error.ends_with("too big by 1 bytes"), "{error}");
    }

    #[test]
    fn only_downloads_are_weighed() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.js", "a.js.map", "a.d.ts", "b.packed", "c.module", "README.md", "c.mjs"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let names: Vec<_> = downloads(folder.path())
            .unwrap()
            .iter()
            .map(|path| path.file_name().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["a.js", "b.packed", "c.mjs"]);
    }

    #[test]
    fn a_package_without_wasm_is_not_small_but_broken() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.js"), "x").unwrap();
        assert!(downloads(folder.path()).is_err());
    }
}
