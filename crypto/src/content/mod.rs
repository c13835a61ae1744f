//! Content: C2SP chunked encryption, the instantiation Cobblestone-256 (HKDF-Expand-SHA-512, AES-256-GCM), frozen at
//! C2SP commit 5ba5ee8.
//!
//! A ciphertext is `salt (24) || commitment (32) || chunks`: chunks of 16 KiB of plaintext, the last always shorter,
//! each with a 16-byte tag. [`ContentSealer`] and [`ContentOpener`] stream; [`ContentReader`] opens ranges.

mod geometry;
mod header;
mod opener;
mod reader;
mod sealer;
mod segment;

pub use geometry::{ciphertext_bytes, plaintext_bytes};
pub use header::{ContentHeader, HEADER_BYTES};
pub use opener::{ContentOpener, OpenContentError};
pub use reader::{ContentReader, UnprovenReader};
pub use sealer::{ContentSealer, SealContentError};
pub use segment::SEGMENT_CHUNKS;
