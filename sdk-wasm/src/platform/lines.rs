//! Lines of a text stream, as they come.

use keyferry_client::platform::{LineStream, TransportError};

use super::in_flight::{InFlight, said};
use super::transport::Incoming;

/// No line is longer than this, in bytes: a notice has a few hundred.
const MAX_LINE_BYTES: usize = 64 * 1024;

/// An event stream that is still coming; dropped, it is given up.
pub struct Lines {
    answer: Incoming,
    _in_flight: InFlight,
    pending: Vec<u8>,
}

impl Lines {
    pub(super) fn new(answer: Incoming, in_flight: InFlight) -> Self {
        Lines { answer, _in_flight: in_flight, pending: Vec::new() }
    }

    fn take_line(&mut self) -> Option<String> {
        let end = self.pending.iter().position(|byte| *byte == b'\n')?;
        let mut line: Vec<u8> = self.pending.drain(..=end).collect();
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Some(String::from_utf8_lossy(&line).into_owned())
    }
}

impl LineStream for Lines {
    async fn next_line(&mut self) -> Result<Option<String>, TransportError> {
        loop {
            if let Some(line) = self.take_line() {
                return Ok(Some(line));
            }
            let piece = self.answer.read(1).await.map_err(|thrown| TransportError(said(&thrown)))?;
            if piece.length() == 0 {
                return Ok(None);
            }
            self.pending.extend(piece.bytes().to_vec());
            if self.pending.len() > MAX_LINE_BYTES {
                return Err(TransportError("its event stream has a line without end".into()));
            }
        }
    }
}
