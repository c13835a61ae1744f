//! Short names between module and glue: wasm-bindgen's carry hashes, which no compression shrinks.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

/// What wasm-opt prints of the names it shortened.
#[derive(Deserialize)]
pub struct Names {
    /// Module, name, short name. Every module is called [`MODULE`] then.
    imports: Vec<(String, String, String)>,
    /// Name, short name.
    exports: Vec<(String, String)>,
}

/// What wasm-opt calls the one module that is imported from.
const MODULE: &str = "a";

impl Names {
    pub fn parse(printed: &str) -> Result<Self> {
        serde_json::from_str(printed).context("wasm-opt printed no names")
    }

    /// The glue with the short names: imports stand there as keys, exports behind `wasm.`.
    pub fn shorten(&self, glue: &str) -> String {
        let imports: BTreeMap<_, _> =
            self.imports.iter().map(|(_, name, short)| (&**name, &**short)).collect();
        let exports: BTreeMap<_, _> = self.exports.iter().map(|(name, short)| (&**name, &**short)).collect();
        let mut shortened = String::with_capacity(glue.len());
        let mut rest = glue;
        while let Some(start) = rest.find(in_word) {
            let (before, word) = rest.split_at(start);
            let (word, after) = word.split_at(word.find(|c| !in_word(c)).unwrap_or(word.len()));
            shortened.push_str(before);
            let names = if shortened.ends_with("wasm.") { &exports } else { &imports };
            shortened.push_str(names.get(word).copied().unwrap_or(word));
            rest = after;
        }
        shortened.push_str(rest);
        match self.imports.first() {
            Some((module, ..)) => shortened.replace(&format!("\"{module}\":"), &format!("{MODULE}:")),
            None => shortened,
        }
    }
}

fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_and_exports_are_told_apart() {
        let names = Names::parse(
            r#"{"imports": [["./x_bg.js", "__wbg_now_12ab", "$"]], "exports": [["memory", "b"], ["now", "c"]]}"#,
        )
        .unwrap();
        let glue = r#"{ __wbg_now_12ab: () => wasm.now(wasm.memory, memory.now), "./x_bg.js": all }"#;
        assert_eq!(names.shorten(glue), "{ $: () => wasm.c(wasm.b, memory.now), a: all }");
    }

    #[test]
    fn anything_else_that_is_printed_is_refused() {
        assert!(Names::parse("").is_err());
    }
}
