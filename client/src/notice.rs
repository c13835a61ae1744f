//! Live notices, read by a request that stays open.

use keyferry_protocol::Code;
use keyferry_protocol::route;
use keyferry_protocol::wire::notice::Notice;

use crate::abort::Abort;
use crate::error::ClientError;
use crate::platform::{LineStream as _, LinesAnswer, Platform, Transport as _};
use crate::relay::{decode, refusal};
use crate::session::Session;

/// The pause before the first reconnection, in milliseconds; it doubles.
const FIRST_PAUSE_MS: u64 = 500;
/// The longest pause, in milliseconds.
const LONGEST_PAUSE_MS: u64 = 30_000;

impl<P: Platform> Session<P> {
    /// Gives every live notice to `on_notice` until `abort` stops it, reconnecting by itself. A notice only says "look
    /// again"; `on_connected` is called after every connection, when everything may have changed.
    ///
    /// # Errors
    /// `session_invalid` and `session_expired`; a stop is no error.
    pub async fn notices(
        &self,
        on_connected: &dyn Fn(),
        on_notice: &dyn Fn(Notice),
        abort: &Abort,
    ) -> Result<(), ClientError> {
        match abort.race(self.listen(on_connected, on_notice)).await {
            Err(error) if error.code == Code::Aborted => Ok(()),
            result => result,
        }
    }

    async fn listen(&self, on_connected: &dyn Fn(), on_notice: &dyn Fn(Notice)) -> Result<(), ClientError> {
        let mut pause_ms = FIRST_PAUSE_MS;
        loop {
            match self.connect(on_connected, on_notice).await {
                Ok(()) => pause_ms = FIRST_PAUSE_MS,
                Err(error) if error.is_transient() => pause_ms = (pause_ms * 2).min(LONGEST_PAUSE_MS),
                Err(error) => return Err(error),
            }
            self.inner.platform.sleep_ms(pause_ms).await;
        }
    }

    /// Reads one connection until it ends. A broken one is an end like any other once it was open.
    async fn connect(&self, on_connected: &dyn Fn(), on_notice: &dyn Fn(Notice)) -> Result<(), ClientError> {
        let path = route::notices();
        let request = self.inner.relay.request("GET", &path);
        let mut lines = match self.inner.platform.transport().lines(request).await? {
            LinesAnswer::Lines(lines) => lines,
            LinesAnswer::Refused(response) => return Err(refusal(&response)),
        };
        on_connected();
        while let Ok(Some(line)) = lines.next_line().await {
            // Only `data:` lines matter; comments keep the connection alive. A kind of notice that this client does
            // not know yet says nothing to it.
            if let Some(data) = line.strip_prefix("data:")
                && let Ok(notice) = decode(data.trim().as_bytes())
            {
                on_notice(notice);
            }
        }
        Ok(())
    }
}
