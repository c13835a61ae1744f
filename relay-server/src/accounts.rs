//! `relay-server accounts …`: asks, has it done, says what was done.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::time::{Duration, SystemTime};

use keyferry_protocol::wire::account::{Compromised, Fetched};
use relay_server::{Config, Operator, Options};

type Done<T> = Result<T, Box<dyn std::error::Error>>;

/// What can be done to an account.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Suspends an account whose keys may be in somebody else's hands: its sessions, grants and locks end.
    ///
    /// Only a recovery code that its person has tested opens it again. Says what was fetched before.
    Compromise(Box<Arguments>),
}

/// Whose account, and how to talk about it.
#[derive(clap::Args)]
pub struct Arguments {
    /// The account's e-mail.
    email: String,
    /// Do it without asking.
    #[arg(long)]
    yes: bool,
    /// Say what was done as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    options: Options,
}

/// Does it, once it was confirmed.
pub async fn run(command: Command) -> Done<()> {
    match command {
        Command::Compromise(arguments) => compromise(*arguments).await,
    }
}

async fn compromise(arguments: Arguments) -> Done<()> {
    let email = arguments.confirmed(
        "This logs the account out, revokes its grants and deletes its locks. Only a tested recovery code opens it again.",
    )?;
    let json = arguments.json;
    let operator = Operator::open(Config::load(arguments.options)?).await?;
    let found = operator.compromise(&email).await?;
    if json {
        println!("{}", serde_json::to_string(&found)?);
        return Ok(());
    }
    println!("{email} is suspended: sessions, grants and locks have ended.");
    println!("It stands in the trails of {} organizations.", found.organizations.len());
    found.organizations.iter().for_each(|organization| println!("  organization {organization}"));
    tell_fetched(&found);
    Ok(())
}

fn tell_fetched(found: &Compromised) {
    println!("Fetched before: {} files.", found.fetched_files);
    for Fetched { organization, file, first_ms, last_ms } in &found.fetched {
        let (first, last) = (time(*first_ms), time(*last_ms));
        println!("  file {file} of organization {organization}, first {first}, last {last}");
    }
    if found.fetched_files > found.fetched.len() as u64 {
        println!("  … of which these are the latest.");
    }
}

impl Arguments {
    /// The normalized e-mail, after the person at the terminal typed it.
    fn confirmed(&self, warning: &str) -> Done<String> {
        let email = self.email.trim().to_lowercase();
        if self.yes {
            return Ok(email);
        }
        if !std::io::stdin().is_terminal() {
            return Err("say --yes: there is no terminal to ask".into());
        }
        eprint!("{warning}\nType {email} to go on: ");
        std::io::stderr().flush()?;
        let mut typed = String::new();
        std::io::stdin().lock().read_line(&mut typed)?;
        if typed.trim() == email { Ok(email) } else { Err("nothing was done".into()) }
    }
}

/// RFC 3339, in UTC.
fn time(ms: u64) -> impl std::fmt::Display {
    humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + Duration::from_millis(ms))
}
