//! Runs every suite over the Software engine of this machine and prints the reports as JSON.

use std::process::ExitCode;

use keyferry_crypto::Software;

fn main() -> ExitCode {
    let reports = pollster::block_on(keyferry_conformance::run_all(&Software));
    let text = reports.and_then(|reports| serde_json::to_string(&reports).map_err(|error| error.to_string()));
    match text {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
