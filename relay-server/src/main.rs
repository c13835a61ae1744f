//! The relay's command line.

mod accounts;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use relay_server::{Config, Options, Server, log};

/// Keyferry's relay: carries public keys, wrapped keys, grants and ciphertext, and can open none of them.
#[derive(Parser)]
#[command(name = "relay-server", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the API, and the web app if asked to.
    Serve(Box<Options>),
    /// Acts on accounts, on the stores of a relay that may be running.
    #[command(subcommand)]
    Accounts(accounts::Command),
}

#[actix_web::main]
async fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Serve(options) => serve(*options).await,
        Command::Accounts(command) => accounts::run(command).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relay-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::load(options)?;
    log::start(config.log_format);
    let server = Server::bind(config).await?;
    println!("listening on {}", server.url());
    server.run_until_signalled().await?;
    Ok(())
}
