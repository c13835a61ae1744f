//! Secret operations of Keyferry, for clients only: the relay cannot link this crate.
//!
//! Everything here is generic over an [`Engine`]: WebCrypto in browsers and Node, the `Software` engine natively.

mod engine;
mod secret;
#[cfg(feature = "software")]
mod software;

pub use engine::{
    CHUNK_BYTES, DecryptionKeyKind, Engine, EngineError, NewKeyPair, OpenChunksError, PrivateKeySeal,
    SEALED_CHUNK_BYTES, SealedPrivateKey, SegmentEnd, TAG_BYTES,
};
pub use secret::Secret;
#[cfg(feature = "software")]
pub use software::{Software, SoftwareContentKey, SoftwareDecryptionKey, SoftwareSigningKey};
