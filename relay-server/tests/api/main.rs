//! The relay's API, by real HTTP against a real relay. Statements are signed here with ed25519-dalek directly, and
//! everything sealed is random bytes: the relay cannot tell, and must not be able to.

mod accounts;
mod bad_input;
mod company;
mod downloads;
mod memberships;
mod operations;
mod person;
mod relay;
mod requests;
mod restart;
mod uploads;
mod web;
