//! Where chunks lie, in plaintext and in ciphertext.

use core::ops::Range;

use super::header::HEADER_BYTES;
use crate::engine::{CHUNK_BYTES, SEALED_CHUNK_BYTES, TAG_BYTES};

/// Chunks a message may have: 2^38, which is 4 PiB (C2SP chunked encryption, "message chunking").
pub(super) const MAX_CHUNKS: u64 = 1 << 38;

const CHUNK: u64 = CHUNK_BYTES as u64;
const SEALED_CHUNK: u64 = SEALED_CHUNK_BYTES as u64;
const HEADER: u64 = HEADER_BYTES as u64;
const TAG: u64 = TAG_BYTES as u64;

/// Ciphertext length in bytes for a plaintext of `plaintext` bytes; `None` above 4 PiB.
#[must_use]
pub fn ciphertext_bytes(plaintext: u64) -> Option<u64> {
    let chunks = plaintext / CHUNK + 1;
    (chunks <= MAX_CHUNKS).then(|| HEADER + plaintext + chunks * TAG)
}

/// Plaintext length in bytes of a ciphertext of `ciphertext` bytes; `None` if no plaintext gives that length, so
/// something was cut off or added.
#[must_use]
pub fn plaintext_bytes(ciphertext: u64) -> Option<u64> {
    let chunks = ciphertext.checked_sub(HEADER)?;
    let last = (chunks % SEALED_CHUNK).checked_sub(TAG)?;
    let whole = chunks / SEALED_CHUNK;
    (whole < MAX_CHUNKS).then(|| whole * CHUNK + last)
}

/// The chunks that hold a plaintext range; an empty range has none.
pub(super) fn chunks_of(plaintext: &Range<u64>) -> Range<u64> {
    if plaintext.is_empty() { 0..0 } else { plaintext.start / CHUNK..(plaintext.end - 1) / CHUNK + 1 }
}

/// The ciphertext bytes of consecutive chunks, of a ciphertext of `ciphertext` bytes.
pub(super) fn sealed_range(chunks: &Range<u64>, ciphertext: u64) -> Range<u64> {
    HEADER + chunks.start * SEALED_CHUNK..(HEADER + chunks.end * SEALED_CHUNK).min(ciphertext)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_specification_hold() {
        assert_eq!(ciphertext_bytes(0), Some(56 + 16));
        assert_eq!(ciphertext_bytes(1024), Some(56 + 1024 + 16));
        assert_eq!(ciphertext_bytes(16 * 1024), Some(56 + 16 * 1024 + 32));
        assert_eq!(ciphertext_bytes(20 * 1024), Some(56 + 20 * 1024 + 32));
    }

    #[test]
    fn lengths_that_no_plaintext_gives_are_refused() {
        for length in (0..72).chain(56 + SEALED_CHUNK..56 + SEALED_CHUNK + 16) {
            assert_eq!(plaintext_bytes(length), None, "{length}");
        }
        assert_eq!(plaintext_bytes(72), Some(0));
        assert_eq!(plaintext_bytes(56 + SEALED_CHUNK + 16), Some(CHUNK));
    }

    #[test]
    fn lengths_end_at_four_pebibytes() {
        let most = MAX_CHUNKS * CHUNK - 1;
        assert_eq!(plaintext_bytes(ciphertext_bytes(most).unwrap()), Some(most));
        assert_eq!(ciphertext_bytes(most + 1), None);
        assert_eq!(plaintext_bytes(HEADER + MAX_CHUNKS * SEALED_CHUNK + TAG), None);
    }

    #[test]
    fn every_length_has_one_ciphertext_length() {
        for plaintext in 0..3 * CHUNK {
            assert_eq!(plaintext_bytes(ciphertext_bytes(plaintext).unwrap()), Some(plaintext));
        }
    }
}
