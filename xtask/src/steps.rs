//! The named steps of `cargo xtask test`, in their order. Each prepares what it needs by itself, so each
//! can also run alone: `cargo xtask test --only NAME`.

use std::ffi::OsString;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::demo;
use crate::licences;
use crate::relay::{self, Build};
use crate::tools::mongod::{self, Mongod};
use crate::tools::{cargo_deny, chromium, python, wasm_target};
use crate::wasm;
use crate::workspace::Workspace;

/// One step of the suite.
pub struct Step {
    /// What `--only` calls it.
    pub name: &'static str,
    /// What it proves, in a line.
    pub about: &'static str,
    /// Steps without whose success this one cannot say anything.
    pub after: &'static [&'static str],
    /// Does it.
    pub run: fn(&Workspace) -> Result<()>,
}

/// Every step. Cheap verdicts come first.
pub const ALL: [Step; 10] = [
    Step { name: "fmt", about: "the Rust code is formatted", after: &[], run: format },
    Step {
        name: "clippy",
        about: "no lint fires, natively and for wasm, tests included",
        after: &[],
        run: lint,
    },
    Step { name: "deny", about: "licences, bans, sources, advisories", after: &[], run: check_dependencies },
    Step { name: "wasm", about: "the package builds and is small enough", after: &[], run: wasm::build },
    Step { name: "types", about: "the TypeScript type-checks", after: &["wasm"], run: check_types },
    Step { name: "mongodb", about: "a real MongoDB is here to test against", after: &[], run: find_mongodb },
    Step { name: "rust", about: "every Rust test, MongoDB included", after: &[], run: test_rust },
    Step {
        name: "interop",
        about: "a second implementation, in Python, agrees",
        after: &[],
        run: test_second_implementation,
    },
    Step { name: "pkg", about: "the package works in Node", after: &["wasm"], run: test_package },
    Step {
        name: "browser",
        about: "the whole story in real Chromium; the demo; tus uploads; files to and from Python",
        after: &["wasm"],
        run: test_in_browser,
    },
];

/// The steps of `cargo xtask check`.
pub const QUICK: [&str; 5] = ["fmt", "clippy", "deny", "wasm", "types"];

fn format(workspace: &Workspace) -> Result<()> {
    // `-l` names the files; `cargo fmt --all` mends them.
    workspace.run(&mut workspace.cargo(["fmt", "--all", "--check", "--", "-l"]))
}

fn lint(workspace: &Workspace) -> Result<()> {
    workspace.run(&mut workspace.cargo([
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    wasm_target::ensure(workspace)?;
    // As it ships, and as test builds have it.
    for features in ["", "vectors"] {
        workspace.run(
            workspace.cargo(["clippy", "--locked", "-p", "keyferry-sdk-wasm", "--target"]).args([
                wasm_target::TARGET,
                "--features",
                features,
                "--",
                "-D",
                "warnings",
            ]),
        )?;
    }
    Ok(())
}

fn check_dependencies(workspace: &Workspace) -> Result<()> {
    let read =
        |name: &str| fs::read_to_string(workspace.path(name)).with_context(|| format!("{name} is missing"));
    licences::require_allowed(&read("package-lock.json")?, &read("deny.toml")?)?;
    cargo_deny::check(workspace)
}

fn check_types(workspace: &Workspace) -> Result<()> {
    // The types of the package are made from the code.
    wasm::build(workspace)?;
    workspace.run(workspace.program("npm").args(["run", "typecheck", "--workspaces", "--if-present"]))
}

fn find_mongodb(workspace: &Workspace) -> Result<()> {
    let mongod = mongod::ensure(workspace)?;
    workspace.console.note(&format!("MongoDB: {}", mongod::describe(workspace, &mongod)?));
    Ok(())
}

fn test_rust(workspace: &Workspace) -> Result<()> {
    let environment = servers(workspace)?;
    let with_servers = |mut command: Command| workspace.run(command.envs(environment.clone()));
    if which::which("cargo-nextest").is_err() {
        return with_servers(workspace.cargo(["test", "--locked", "--workspace"]));
    }
    with_servers(workspace.cargo(["nextest", "run", "--locked", "--workspace", "--no-fail-fast"]))?;
    // nextest does not run the examples in documentation.
    with_servers(workspace.cargo(["test", "--locked", "--workspace", "--doc"]))
}

fn test_second_implementation(workspace: &Workspace) -> Result<()> {
    let packages = python::ensure(workspace)?;
    let relay = relay::build(workspace, Build::Tests)?;
    workspace.run(
        python::with_packages(workspace, &packages)
            .args(["-m", "pytest", "--quiet"])
            .arg(workspace.path("tests/interop"))
            .env(relay::VARIABLE, relay),
    )
}

fn test_package(workspace: &Workspace) -> Result<()> {
    wasm::build(workspace)?;
    let environment = servers(workspace)?;
    workspace.run(workspace.program("npm").args(["test", "-w", "pkg", "-w", "web-demo"]).envs(environment))
}

fn test_in_browser(workspace: &Workspace) -> Result<()> {
    wasm::build(workspace)?;
    wasm::build_for_vectors(workspace)?;
    demo::build_web_app(workspace)?;
    let mut environment = servers(workspace)?;
    environment.push((chromium::VARIABLE, chromium::ensure(workspace)?.into()));
    environment.push(("KEYFERRY_CONFORMANCE", build_conformance(workspace)?));
    environment.push((python::VARIABLE, python::ensure(workspace)?.into()));
    workspace.run(workspace.program("npm").args(["test", "-w", "tests"]).envs(environment))
}

/// The program that runs the field's vectors over the native engine.
fn build_conformance(workspace: &Workspace) -> Result<OsString> {
    let words = ["build", "--locked", "-p", "keyferry-conformance", "--features", "native"];
    workspace.run(&mut workspace.cargo(words))?;
    Ok(workspace.target("debug").join("conformance").into_os_string())
}

/// What a test process is told about the programs it starts: the relay of this checkout and a MongoDB.
///
/// Without a MongoDB the variable is empty and the tests that need one say so; the `mongodb` step has
/// failed by then, and with it the run.
fn servers(workspace: &Workspace) -> Result<Vec<(&'static str, OsString)>> {
    let relay = relay::build(workspace, Build::Tests)?;
    let mongod = match mongod::ensure(workspace) {
        Ok(Mongod::Program(path)) => path.into_os_string(),
        Ok(Mongod::Running(_)) => OsString::new(),
        Err(error) => {
            workspace.console.warn(&format!("{error:#}"));
            OsString::new()
        }
    };
    Ok(vec![(relay::VARIABLE, relay.into_os_string()), ("KEYFERRY_MONGOD", mongod)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_comes_after_what_it_needs() {
        for (index, step) in ALL.iter().enumerate() {
            for needed in step.after {
                assert!(
                    ALL[..index].iter().any(|earlier| earlier.name == *needed),
                    "{} needs {needed}",
                    step.name
                );
            }
        }
    }

    #[test]
    fn the_quick_steps_exist_with_what_they_need() {
        for name in QUICK {
            let step = ALL.iter().find(|step| step.name == name).unwrap();
            assert!(step.after.iter().all(|needed| QUICK.contains(needed)), "{name}");
        }
    }
}
