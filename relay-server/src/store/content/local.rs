//! What a crash leaves in a content folder.

use std::path::Path;

/// Removes files that were being written when the process died. `LocalFileSystem` stages them as `name#number`.
pub(super) fn remove_staged(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_staged(&entry.path())?;
        } else if entry.file_name().to_string_lossy().contains('#') {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
