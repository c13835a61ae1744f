//! Private keys in use: an engine's handle together with the public half it belongs to.

use keyferry_protocol::{EncryptionKey, IdentityKey, OwnerId};

use crate::engine::Engine;

/// A person's identity or an organization's root, ready to sign.
pub struct SigningKey<E: Engine> {
    /// Whose key.
    pub owner: OwnerId,
    /// Its public half.
    pub public: IdentityKey,
    /// The engine's handle, which cannot be exported.
    pub handle: E::SigningKey,
}

/// An encryption key, ready to unwrap.
pub struct DecryptionKey<E: Engine> {
    /// Its public half.
    pub public: EncryptionKey,
    /// The engine's handle, which cannot be exported.
    pub handle: E::DecryptionKey,
}

// Derived Clone would ask E: Clone.
impl<E: Engine> Clone for SigningKey<E> {
    fn clone(&self) -> Self {
        Self { owner: self.owner, public: self.public, handle: self.handle.clone() }
    }
}

impl<E: Engine> Clone for DecryptionKey<E> {
    fn clone(&self) -> Self {
        Self { public: self.public.clone(), handle: self.handle.clone() }
    }
}
