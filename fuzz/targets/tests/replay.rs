//! Every committed input, and every seed, through its target: what fuzzing found once stays found.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use keyferry_fuzz_targets::{TARGETS, seeds};

/// A checkout should not grow by what a machine can find again.
const MOST_BYTES: u64 = 300 * 1024;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("targets/ lies in fuzz/").to_path_buf()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn names(folder: &str) -> BTreeSet<String> {
    let stem = |path: &PathBuf| path.file_stem().expect("a name").to_string_lossy().into_owned();
    files(&fuzz().join(folder)).iter().map(stem).collect()
}

#[test]
fn every_committed_input_holds() {
    for target in TARGETS {
        let inputs = files(&fuzz().join("corpus").join(target.name));
        assert!(!inputs.is_empty(), "{} has none", target.name);
        for path in inputs {
            // Printed when the test fails, to say where.
            println!("{}", path.display());
            (target.run)(&fs::read(&path).expect("an input"));
        }
    }
}

#[test]
fn every_seed_holds() {
    for seed in seeds() {
        println!("{} {}", seed.target, seed.name);
        let target = TARGETS.iter().find(|target| target.name == seed.target).expect("a target");
        (target.run)(&seed.bytes);
    }
}

#[test]
fn every_target_has_its_program_and_its_folder_and_there_are_no_others() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names("fuzz_targets"), targets);
    assert_eq!(names("corpus"), targets);
}

#[test]
fn the_committed_inputs_are_small() {
    let bytes: u64 = TARGETS
        .iter()
        .flat_map(|target| files(&fuzz().join("corpus").join(target.name)))
        .map(|path| fs::metadata(path).expect("an input").len())
        .sum();
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");
}
