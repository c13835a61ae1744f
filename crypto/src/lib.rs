//! Secret operations of Keyferry, for clients only: the relay cannot link this crate.
//!
//! Everything here is generic over an [`Engine`]: WebCrypto in browsers and Node, [`Software`] natively.
//!
//! Map: [`passphrase`] turns a passphrase into a login and a lock key, [`recovery`] a code on paper, [`passkey`] what an authenticator
//! gives; [`bundle`] generates, seals and opens private
//! keys; [`lock`] locks a bundle; [`wrap`] wraps keys to public keys, [`sealed_box`] seals short texts to them;
//! [`content`] seals files, [`manifest`] what is said about them; [`sign`] signs statements.

pub mod bundle;
pub mod content;
mod derive;
pub mod engine;
mod hpke;
pub mod key;
pub mod lock;
pub mod manifest;
pub mod passkey;
pub mod passphrase;
mod record;
pub mod recovery;
mod rsa_public_key;
pub mod sealed_box;
mod secret;
pub mod sign;
#[cfg(feature = "software")]
mod software;
#[cfg(feature = "vectors")]
pub mod vectors;
pub mod wrap;

pub use engine::{Engine, EngineError};
pub use key::{DecryptionKey, SigningKey};
pub use secret::{BundleKey, Dek, LockKey, LoginKey, Secret};
#[cfg(feature = "software")]
pub use software::{Software, SoftwareContentKey, SoftwareDecryptionKey, SoftwareSigningKey};
