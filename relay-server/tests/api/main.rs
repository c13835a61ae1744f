//! The relay's API, by real HTTP against a real relay. Statements are signed here with ed25519-dalek directly, and
//! everything sealed is random bytes: the relay cannot tell, and must not be able to.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panicking")]

mod accounts;
#[path = "../../../tests/support/authenticator.rs"]
mod authenticator;
mod bad_input;
mod company;
mod compromise;
mod downloads;
mod erasure;
mod full_disk;
mod http2;
mod interrupted_uploads;
mod late_bodies;
mod memberships;
#[path = "../support/mongod.rs"]
mod mongod;
mod mongodb_down;
mod operations;
mod passkeys;
mod person;
mod readiness;
mod rekey;
mod relay;
mod requests;
mod restart;
mod rotations;
mod rotations_and_endings;
mod secrets;
mod successions;
mod tls;
mod uploads;
mod web;
