//! `cargo xtask demo`: the whole product on this machine, from nothing to a URL.

use std::env;
use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::relay::{self, Build, Event, Relay};
use crate::stamp::Stamp;
use crate::tools::npm;
use crate::wasm;
use crate::workspace::Workspace;

const PATIENCE: Duration = Duration::from_secs(30);

/// How to run the demo.
#[derive(Args, Debug)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Keep accounts and files in this folder [default: .keyferry/demo]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Throw away the accounts and files of earlier demos first (asks)
    #[arg(long)]
    fresh: bool,
    /// Do not ask before throwing away
    #[arg(long, requires = "fresh")]
    yes: bool,
    /// Open the page in the default browser
    #[arg(long)]
    open: bool,
    /// Build the relay as an operator would (slower to build, faster to run)
    #[arg(long)]
    release: bool,
}

/// Builds everything, serves it, and stays until Ctrl-C, SIGTERM or SIGHUP; then the relay is asked to finish.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let data = options.data_dir.clone().unwrap_or_else(|| workspace.state("demo"));
    if options.fresh {
        wipe(&data, options.yes)?;
    }
    wasm::build(workspace)?;
    workspace.console.step("demo: the web app");
    let web_root = build_web_app(workspace)?;
    workspace.console.step("demo: the relay");
    let binary = relay_to_run(workspace, options.release)?;
    fs::create_dir_all(&data).with_context(|| format!("cannot create {}", data.display()))?;

    let (sender, events) = mpsc::channel();
    let interrupts = sender.clone();
    ctrlc::set_handler(move || {
        // The receiver is gone only when the demo is over anyway.
        let _ = interrupts.send(Event::Interrupted);
    })?;
    let listen = format!("127.0.0.1:{}", options.port);
    let mut command = workspace.program(binary);
    if env::var_os("RUST_LOG").is_none() {
        // Who tries it out wants to read the guide, not a line per request.
        command.env("RUST_LOG", "warn");
    }
    let mut relay = Relay::start(command, &data, &web_root, &listen, sender)?;
    loop {
        match events.recv()? {
            Event::Listening(address) => {
                relay.wait_until_ready(&address, PATIENCE)?;
                guide(workspace, &address, &data);
                if options.open {
                    open(workspace, &address);
                }
            }
            Event::Ended => bail!(
                "the relay ended by itself; is port {} taken? (`--port 0` takes a free one)",
                options.port
            ),
            Event::Interrupted => {
                workspace.console.step("demo: stopping the relay");
                relay.stop()?;
                workspace.console.say(&format!("Stopped. Accounts and files stay in {}.", data.display()));
                return Ok(());
            }
        }
    }
}

/// The relay that a test names, else one built here.
fn relay_to_run(workspace: &Workspace, release: bool) -> Result<PathBuf> {
    if let Some(named) = env::var_os(relay::VARIABLE).filter(|named| !named.is_empty()) {
        workspace.console.note(&format!("{} names {}", relay::VARIABLE, Path::new(&named).display()));
        return Ok(named.into());
    }
    relay::build(workspace, if release { Build::Release } else { Build::Demo })
}

/// Builds the web app over the package and returns the folder to serve.
pub fn build_web_app(workspace: &Workspace) -> Result<PathBuf> {
    npm::ensure(workspace)?;
    let web_root = workspace.path("web-demo/dist");
    let built = Stamp::of(workspace, "web-demo")
        .input(&workspace.path("web-demo"))?
        .input(&workspace.path("pkg/dist"))?
        .input(&workspace.path("package-lock.json"))?
        .unless_fresh(&[web_root.join("index.html")], || {
            workspace.run(workspace.program("npm").args(["run", "build", "-w", "web-demo"]))
        })?;
    if !built {
        workspace.console.note("web-demo/dist is up to date");
    }
    Ok(web_root)
}

fn guide(workspace: &Workspace, address: &str, data: &Path) {
    let console = workspace.console;
    console.say("");
    console
        .say(&format!("Keyferry runs at {address}   (Ctrl-C stops it; its data is in {})", data.display()));
    console.say("  1. Register, create an organization, upload a file.");
    console.say(
        "  2. In a private window register a consultant, get admitted, and request the file with a reason.",
    );
    console.say("  3. Compare the words, approve, let the consultant open and save it; then revoke, and it opens no more.");
    console.say("");
}

fn open(workspace: &Workspace, address: &str) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    if workspace.capture(workspace.program(opener).arg(address)).is_err() {
        workspace.console.note(&format!("no browser could be opened; go to {address} yourself"));
    }
}

fn wipe(data: &Path, sure: bool) -> Result<()> {
    if !data.exists() {
        return Ok(());
    }
    if !sure && !confirmed(data)? {
        bail!("nothing was thrown away");
    }
    fs::remove_dir_all(data).with_context(|| format!("cannot remove {}", data.display()))
}

fn confirmed(data: &Path) -> Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("`--fresh` asks before it throws data away; add `--yes` where nobody can answer");
    }
    print!("Throw away every demo account and file in {}? [y/N] ", data.display());
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demo_data_is_wiped_only_on_purpose() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("demo");
        wipe(&data, true).unwrap();
        fs::create_dir(&data).unwrap();
        wipe(&data, true).unwrap();
        assert!(!data.exists());
    }
}
