//! Sections of documents that programs write, between `<!-- name: begin -->` and `<!-- name: end -->`.

use std::fs;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// What is tested, and what came of it.
pub const TESTING: &str = "docs/testing.md";

/// Puts `text` in place of a document's section.
pub fn put(workspace: &Workspace, page: &str, name: &str, text: &str) -> Result<()> {
    let path = workspace.path(page);
    let old = fs::read_to_string(&path).with_context(|| format!("{page} is missing"))?;
    let new = replaced(&old, name, text).with_context(|| format!("{page} has no section `{name}`"))?;
    Ok(fs::write(path, new)?)
}

fn replaced(page: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{}\n{end}{after}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn a_section_is_replaced_and_nothing_around_it() {
        let page = "a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n";
        assert_eq!(replaced(page, "x", "new\n").unwrap(), "a\n<!-- x: begin -->\nnew\n<!-- x: end -->\nb\n");
        assert!(replaced(page, "y", "new").is_none());
    }
}
