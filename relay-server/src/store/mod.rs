//! Stores as traits whose operations are atomic, and their adapters.
//!
//! [`registry`]: everything that must commit together, one transaction per [`change::Commit`]. [`private_keys`]:
//! locked key bundles, immutable documents that the registry points to. [`content`]: ciphertext, immutable objects whose parts
//! [`uploads`] lists.

pub mod change;
pub mod content;
pub mod error;
pub mod private_keys;
pub mod record;
pub mod registry;
pub mod sqlite;
pub mod uploads;

pub use change::{Change, Commit, Event};
pub use content::ContentStore;
pub use error::{CommitError, Conflict, StoreError};
pub use private_keys::{BundleDocument, DocumentId, PrivateKeyStore};
pub use registry::Registry;
pub use uploads::UploadLedger;
