//! The flows against a real relay. `KEYFERRY_RELAY` names its binary; else the one built beside the tests is run.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails in a test must end it where it stands")]

mod attacks;
#[path = "../../../tests/support/authenticator.rs"]
mod authenticator;
mod ending;
mod passkey;
mod passphrase;
mod people;
mod recovery;
mod rekey;
mod relay;
mod resumed_rekey;
mod resuming;
mod rotation;
mod story;
mod succession;
mod wire;
