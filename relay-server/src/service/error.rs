//! Why the relay does not do it.

use keyferry_protocol::grant::GrantRefusal;
use keyferry_protocol::organization::OrganizationError;
use keyferry_protocol::request::RequestClosed;
use keyferry_protocol::{Code, StatementError};

use super::session;
use crate::store::{CommitError, Conflict, StoreError};

/// A refusal with its stable code, or a store that failed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The caller is told why.
    #[error("{}: {detail}", code.name())]
    Refused {
        /// The stable code; it has an HTTP status.
        code: Code,
        /// One sentence: what to do next.
        detail: &'static str,
    },
    /// Organizations that nobody could run any more.
    #[error("No other owner could sign for {}: make another member an owner first.", organizations.join(", "))]
    LastOwner {
        /// Name and id of each.
        organizations: Vec<String>,
    },
    /// Too many requests.
    #[error("rate limited for {retry_after_s} s")]
    RateLimited {
        /// Seconds until the next one is taken.
        retry_after_s: u64,
    },
    /// Stores that are down.
    #[error("not ready: {}", down.join(", "))]
    NotReady {
        /// `storage_full` when that is all, else `store_unavailable`.
        code: Code,
        /// Which: `registry`, `private_keys`, `content`.
        down: Vec<&'static str>,
    },
    /// The caller learns only that the store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ServiceError {
    /// A refusal.
    #[must_use]
    pub const fn refused(code: Code, detail: &'static str) -> Self {
        ServiceError::Refused { code, detail }
    }

    /// It does not exist, or not for the caller: both are this.
    #[must_use]
    pub const fn not_found() -> Self {
        Self::refused(Code::NotFound, "It does not exist, or not for you.")
    }

    /// A member whose role is too small.
    #[must_use]
    pub const fn role_insufficient() -> Self {
        Self::refused(Code::RoleInsufficient, "Your role in the organization does not allow this.")
    }

    /// A version in whose place there is a later one.
    #[must_use]
    pub const fn replaced() -> Self {
        Self::refused(
            Code::VersionReplaced,
            "The file has a later version, under another key: open it again.",
        )
    }

    /// A value that is well-formed but not allowed.
    #[must_use]
    pub const fn value(detail: &'static str) -> Self {
        Self::refused(Code::ValueInvalid, detail)
    }

    /// A statement that says something else than what surrounds it.
    #[must_use]
    pub const fn statement(detail: &'static str) -> Self {
        Self::refused(Code::StatementInvalid, detail)
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            ServiceError::Refused { code, .. } | ServiceError::NotReady { code, .. } => *code,
            ServiceError::LastOwner { .. } => Code::LastOwner,
            ServiceError::RateLimited { .. } => Code::RateLimited,
            ServiceError::Store(StoreError::Unavailable(_)) => Code::StoreUnavailable,
            ServiceError::Store(StoreError::Full) => Code::StorageFull,
            ServiceError::Store(StoreError::Broken(_)) => Code::Internal,
        }
    }
}

impl From<StatementError> for ServiceError {
    fn from(error: StatementError) -> Self {
        let detail = match error {
            StatementError::Encoding => "A statement is not canonically encoded.",
            StatementError::Type => "A statement is of another kind than this path takes.",
            StatementError::Signature => "A statement's signature does not verify under your identity key.",
            StatementError::Issuer => "A statement names another issuer than its signer.",
            StatementError::Chain => {
                "The statement does not follow the chain's head: fetch the head and sign again."
            }
        };
        Self::refused(error.code(), detail)
    }
}

impl From<OrganizationError> for ServiceError {
    fn from(error: OrganizationError) -> Self {
        match error {
            OrganizationError::Statement(error) => error.into(),
            OrganizationError::Empty => Self::statement("The organization's chain is empty."),
            OrganizationError::Policy => Self::statement("The policy is not signed by the root it names."),
            OrganizationError::Membership(_) => Self::statement(
                "The membership breaks the organization's rules: replay its chain and sign again.",
            ),
        }
    }
}

impl From<RequestClosed> for ServiceError {
    fn from(_: RequestClosed) -> Self {
        Conflict::RequestClosed.into()
    }
}

impl From<GrantRefusal> for ServiceError {
    fn from(refusal: GrantRefusal) -> Self {
        let detail = match refusal {
            GrantRefusal::Revoked => "The grant was revoked.",
            GrantRefusal::Expired => "The grant's time is over.",
        };
        Self::refused(refusal.code(), detail)
    }
}

impl From<Conflict> for ServiceError {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::Gone => Self::not_found(),
            Conflict::Chain => StatementError::Chain.into(),
            Conflict::Exists => Self::refused(Code::AlreadyExists, "It exists already."),
            Conflict::RequestClosed => {
                Self::refused(Code::RequestClosed, "The request was decided or withdrawn before.")
            }
            Conflict::GrantRevoked => GrantRefusal::Revoked.into(),
            Conflict::Grants => Self::refused(
                Code::ChainConflict,
                "Other grants remain than these: list them and sign again.",
            ),
            Conflict::Version => Self::replaced(),
            Conflict::InvitationState => {
                Self::refused(Code::InvitationState, "The invitation cannot be used in its state.")
            }
            Conflict::Passphrase => Self::refused(Code::LoginFailed, "The passphrase was changed meanwhile."),
            Conflict::Passkey => {
                Self::refused(Code::LoginFailed, "The passkey was used or removed meanwhile: try again.")
            }
            Conflict::Rotation => Self::refused(
                Code::RotationIncomplete,
                "Something is not wrapped to the new key yet: fetch what is left, wrap it, and sign again.",
            ),
            Conflict::Session => session::invalid(),
            Conflict::Suspended => Self::refused(
                Code::AccountSuspended,
                "The keys of this account were reported as compromised: recover it by its recovery code.",
            ),
            Conflict::Upload => Self::refused(Code::UploadOffset, "The upload stands at another offset."),
        }
    }
}

impl From<CommitError> for ServiceError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(conflict) => conflict.into(),
            CommitError::Store(error) => error.into(),
        }
    }
}
