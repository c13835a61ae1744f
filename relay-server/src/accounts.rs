//! `relay-server accounts …`: asks, has it done, says what was done.

use std::collections::BTreeMap;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::time::{Duration, SystemTime};

use keyferry_protocol::wire::access::AuditPage;
use relay_server::{Config, Operator, Options, log};

type Done<T> = Result<T, Box<dyn std::error::Error>>;

const SUSPENDS: &str = "This logs the account out, ends its grants and deletes its locks. Only a recovery code that its person \
     tested opens it again.";
const CLOSES: &str = "This logs the account out, ends its grants and deletes its locks and its recovery code. Nothing opens it again.";
const ERASES: &str = "This cannot be undone: nothing opens the account again.";

/// What can be done to an account.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Suspends an account whose keys may be in somebody else's hands: its sessions, grants and locks end.
    ///
    /// Only a recovery code that was tested opens it again. Says when it was, and what was fetched before.
    Compromise {
        /// The code too may be somebody else's: none opens the account again.
        #[arg(long)]
        drop_recovery_code: bool,
        #[command(flatten)]
        arguments: Box<Arguments>,
    },
    /// Erases an account: its e-mail, its locked keys, what it logs in with, its requests and grants.
    ///
    /// Its id, its identity key and what it signed stay, since others verify by them. Unfinished uploads go at once.
    Erase(Box<Arguments>),
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
    let (arguments, warning, is) = match &command {
        Command::Compromise { arguments, drop_recovery_code } => {
            let warning = if *drop_recovery_code { CLOSES } else { SUSPENDS };
            (arguments, warning, "suspended: sessions, grants and locks have ended")
        }
        Command::Erase(arguments) => (arguments, ERASES, "erased"),
    };
    let email = arguments.confirmed(warning)?;
    let config = Config::load(arguments.options.clone())?;
    log::start(config.log_format);
    let operator = Operator::open(config).await?;
    let told = match &command {
        Command::Compromise { drop_recovery_code, .. } => {
            let done = operator.compromise(&email, *drop_recovery_code).await?;
            // Beside the answer, which may be JSON for a program.
            eprintln!("{}", way_back(done.recovery_tested_at_ms));
            done.told
        }
        Command::Erase(_) => operator.erase(&email).await?,
    };
    if arguments.json {
        println!("{}", serde_json::to_string(&told)?);
    } else {
        println!("{email} is {is}.");
        tell(&told);
    }
    Ok(())
}

fn way_back(tested_at_ms: Option<u64>) -> String {
    match tested_at_ms {
        Some(tested) => format!(
            "The recovery code that was tested at {} opens it again. If it is not the person's own, add --drop-recovery-code.",
            time(tested)
        ),
        None => "No recovery code opens it again.".to_owned(),
    }
}

/// The organizations concerned, and the files that were served before.
fn tell(page: &AuditPage) {
    let (served, written): (Vec<_>, Vec<_>) = page.events.iter().partition(|event| event.file.is_some());
    for organization in written.iter().filter_map(|event| event.organization) {
        println!("It stands in the trail of organization {organization}.");
    }
    let mut files: BTreeMap<_, (u64, u64)> = BTreeMap::new();
    for event in served {
        let times = files.entry((event.organization, event.file)).or_insert((event.at_ms, event.at_ms));
        *times = (times.0.min(event.at_ms), times.1.max(event.at_ms));
    }
    println!("Fetched before: {} files.", files.len());
    for ((organization, file), (first, last)) in files {
        let [organization, file] = [organization.map(|id| id.to_string()), file.map(|id| id.to_string())];
        let [organization, file] = [organization, file].map(Option::unwrap_or_default);
        println!("  {file} of organization {organization}, first {}, last {}", time(first), time(last));
    }
    if page.next_before.is_some() {
        println!("There are more: these were served last. The organizations' trails have all of them.");
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
