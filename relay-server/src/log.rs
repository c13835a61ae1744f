//! Structured logs on stderr. Bodies, tokens, e-mails and addresses are never given to them.

use serde::Deserialize;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How a log line looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For people.
    Pretty,
}

/// Starts logging to stderr. `RUST_LOG` may name the level of the relay's own lines, `info` without it; libraries
/// say only what went wrong, since some would print headers and addresses. A second call changes nothing.
pub fn start(format: LogFormat) {
    let own =
        std::env::var("RUST_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    let targets = Targets::new().with_default(LevelFilter::WARN).with_target(env!("CARGO_CRATE_NAME"), own);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    // Fails only when a subscriber is set already, as in tests that start several servers.
    let _ = match format {
        LogFormat::Json => registry().with(lines.json().flatten_event(true).with_filter(targets)).try_init(),
        LogFormat::Pretty => registry().with(lines.with_filter(targets)).try_init(),
    };
}
