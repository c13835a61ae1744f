//! Who may link the secret operations.

#![allow(clippy::unwrap_used, reason = "what fails here must end the test where it stands")]

use std::process::Command;

/// The lines of `cargo tree -i keyferry-crypto` over the normal dependencies of a package; none if it is not there.
fn users_of_crypto(package: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none"])
        .args(["--package", package, "--invert", "keyferry-crypto"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let absent = errors.contains("nothing to print") || errors.contains("did not match any packages");
    assert!(output.status.success() || absent, "cargo tree failed: {errors}");
    let lines: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(String::from).collect();
    assert_eq!(lines.is_empty(), absent, "{errors}");
    lines
}

#[test]
fn the_relay_cannot_link_the_secret_operations() {
    assert_eq!(users_of_crypto("keyferry-relay-server"), Vec::<String>::new());
}

#[test]
fn the_browser_does_and_so_this_test_can_tell() {
    let lines = users_of_crypto("keyferry-sdk-wasm");
    assert!(lines.iter().any(|line| line.starts_with("keyferry-sdk-wasm ")), "{lines:?}");
}
