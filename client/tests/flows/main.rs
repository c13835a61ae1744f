//! The flows against a real relay. `KEYFERRY_RELAY` names its binary; else the one built beside the tests is run.

mod attacks;
mod people;
mod relay;
mod resuming;
mod story;
mod wire;
