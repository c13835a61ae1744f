//! A run that is a program of its own, over the product as it ships.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Soak;
use crate::bench;

/// Runs it, shows its output, and keeps the last JSON object it printed.
pub fn run(soak: &Soak<'_>, program: &[&str]) -> Result<bool> {
    let workspace = soak.workspace;
    if soak.done(None, |_| true)? {
        workspace.console.note("done already at these sources; `--again` repeats it");
        return Ok(true);
    }
    let (program, arguments) = program.split_first().context("a run needs a program")?;
    if let Some(script) =
        arguments.iter().find(|word| word.ends_with(".mjs") && !workspace.path(word).exists())
    {
        bail!("{script} is missing; is this a complete checkout?");
    }
    let environment = bench::prepare(workspace)?;
    soak.record(None, || {
        let mut child = workspace
            .program(program)
            .args(arguments)
            .envs(environment)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start `{program}`"))?;
        let output = child.stdout.take().context("the run has no output")?;
        let mut result = None;
        for line in BufReader::new(output).lines() {
            let line = line?;
            workspace.console.say(&line);
            result = json_object(&line).or(result);
        }
        Ok((child.wait()?.success(), result))
    })
}

fn json_object(line: &str) -> Option<Value> {
    serde_json::from_str(line).ok().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_is_an_object_not_a_number() {
        assert!(json_object("{\"peak\":1}").is_some());
        assert!(json_object("42").is_none() && json_object("hello").is_none());
    }
}
