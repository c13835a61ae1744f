//! Short texts sealed to one public key: the reason of a request, a person's own contact list.

use keyferry_protocol::EncryptionKey;
use keyferry_protocol::context::{WrapContext, WrapScope, box_context};
use keyferry_protocol::wire::sealed_box::SealedBox;
use zeroize::Zeroizing;

use crate::engine::{Engine, EngineError};
use crate::key::DecryptionKey;
use crate::secret::random;
use crate::wrap::{UnwrapError, WrapError, unwrap_key, wrap_key};

/// Seals `text` under a fresh key wrapped to `recipient`. `scope` is [`WrapScope::Reason`] or [`WrapScope::Contacts`].
///
/// # Errors
/// [`WrapError::KeyInvalid`] for a key no honest person has.
pub async fn seal_box<E: Engine>(
    engine: &E,
    recipient: &EncryptionKey,
    scope: WrapScope,
    text: &[u8],
) -> Result<SealedBox, WrapError> {
    let key = random(engine)?;
    let mut nonce = [0; 12];
    engine.fill_random(&mut nonce)?;
    let wrapped = wrap_key(engine, recipient, scope, &key).await?;
    let ciphertext = engine.aes_gcm_seal(&key, &nonce, &aad(recipient, scope), text).await?;
    Ok(SealedBox {
        suite: recipient.suite,
        recipient_key: recipient.id(),
        wrapped: wrapped.into(),
        nonce: nonce.to_vec().into(),
        ciphertext: ciphertext.into(),
    })
}

/// Opens a box sealed to `key` for `scope`.
///
/// # Errors
/// [`UnwrapError::Failed`], whatever is wrong.
pub async fn open_box<E: Engine>(
    engine: &E,
    key: &DecryptionKey<E>,
    scope: WrapScope,
    sealed: &SealedBox,
) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
    let nonce: [u8; 12] = sealed.nonce.0.as_slice().try_into().map_err(|_| EngineError::Refused)?;
    if sealed.suite != key.public.suite || sealed.recipient_key != key.public.id() {
        return Err(UnwrapError::Failed);
    }
    let box_key = unwrap_key(engine, key, scope, &sealed.wrapped.0).await?;
    Ok(engine.aes_gcm_open(&box_key, &nonce, &aad(&key.public, scope), &sealed.ciphertext.0).await?)
}

fn aad(recipient: &EncryptionKey, scope: WrapScope) -> Vec<u8> {
    box_context(&WrapContext { suite: recipient.suite, scope, recipient_key: recipient.id() })
}
