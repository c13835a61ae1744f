//! What a flow says when it fails: one stable code, one sentence, and what leads to the relay's log.

use std::ops::{Deref, DerefMut};

use keyferry_crypto::EngineError;
use keyferry_crypto::content::{OpenContentError, SealContentError};
use keyferry_crypto::lock::UnlockError;
use keyferry_crypto::manifest::OpenManifestError;
use keyferry_crypto::passphrase::PassphraseError;
use keyferry_crypto::wrap::{UnwrapError, WrapError};
use keyferry_protocol::organization::OrganizationError;
use keyferry_protocol::{Code, EncodingError, StatementError};

use crate::platform::{AuthenticatorError, DeviceError, SourceError, TransportError};

/// Why a flow failed. Applications decide by `code`; people read the message.
///
/// One pointer: every `?` of every flow hands it on, and in a browser's download four words at each of them count.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{} ({})", .0.message, .0.code.name())]
pub struct ClientError(Box<Failure>);

/// What a [`ClientError`] holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The stable code.
    pub code: Code,
    /// One sentence for people.
    pub message: String,
    /// The relay's request id, where the relay refused.
    pub request_id: Option<String>,
    /// How long the relay asks to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

impl Deref for ClientError {
    type Target = Failure;

    fn deref(&self) -> &Failure {
        &self.0
    }
}

impl DerefMut for ClientError {
    fn deref_mut(&mut self) -> &mut Failure {
        &mut self.0
    }
}

impl From<Failure> for ClientError {
    fn from(failure: Failure) -> Self {
        ClientError(Box::new(failure))
    }
}

impl ClientError {
    /// An error of this client's own making.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Failure { code, message: message.into(), request_id: None, retry_after_ms: None }.into()
    }

    /// The same failure by another code.
    #[must_use]
    pub fn with_code(mut self, code: Code) -> Self {
        self.code = code;
        self
    }

    /// Whether the same call may succeed later without anything being changed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.code, Code::Network | Code::StoreUnavailable | Code::RateLimited | Code::Internal)
    }
}

/// Errors of the crypto crate have a code, or the platform is at fault.
macro_rules! from_crypto {
    ($($kind:ty),* $(,)?) => {$(
        impl From<$kind> for ClientError {
            fn from(error: $kind) -> Self {
                ClientError::new(error.code().unwrap_or(Code::PlatformUnsupported), error.to_string())
            }
        }
    )*};
}

from_crypto!(UnlockError, OpenManifestError, OpenContentError, PassphraseError, UnwrapError, WrapError);

impl From<EngineError> for ClientError {
    fn from(error: EngineError) -> Self {
        ClientError::new(Code::PlatformUnsupported, error.to_string())
    }
}

impl From<SealContentError> for ClientError {
    fn from(error: SealContentError) -> Self {
        let code = match error {
            SealContentError::TooLong => Code::BodyTooLarge,
            SealContentError::Spent | SealContentError::Engine(_) => Code::PlatformUnsupported,
        };
        ClientError::new(code, error.to_string())
    }
}

impl From<StatementError> for ClientError {
    fn from(error: StatementError) -> Self {
        ClientError::new(error.code(), error.to_string())
    }
}

impl From<OrganizationError> for ClientError {
    fn from(error: OrganizationError) -> Self {
        ClientError::new(error.code(), error.to_string())
    }
}

impl From<EncodingError> for ClientError {
    fn from(error: EncodingError) -> Self {
        ClientError::new(Code::Encoding, error.to_string())
    }
}

impl From<TransportError> for ClientError {
    fn from(error: TransportError) -> Self {
        ClientError::new(Code::Network, error.to_string())
    }
}

impl From<DeviceError> for ClientError {
    fn from(error: DeviceError) -> Self {
        ClientError::new(Code::PlatformUnsupported, error.to_string())
    }
}

impl From<AuthenticatorError> for ClientError {
    fn from(error: AuthenticatorError) -> Self {
        ClientError::new(error.code, error.message)
    }
}

impl From<SourceError> for ClientError {
    fn from(error: SourceError) -> Self {
        ClientError::new(Code::SourceChanged, error.to_string())
    }
}
