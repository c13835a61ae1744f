//! Licences of the npm packages we ship, held to the same list as the crates: `licenses.allow` in deny.toml.
//!
//! Packages for development only (bundlers, browsers' drivers, the libraries we measure ourselves against)
//! are not distributed and not judged.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

#[derive(Deserialize)]
struct DenyConfig {
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct PackageLock {
    packages: BTreeMap<String, NpmPackage>,
}

#[derive(Deserialize)]
struct NpmPackage {
    license: Option<String>,
    #[serde(default)]
    dev: bool,
    #[serde(default)]
    link: bool,
}

/// Refuses a package-lock.json with a shipped package under a licence that deny.toml does not allow.
pub fn require_allowed(package_lock: &str, deny_config: &str) -> Result<()> {
    let config: DenyConfig = toml::from_str(deny_config).context("deny.toml is not readable")?;
    let lock: PackageLock =
        serde_json::from_str(package_lock).context("package-lock.json is not readable")?;
    let refused: Vec<String> = lock
        .packages
        .iter()
        .filter(|(path, package)| path.starts_with("node_modules/") && !package.dev && !package.link)
        .filter_map(|(path, package)| {
            let licence = package.license.as_deref().unwrap_or("no licence");
            (!allows(&config.licenses.allow, licence)).then(|| format!("{path} ({licence})"))
        })
        .collect();
    if !refused.is_empty() {
        bail!("deny.toml allows no such licence for what we ship: {}", refused.join(", "));
    }
    Ok(())
}

/// Whether one alternative of an SPDX expression is allowed; every part of an `AND` must be.
fn allows(allowed: &[String], expression: &str) -> bool {
    let bare = expression.trim_matches(['(', ')']);
    bare.split(" OR ").any(|choice| {
        choice
            .split(" AND ")
            .all(|part| allowed.iter().any(|licence| licence == part.trim_matches(['(', ')', ' '])))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENY: &str = "[licenses]\nallow = [\"MIT\", \"Apache-2.0\"]\n";

    fn judge(package: &str) -> Result<()> {
        require_allowed(&format!("{{\"packages\":{{\"\":{{}},\"node_modules/a\":{package}}}}}"), DENY)
    }

    #[test]
    fn a_shipped_package_needs_an_allowed_licence() {
        judge("{\"license\":\"MIT\"}").unwrap();
        judge("{\"license\":\"(GPL-3.0 OR Apache-2.0)\"}").unwrap();
        assert!(judge("{\"license\":\"MIT AND GPL-3.0\"}").is_err());
        assert!(judge("{\"license\":\"LGPL-3.0+\"}").unwrap_err().to_string().contains("node_modules/a"));
        assert!(judge("{}").is_err());
    }

    #[test]
    fn what_only_developers_use_is_not_judged() {
        judge("{\"license\":\"LGPL-3.0+\",\"dev\":true}").unwrap();
        judge("{\"resolved\":\"pkg\",\"link\":true}").unwrap();
    }
}
