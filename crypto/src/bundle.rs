//! Key bundles: private keys, each sealed under the bundle key, and checked against their public halves when opened.

use futures_util::future::try_join;
use keyferry_protocol::cbor::{Field, Reader, Writer};
use keyferry_protocol::context::{WrapScope, bundle_key_context};
use keyferry_protocol::statement::Body;
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KeyField, SealedKey};
use keyferry_protocol::{
    ChainHead, EncodingError, EncryptionKey, IdentityKey, OrganizationId, OwnerId, Statement, Suite, UserId,
    Verified,
};

use crate::engine::{Engine, EngineError, NewKeyPair, PrivateKeySeal, SealedPrivateKey};
use crate::key::{DecryptionKey, SigningKey};
use crate::lock::UnlockError;
use crate::secret::{BundleKey, random};
use crate::sign::sign_statement;
use crate::wrap::{UnwrapError, WrapError, unwrap_key, wrap_key};

/// The private keys of a bundle, as handles. Which are there depends on the kind.
pub struct BundleKeys<E: Engine> {
    /// The identity or root key.
    pub signing: Option<SigningKey<E>>,
    /// The person's or the vault's encryption key.
    pub encryption: Option<DecryptionKey<E>>,
}

/// A bundle just made. It has no lock yet: add one before storing it.
pub struct NewBundle<E: Engine> {
    /// What is stored.
    pub bundle: Bundle,
    /// What the locks hold.
    pub bundle_key: BundleKey,
    /// The keys, ready to use.
    pub keys: BundleKeys<E>,
}

/// A person's bundle of a version, from 1, with an identity of its own: the first, or one that takes another's place.
///
/// # Errors
/// [`EngineError`].
pub async fn generate_identity<E: Engine>(
    engine: &E,
    user: UserId,
    suite: Suite,
    version: u32,
) -> Result<NewBundle<E>, EngineError> {
    generate(engine, user.into(), BundleKind::Identity, suite, version).await
}

/// An organization's root bundle of a version, from 1: the key that signs for it.
///
/// # Errors
/// [`EngineError`].
pub async fn generate_root<E: Engine>(
    engine: &E,
    organization: OrganizationId,
    suite: Suite,
    version: u32,
) -> Result<NewBundle<E>, EngineError> {
    generate(engine, organization.into(), BundleKind::Root, suite, version).await
}

/// An organization's vault bundle of a version, from 1: the key that DEKs are wrapped to.
///
/// # Errors
/// [`EngineError`].
pub async fn generate_vault<E: Engine>(
    engine: &E,
    organization: OrganizationId,
    suite: Suite,
    version: u32,
) -> Result<NewBundle<E>, EngineError> {
    generate(engine, organization.into(), BundleKind::Vault, suite, version).await
}

async fn generate<E: Engine>(
    engine: &E,
    owner: OwnerId,
    kind: BundleKind,
    suite: Suite,
    version: u32,
) -> Result<NewBundle<E>, EngineError> {
    let bundle_key = BundleKey(random(engine)?);
    let mut bundle = Bundle { kind, suite, version, keys: Vec::new(), locks: Vec::new() };
    let mut keys = BundleKeys { signing: None, encryption: None };
    if kind != BundleKind::Vault {
        keys.signing = Some(add_signing(engine, owner, &mut bundle, &bundle_key).await?);
    }
    if kind != BundleKind::Root {
        keys.encryption = Some(add_encryption(engine, owner, &mut bundle, &bundle_key).await?);
    }
    Ok(NewBundle { bundle, bundle_key, keys })
}

