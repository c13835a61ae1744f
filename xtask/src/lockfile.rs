//! Cargo.lock and package-lock.json: what they pin, and what they must not say.

use anyhow::{Context, Result, bail};
use serde::Deserialize;

#[derive(Deserialize)]
struct CargoLock {
    #[serde(default)]
    package: Vec<LockedPackage>,
}

#[derive(Deserialize)]
struct LockedPackage {
    name: String,
    version: String,
}

/// Refuses to make bindings when the `wasm-bindgen` of a Cargo.lock is not the one xtask was built with.
///
/// The two exchange a private format that changes with every release, so a mismatch would fail later and
/// say less.
pub fn require_wasm_bindgen(cargo_lock: &str, built_with: &str) -> Result<()> {
    let locked = locked_version(cargo_lock, "wasm-bindgen")?;
    if locked != built_with {
        bail!(
            "Cargo.lock has wasm-bindgen {locked}, xtask has {built_with}. Set both pins in xtask/Cargo.toml to \
             `={locked}`, or run `cargo update -p wasm-bindgen --precise {built_with}`."
        );
    }
    Ok(())
}

/// The version of a package that occurs exactly once in a Cargo.lock.
fn locked_version(cargo_lock: &str, name: &str) -> Result<String> {
    let lock: CargoLock = toml::from_str(cargo_lock).context("Cargo.lock is not readable")?;
    let mut versions = lock.package.into_iter().filter(|package| package.name == name);
    let first = versions.next().with_context(|| format!("Cargo.lock has no `{name}`"))?;
    if versions.next().is_some() {
        bail!("Cargo.lock has more than one `{name}`; the bindings need exactly one");
    }
    Ok(first.version)
}

/// Refuses a package-lock.json that names the host it was made with: such a file works for whoever can
/// reach that registry and for nobody else.
pub fn refuse_registry_hosts(package_lock: &str) -> Result<()> {
    for (index, line) in package_lock.lines().enumerate() {
        let line = line.trim_start();
        if line.starts_with("\"resolved\":") && line.contains("://") {
            bail!(
                "package-lock.json line {} names a registry. Delete the `resolved` lines, keep \
                 `omit-lockfile-registry-resolved=true` in .npmrc, and run `npm install` at the root.",
                index + 1
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n\n\
                        [[package]]\nname = \"wasm-bindgen-shared\"\nversion = \"0.2.999\"\n";

    #[test]
    fn the_locked_version_is_accepted() {
        require_wasm_bindgen(LOCK, "0.2.130").unwrap();
    }

    #[test]
    fn another_version_is_refused_with_both_ways_out() {
        let error = require_wasm_bindgen(LOCK, "0.2.131").unwrap_err().to_string();
        assert!(error.contains("`=0.2.130`") && error.contains("--precise 0.2.131"), "{error}");
    }

    #[test]
    fn an_absent_or_doubled_package_is_refused() {
        assert!(require_wasm_bindgen("version = 4\n", "0.2.130").is_err());
        let doubled = format!("{LOCK}\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.1.0\"\n");
        assert!(require_wasm_bindgen(&doubled, "0.2.130").is_err());
        assert!(require_wasm_bindgen("not a lockfile", "0.2.130").is_err());
    }

    #[test]
    fn a_lockfile_that_names_a_registry_is_refused() {
        refuse_registry_hosts("{\n  \"resolved\": \"pkg\",\n  \"link\": true\n}").unwrap();
        let named = "{\n  \"resolved\": \"https://registry.example/a.tgz\"\n}";
        assert!(refuse_registry_hosts(named).unwrap_err().to_string().contains("line 2"));
    }

    #[test]
    fn the_lockfiles_of_this_checkout_are_fit() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let npm = std::fs::read_to_string(root.join("package-lock.json")).unwrap();
        refuse_registry_hosts(&npm).unwrap();
        let cargo = std::fs::read_to_string(root.join("Cargo.lock")).unwrap();
        let built_with = wasm_bindgen_shared::version();
        require_wasm_bindgen(&cargo, &built_with).unwrap();
    }
}
