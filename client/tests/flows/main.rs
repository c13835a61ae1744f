//! The flows against a real relay. `KEYFERRY_RELAY` names its binary; else the one built beside the tests is run.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails in a test must end it where it stands")]

mod attacks;
mod ending;
mod passphrase;
mod people;
mod recovery;
mod rekey;
mod relay;
mod resumed_rekey;
mod resuming;
mod rotation;
mod story;
mod wire;
