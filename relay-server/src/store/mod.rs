//! Three stores as traits whose operations are atomic, and their adapters.
//!
//! [`registry`]: everything that must commit together, one transaction per [`change::Commit`]. [`private_keys`]:
//! locked key bundles, immutable documents that the registry points to. Content: ciphertext.

pub mod change;
pub mod error;
pub mod private_keys;
pub mod record;
pub mod registry;
pub mod sqlite;

pub use change::{Change, Commit, Event};
pub use error::{CommitError, Conflict, StoreError};
pub use private_keys::{BundleDocument, DocumentId, PrivateKeyStore};
pub use registry::Registry;