/// A person's next bundle: the same identity, a fresh encryption key of `suite`, a fresh bundle key. Routine rotation;
/// the fingerprint stays.
///
/// # Errors
/// [`UnlockError::Failed`] when `bundle_key` does not open the bundle.
pub async fn rotate_encryption<E: Engine>(
    engine: &E,
    owner: OwnerId,
    old: &Bundle,
    old_key: &BundleKey,
    suite: Suite,
) -> Result<NewBundle<E>, UnlockError> {
    let opened = open(engine, owner, old, old_key).await?;
    let (Some(sealed), Some(signing)) = (old.key(KeyField::Signing), opened.signing) else {
        return Err(UnlockError::Failed);
    };
    let bundle_key = BundleKey(random(engine)?);
    let version = old.version.checked_add(1).ok_or(UnlockError::Failed)?;
    let mut bundle = Bundle { kind: old.kind, suite, version, keys: Vec::new(), locks: Vec::new() };
    let new_aad = aad(owner, &bundle, KeyField::Signing);
    let seal = seal(engine, &bundle_key, &new_aad)?;
    let old_aad = aad(owner, old, KeyField::Signing)(&sealed.public_key.0);
    let resealed = engine
        .reseal_private_key(&old_key.0, &old_aad, &sealed_private(sealed)?, &sealed.public_key.0, &seal)
        .await?;
    bundle.keys.push(sealed_key(KeyField::Signing, sealed.public_key.0.clone(), resealed));
    let encryption = add_encryption(engine, owner, &mut bundle, &bundle_key).await?;
    Ok(NewBundle {
        bundle,
        bundle_key,
        keys: BundleKeys { signing: Some(signing), encryption: Some(encryption) },
    })
}

async fn add_signing<E: Engine>(
    engine: &E,
    owner: OwnerId,
    bundle: &mut Bundle,
    bundle_key: &BundleKey,
) -> Result<SigningKey<E>, EngineError> {
    let aad = aad(owner, bundle, KeyField::Signing);
    let NewKeyPair { public_key, sealed, handle } =
        engine.generate_signing_key(&seal(engine, bundle_key, &aad)?).await?;
    let public = IdentityKey::parse(&public_key).map_err(|_| EngineError::Refused)?;
    bundle.keys.push(sealed_key(KeyField::Signing, public_key, sealed));
    Ok(SigningKey { owner, public, handle })
}

async fn add_encryption<E: Engine>(
    engine: &E,
    owner: OwnerId,
    bundle: &mut Bundle,
    bundle_key: &BundleKey,
) -> Result<DecryptionKey<E>, EngineError> {
    let aad = aad(owner, bundle, KeyField::Encryption);
    let NewKeyPair { public_key, sealed, handle } =
        engine.generate_decryption_key(bundle.suite, &seal(engine, bundle_key, &aad)?).await?;
    let public = EncryptionKey { suite: bundle.suite, public_key: public_key.clone().into() };
    bundle.keys.push(sealed_key(KeyField::Encryption, public_key, sealed));
    Ok(DecryptionKey { public, handle })
}

/// Opens every private key of a bundle into a handle and checks each against its public half: a signature that must
/// verify, a wrap that must open.
///
/// # Errors
/// [`UnlockError::Failed`] when a key does not open; [`UnlockError::KeypairMismatch`] when it is another's.
pub async fn open<E: Engine>(
    engine: &E,
    owner: OwnerId,
    bundle: &Bundle,
    bundle_key: &BundleKey,
) -> Result<BundleKeys<E>, UnlockError> {
    let signing = async {
        match bundle.kind {
            BundleKind::Vault => Ok(None),
            _ => open_signing(engine, owner, bundle, bundle_key).await.map(Some),
        }
    };
    let encryption = async {
        match bundle.kind {
            BundleKind::Root => Ok(None),
            _ => open_encryption(engine, owner, bundle, bundle_key).await.map(Some),
        }
    };
    // Beside each other: somebody waits.
    let (signing, encryption) = try_join(signing, encryption).await?;
    Ok(BundleKeys { signing, encryption })
}

async fn open_signing<E: Engine>(
    engine: &E,
    owner: OwnerId,
    bundle: &Bundle,
    bundle_key: &BundleKey,
) -> Result<SigningKey<E>, UnlockError> {
    let sealed = bundle.key(KeyField::Signing).ok_or(UnlockError::Failed)?;
    let aad = aad(owner, bundle, KeyField::Signing)(&sealed.public_key.0);
    let handle = engine.open_signing_key(&bundle_key.0, &aad, &sealed_private(sealed)?).await?;
    let public = IdentityKey::parse(&sealed.public_key.0).map_err(|_| UnlockError::KeypairMismatch)?;
    let key = SigningKey { owner, public, handle };
    check_signing(engine, &key).await?;
    Ok(key)
}

