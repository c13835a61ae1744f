//! `cargo run -p keyferry-fuzz-targets -- FOLDER`: writes every seed into `FOLDER/<target>/`.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use keyferry_fuzz_targets::seeds;

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1) else {
        eprintln!("usage: keyferry-fuzz-targets FOLDER");
        return ExitCode::FAILURE;
    };
    match write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> io::Result<()> {
    for seed in seeds() {
        let target = folder.join(seed.target);
        fs::create_dir_all(&target)?;
        fs::write(target.join(seed.name), seed.bytes)?;
    }
    Ok(())
}
