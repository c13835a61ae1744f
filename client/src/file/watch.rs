//! Watching and stopping a transfer.

use std::rc::Rc;

use crate::abort::Abort;

/// How far a transfer is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// What is going on.
    pub phase: Phase,
    /// Plaintext bytes done; while rewrapping, keys.
    pub bytes_done: u64,
    /// Of how many, if known.
    pub bytes_total: Option<u64>,
}

/// What a transfer is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Sealing the first part.
    Sealing,
    /// Going on with what a page before began.
    Resuming,
    /// Sending, and sealing ahead.
    Uploading,
    /// Receiving and opening.
    Downloading,
    /// Signing what was uploaded.
    Finishing,
    /// Wrapping keys to a new key.
    Rewrapping,
}

/// How a long call is watched and stopped.
#[derive(Clone, Default)]
pub struct Watch {
    /// Told how far it is.
    pub on_progress: Option<Rc<dyn Fn(Progress)>>,
    /// Stops it.
    pub abort: Abort,
}

impl Watch {
    pub(crate) fn tell(&self, phase: Phase, bytes_done: u64, bytes_total: Option<u64>) {
        if let Some(on_progress) = &self.on_progress {
            on_progress(Progress { phase, bytes_done, bytes_total });
        }
    }
}