async fn open_encryption<E: Engine>(
    engine: &E,
    owner: OwnerId,
    bundle: &Bundle,
    bundle_key: &BundleKey,
) -> Result<DecryptionKey<E>, UnlockError> {
    let sealed = bundle.key(KeyField::Encryption).ok_or(UnlockError::Failed)?;
    let aad = aad(owner, bundle, KeyField::Encryption)(&sealed.public_key.0);
    let handle =
        engine.open_decryption_key(bundle.suite, &bundle_key.0, &aad, &sealed_private(sealed)?).await?;
    let key = DecryptionKey {
        public: EncryptionKey { suite: bundle.suite, public_key: sealed.public_key.clone() },
        handle,
    };
    let scope = WrapScope::Lock { owner, bundle: bundle.kind, version: bundle.version };
    check_encryption(engine, &key, scope).await?;
    Ok(key)
}

/// Signs a random challenge as a statement of a kind of its own, so that it can never pass for another.
async fn check_signing<E: Engine>(engine: &E, key: &SigningKey<E>) -> Result<(), UnlockError> {
    let mut challenge = [0; 32];
    engine.fill_random(&mut challenge)?;
    let statement = Statement::following(ChainHead::EMPTY, key.owner, 0, KeyCheck { challenge }).unsigned();
    let signed = sign_statement(engine, key, &statement).await?;
    Verified::<KeyCheck>::check(&signed, key.owner, &key.public).map_err(|_| UnlockError::KeypairMismatch)?;
    Ok(())
}

async fn check_encryption<E: Engine>(
    engine: &E,
    key: &DecryptionKey<E>,
    scope: WrapScope,
) -> Result<(), UnlockError> {
    let challenge = random(engine)?;
    let wrapped = match wrap_key(engine, &key.public, scope, &challenge).await {
        Err(WrapError::KeyInvalid) => return Err(UnlockError::KeypairMismatch),
        Err(WrapError::Engine(error)) => return Err(UnlockError::Engine(error)),
        Ok(wrapped) => wrapped,
    };
    match unwrap_key(engine, key, scope, &wrapped).await {
        Ok(opened) if opened.matches(&challenge) => Ok(()),
        Ok(_) | Err(UnwrapError::Failed) => Err(UnlockError::KeypairMismatch),
        Err(UnwrapError::Engine(error)) => Err(UnlockError::Engine(error)),
    }
}

/// The challenge of [`check_signing`]. It never leaves the client.
struct KeyCheck {
    challenge: [u8; 32],
}

impl Body for KeyCheck {
    const TYPE: &'static str = "keyferry/v1/key-check";
}

impl Field for KeyCheck {
    fn put(&self, writer: &mut Writer) {
        writer.field(&self.challenge);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        Field::take(reader).map(|challenge| Self { challenge })
    }
}

/// Makes the AAD of one private key from its public half. It holds nothing of `bundle`.
fn aad(owner: OwnerId, bundle: &Bundle, field: KeyField) -> impl Fn(&[u8]) -> Vec<u8> + use<> {
    let (kind, suite, version) = (bundle.kind, bundle.suite, bundle.version);
    move |public_key| bundle_key_context(owner, kind, suite, version, field, public_key)
}

fn seal<'a, E: Engine>(
    engine: &E,
    bundle_key: &'a BundleKey,
    aad: &'a dyn Fn(&[u8]) -> Vec<u8>,
) -> Result<PrivateKeySeal<'a>, EngineError> {
    let mut nonce = [0; 12];
    engine.fill_random(&mut nonce)?;
    Ok(PrivateKeySeal { key: &bundle_key.0, nonce, aad })
}

fn sealed_key(field: KeyField, public_key: Vec<u8>, sealed: SealedPrivateKey) -> SealedKey {
    SealedKey {
        field,
        public_key: public_key.into(),
        nonce: sealed.nonce.to_vec().into(),
        ciphertext: sealed.ciphertext.into(),
    }
}

fn sealed_private(key: &SealedKey) -> Result<SealedPrivateKey, UnlockError> {
    let nonce = key.nonce.0.as_slice().try_into().map_err(|_| UnlockError::Failed)?;
    Ok(SealedPrivateKey { nonce, ciphertext: key.ciphertext.0.clone() })
}
