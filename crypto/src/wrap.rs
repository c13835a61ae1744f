//! Wrapping keys to public keys. Wraps do not authenticate their sender: every wrap is covered by a signed statement.

use keyferry_protocol::context::{WrapContext, WrapScope};
use keyferry_protocol::{Code, EncryptionKey, FileId, OrganizationId};
use zeroize::Zeroizing;

use crate::engine::{Engine, EngineError};
use crate::key::DecryptionKey;
use crate::secret::{Dek, Secret};
use crate::{hpke, rsa_public_key};

/// Why a key was not wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrapError {
    /// The public key is of another size, exponent or order than its suite allows.
    #[error("the recipient's public key is not acceptable; do not use it")]
    KeyInvalid,
    /// The engine failed.
    #[error(transparent)]
    Engine(EngineError),
}

impl WrapError {
    /// The stable code; `None` where the platform is at fault.
    #[must_use]
    pub const fn code(self) -> Option<Code> {
        match self {
            Self::KeyInvalid => Some(Code::KeyInvalid),
            Self::Engine(_) => None,
        }
    }
}

impl From<EngineError> for WrapError {
    // All that wrapping gives an engine to refuse is the public key.
    fn from(error: EngineError) -> Self {
        if error == EngineError::Refused { Self::KeyInvalid } else { Self::Engine(error) }
    }
}

/// Why a wrapped key was not opened. Whatever was wrong with it, it is one error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnwrapError {
    /// It was made for another key or another context, or changed.
    #[error("the wrapped key does not open")]
    Failed,
    /// The engine failed.
    #[error(transparent)]
    Engine(EngineError),
}

impl UnwrapError {
    /// The stable code; `None` where the platform is at fault.
    #[must_use]
    pub const fn code(self) -> Option<Code> {
        match self {
            Self::Failed => Some(Code::UnlockFailed),
            Self::Engine(_) => None,
        }
    }
}

impl From<EngineError> for UnwrapError {
    fn from(error: EngineError) -> Self {
        if error == EngineError::Refused { Self::Failed } else { Self::Engine(error) }
    }
}

/// Wraps the DEK of a file version to a person's or a vault's key. The length is [`keyferry_protocol::Suite::wrapped_bytes`].
///
/// # Errors
/// [`WrapError::KeyInvalid`] for a key no honest person has.
pub async fn wrap_dek<E: Engine>(
    engine: &E,
    recipient: &EncryptionKey,
    organization: OrganizationId,
    file: FileId,
    version: u32,
    dek: &Dek,
) -> Result<Vec<u8>, WrapError> {
    wrap_key(engine, recipient, WrapScope::Dek { organization, file, version }, &dek.0).await
}

/// Opens a wrapped DEK, if it belongs to this file version and this key.
///
/// # Errors
/// [`UnwrapError::Failed`], whatever is wrong.
pub async fn unwrap_dek<E: Engine>(
    engine: &E,
    key: &DecryptionKey<E>,
    organization: OrganizationId,
    file: FileId,
    version: u32,
    wrapped: &[u8],
) -> Result<Dek, UnwrapError> {
    unwrap_key(engine, key, WrapScope::Dek { organization, file, version }, wrapped).await.map(Dek)
}

/// Wraps 32 bytes; the context is made here, so suite and key id are those of `recipient`.
pub(crate) async fn wrap_key<E: Engine>(
    engine: &E,
    recipient: &EncryptionKey,
    scope: WrapScope,
    key: &Secret<32>,
) -> Result<Vec<u8>, WrapError> {
    let context = context(recipient, scope);
    let public_key = &recipient.public_key.0;
    // The key is what is being wrapped: it leaves only encrypted to the recipient.
    Ok(match recipient.suite.modulus_bits() {
        Some(bits) if rsa_public_key::is_acceptable(public_key, bits) => {
            engine.rsa_oaep_wrap(public_key, &context.label().0, key.expose()).await?
        }
        Some(_) => return Err(WrapError::KeyInvalid),
        None => hpke::seal(engine, &x25519(public_key)?, &context.bytes(), key.expose()).await?,
    })
}

/// Opens what [`wrap_key`] made.
pub(crate) async fn unwrap_key<E: Engine>(
    engine: &E,
    key: &DecryptionKey<E>,
    scope: WrapScope,
    wrapped: &[u8],
) -> Result<Secret<32>, UnwrapError> {
    let context = context(&key.public, scope);
    // The length is the suite's; an engine need not say what it thinks of another.
    if wrapped.len() != key.public.suite.wrapped_bytes() {
        return Err(UnwrapError::Failed);
    }
    let opened: Zeroizing<Vec<u8>> = match key.public.suite.modulus_bits() {
        Some(_) => engine.rsa_oaep_unwrap(&key.handle, &context.label().0, wrapped).await?,
        None => {
            hpke::open(engine, &key.handle, &x25519(&key.public.public_key.0)?, &context.bytes(), wrapped)
                .await?
        }
    };
    Secret::from_slice(&opened).ok_or(UnwrapError::Failed)
}

fn context(recipient: &EncryptionKey, scope: WrapScope) -> WrapContext {
    WrapContext { suite: recipient.suite, scope, recipient_key: recipient.id() }
}

fn x25519(public_key: &[u8]) -> Result<[u8; 32], EngineError> {
    public_key.try_into().map_err(|_| EngineError::Refused)
}
