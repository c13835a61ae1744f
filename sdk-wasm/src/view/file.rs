//! Files and transfers.

use keyferry_client as client;
use tsify::Tsify;

use super::person::Person;
use super::show::view;

view! {
    /// A file of a catalogue: what its author's statement says of the current version.
    pub struct FileInfo {
        /// Its id.
        pub id: String,
        /// Whose it is.
        pub organization: String,
        /// The current version, from 1.
        pub version: u32,
        /// The label that may be browsed.
        pub label: String,
        /// Length of the ciphertext, in bytes.
        pub content_bytes: u64,
        /// Who uploaded it.
        pub author: Person,
        /// When, by the relay's clock.
        #[tsify(type = "Date")]
        pub created_at: u64,
    }
}

impl From<client::FileInfo> for FileInfo {
    fn from(file: client::FileInfo) -> Self {
        FileInfo {
            id: file.id.to_string(),
            organization: file.organization.to_string(),
            version: file.version,
            label: file.label,
            content_bytes: file.content_bytes,
            author: file.author.into(),
            created_at: file.created_at_ms,
        }
    }
}

view! {
    /// How far a transfer is.
    pub struct Progress {
        /// What is going on.
        pub phase: Phase,
        /// Plaintext bytes done; while rewrapping, keys.
        pub bytes_done: u64,
        /// Of how many, if known.
        #[tsify(optional)]
        pub bytes_total: Option<u64>,
    }
}

impl From<client::Progress> for Progress {
    fn from(progress: client::Progress) -> Self {
        Progress {
            phase: progress.phase.into(),
            bytes_done: progress.bytes_done,
            bytes_total: progress.bytes_total,
        }
    }
}

view! {
    /// What a transfer is doing.
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
}

impl From<client::Phase> for Phase {
    fn from(phase: client::Phase) -> Self {
        match phase {
            client::Phase::Sealing => Phase::Sealing,
            client::Phase::Resuming => Phase::Resuming,
            client::Phase::Uploading => Phase::Uploading,
            client::Phase::Downloading => Phase::Downloading,
            client::Phase::Finishing => Phase::Finishing,
            client::Phase::Rewrapping => Phase::Rewrapping,
        }
    }
}
