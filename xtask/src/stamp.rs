//! Stamps: a step whose inputs did not change is not done again.
//!
//! A stamp is the SHA-256 over names and contents of a step's inputs, kept in `.keyferry/stamps/`. Contents
//! decide, not times: a checkout or a rebuild that changes nothing costs nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use walkdir::{DirEntry, WalkDir};

use crate::workspace::Workspace;

/// Folders that are products or belongings of others, never inputs.
const NOT_INPUTS: [&str; 6] = ["node_modules", "dist", "target", ".git", ".keyferry", "test-results"];

/// The inputs of one step, digested as they are added.
pub struct Stamp {
    file: PathBuf,
    digest: Sha256,
}

impl Stamp {
    /// Starts the stamp of the step `name`.
    pub fn of(workspace: &Workspace, name: &str) -> Self {
        Self { file: workspace.state("stamps").join(name), digest: Sha256::new() }
    }

    /// Adds a word the result depends on, such as a version.
    pub fn word(mut self, word: &str) -> Self {
        self.part(word.as_bytes());
        self
    }

    /// Adds a file, or every file below a folder, with its name. A missing path counts as empty.
    pub fn input(mut self, path: &Path) -> Result<Self> {
        let is_input = |entry: &DirEntry| {
            entry.depth() == 0 || !NOT_INPUTS.iter().any(|name| entry.file_name() == *name)
        };
        if !path.exists() {
            self.part(b"absent");
            return Ok(self);
        }
        for entry in WalkDir::new(path).sort_by_file_name().into_iter().filter_entry(is_input) {
            let entry = entry?;
            if entry.file_type().is_file() {
                let name = entry.path().strip_prefix(path).unwrap_or(entry.path());
                self.part(name.to_string_lossy().as_bytes());
                let contents = fs::read(entry.path())
                    .with_context(|| format!("cannot read {}", entry.path().display()))?;
                self.part(&contents);
            }
        }
        Ok(self)
    }

    /// Does `work` unless the inputs are those of the last success and every product is still there.
    /// Returns whether the work was done.
    pub fn unless_fresh(self, products: &[PathBuf], work: impl FnOnce() -> Result<()>) -> Result<bool> {
        let now = self.digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let last = fs::read_to_string(&self.file).unwrap_or_default();
        if last == now && products.iter().all(|product| product.exists()) {
            return Ok(false);
        }
        // A failure half-way leaves no stamp behind, so that the next run does not trust its products.
        if self.file.exists() {
            fs::remove_file(&self.file)?;
        }
        work()?;
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.file, now).with_context(|| format!("cannot write {}", self.file.display()))?;
        Ok(true)
    }

    /// Length first, so that no two lists of parts digest alike.
    fn part(&mut self, bytes: &[u8]) {
        self.digest.update((bytes.len() as u64).to_be_bytes());
        self.digest.update(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;
    use tempfile::TempDir;

    fn stamp(folder: &TempDir) -> Stamp {
        let stamp = Stamp { file: folder.path().join("stamps/step"), digest: Sha256::new() };
        stamp.input(&folder.path().join("inputs")).unwrap()
    }

    fn folder() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("inputs/dist")).unwrap();
        fs::write(folder.path().join("inputs/a"), "one").unwrap();
        folder
    }

    #[test]
    fn unchanged_inputs_are_not_worked_on_twice() {
        let folder = folder();
        assert!(stamp(&folder).unless_fresh(&[], || Ok(())).unwrap());
        assert!(!stamp(&folder).unless_fresh(&[], || bail!("worked twice")).unwrap());
    }

    #[test]
    fn a_changed_a_renamed_and_a_new_input_are_noticed() {
        let folder = folder();
        let inputs = folder.path().join("inputs");
        stamp(&folder).unless_fresh(&[], || Ok(())).unwrap();
        fs::write(inputs.join("a"), "two").unwrap();
        assert!(stamp(&folder).unless_fresh(&[], || Ok(())).unwrap());
        fs::rename(inputs.join("a"), inputs.join("b")).unwrap();
        assert!(stamp(&folder).unless_fresh(&[], || Ok(())).unwrap());
        fs::write(inputs.join("c"), "").unwrap();
        assert!(stamp(&folder).unless_fresh(&[], || Ok(())).unwrap());
    }

    #[test]
    fn products_are_not_inputs() {
        let folder = folder();
        stamp(&folder).unless_fresh(&[], || Ok(())).unwrap();
        fs::write(folder.path().join("inputs/dist/out.js"), "built").unwrap();
        assert!(!stamp(&folder).unless_fresh(&[], || Ok(())).unwrap());
    }

    #[test]
    fn a_missing_product_is_made_again() {
        let folder = folder();
        let product = folder.path().join("product");
        let make = || Ok(fs::write(&product, "made")?);
        stamp(&folder).unless_fresh(std::slice::from_ref(&product), make).unwrap();
        fs::remove_file(&product).unwrap();
        assert!(stamp(&folder).unless_fresh(std::slice::from_ref(&product), make).unwrap());
    }

    #[test]
    fn a_failure_leaves_no_stamp() {
        let folder = folder();
        stamp(&folder).unless_fresh(&[], || Ok(())).unwrap();
        fs::write(folder.path().join("inputs/a"), "two").unwrap();
        stamp(&folder).unless_fresh(&[], || bail!("half-way")).unwrap_err();
        fs::write(folder.path().join("inputs/a"), "one").unwrap();
        assert!(stamp(&folder).unless_fresh(&[], || Ok(())).unwrap());
    }
}
