//! Bytes that arrive in any pieces, taken out in whole chunks.

use crate::engine::Engine;

/// How many chunks go to the engine at once, or more: 64, which is 1 MiB.
pub const SEGMENT_CHUNKS: usize = 64;

/// What has arrived and was not taken yet.
pub(super) struct Pending<E: Engine> {
    pieces: Vec<E::Buffer>,
    bytes: usize,
}

impl<E: Engine> Pending<E> {
    pub fn new() -> Self {
        Self { pieces: Vec::new(), bytes: 0 }
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn push(&mut self, engine: &E, piece: E::Buffer) {
        let bytes = engine.buffer_len(&piece);
        if bytes > 0 {
            self.bytes += bytes;
            self.pieces.push(piece);
        }
    }

    /// Takes the first `bytes`, of which there are enough; without a copy when they lie in one piece.
    pub fn take(&mut self, engine: &E, bytes: usize) -> E::Buffer {
        debug_assert!(bytes <= self.bytes);
        let mut taken = Vec::new();
        let mut wanted = bytes;
        let mut whole = 0;
        for piece in &mut self.pieces {
            let length = engine.buffer_len(piece);
            if wanted < length {
                if wanted > 0 {
                    taken.push(engine.buffer_slice(piece, 0..wanted));
                    *piece = engine.buffer_slice(piece, wanted..length);
                }
                break;
            }
            taken.push(piece.clone());
            wanted -= length;
            whole += 1;
        }
        self.pieces.drain(..whole);
        self.bytes -= bytes;
        if taken.len() == 1 { taken.remove(0) } else { engine.buffer_concat(&taken) }
    }

    /// Takes everything.
    pub fn take_all(&mut self, engine: &E) -> E::Buffer {
        self.take(engine, self.bytes)
    }
}

/// How many bytes of `pending` to take as the next segment of chunks of `chunk` bytes: every whole chunk, so that the
/// engine can use every core, and none before [`SEGMENT_CHUNKS`] are there.
pub(super) fn next_segment(pending: usize, chunk: usize) -> Option<usize> {
    let chunks = pending / chunk;
    (chunks >= SEGMENT_CHUNKS).then_some(chunks * chunk)
}
