//! What goes wrong in a store.

/// A store did not do it. Nothing was changed, or the change is harmless (an orphan).
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store does not answer; trying again may help.
    #[error("the store does not answer: {0}")]
    Unavailable(String),
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// What is stored does not read back, or the store refuses what it should take: a defect.
    #[error("the store is inconsistent: {0}")]
    Broken(String),
}

/// A [`super::Commit`] that no longer fits what is stored. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// What it is about was erased.
    #[error("what it is about is gone")]
    Gone,
    /// A chain's head has moved.
    #[error("the chain's head has moved")]
    Chain,
    /// The thing exists already.
    #[error("it exists already")]
    Exists,
    /// The request was decided or withdrawn before.
    #[error("the request is closed")]
    RequestClosed,
    /// The grant was revoked before.
    #[error("the grant is revoked")]
    GrantRevoked,
    /// Other grants remain than were signed for.
    #[error("the file's grants changed")]
    Grants,
    /// The file has a later version.
    #[error("the version was replaced")]
    Version,
    /// The invitation is in another state.
    #[error("the invitation is in another state")]
    InvitationState,
    /// The passphrase was changed before.
    #[error("the passphrase is another one")]
    Passphrase,
    /// The passkey was removed, or signed with as high a count before.
    #[error("the passkey was used or removed")]
    Passkey,
    /// Something is not wrapped to the new key yet.
    #[error("something is not wrapped to the new key yet")]
    Rotation,
    /// The session ended, or its account was suspended.
    #[error("the session ended")]
    Session,
    /// The account was suspended.
    #[error("the account is suspended")]
    Suspended,
    /// The upload was taken, ended, or stands at another offset.
    #[error("the upload is in another state")]
    Upload,
}

/// Why a commit did not happen.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Somebody was faster.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
