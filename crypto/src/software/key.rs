//! Private keys of the native engine: generation, PKCS#8, and the one thing each kind is for.

use std::sync::Arc;

use ed25519_dalek::{Signer as _, SigningKey};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use keyferry_protocol::Suite;
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _};
use rsa::traits::PublicKeyParts as _;
use rsa::{Oaep, RsaPrivateKey, RsaPublicKey};
use sha2::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::engine::{EngineError, NewKeyPair, PrivateKeySeal, SealedPrivateKey};
use crate::{Secret, record};

/// PKCS#8 v1 of a 32-byte curve key (RFC 8410 §7), up to the key: version 0, id-Ed25519, OCTET STRING in OCTET STRING.
const ED25519_PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
/// The same for id-X25519.
const X25519_PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20];

/// An Ed25519 private key of the native engine.
#[derive(Clone)]
pub struct SoftwareSigningKey(Arc<SigningKey>);

impl SoftwareSigningKey {
    pub(super) fn generate(seal: &PrivateKeySeal<'_>) -> Result<NewKeyPair<Self>, EngineError> {
        let seed = random_32()?;
        let handle = Self::from_seed(&seed);
        let public_key = handle.0.verifying_key().to_bytes().to_vec();
        let sealed = seal_pkcs8(curve_pkcs8(&ED25519_PKCS8, &seed).as_slice(), &public_key, seal)?;
        Ok(NewKeyPair { public_key, sealed, handle })
    }

    pub(super) fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, EngineError> {
        curve_key(&ED25519_PKCS8, pkcs8).map(|seed| Self::from_seed(&seed))
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    // The seed goes nowhere but into the key, which wipes itself when dropped.
    fn from_seed(seed: &Secret<32>) -> Self {
        Self(Arc::new(SigningKey::from_bytes(seed.expose())))
    }
}

/// An RSA-OAEP or X25519 private key of the native engine.
#[derive(Clone)]
pub struct SoftwareDecryptionKey(Kind);

#[derive(Clone)]
enum Kind {
    Rsa(Arc<RsaPrivateKey>),
    X25519(Arc<StaticSecret>),
}

impl SoftwareDecryptionKey {
    pub(super) fn generate(suite: Suite, seal: &PrivateKeySeal<'_>) -> Result<NewKeyPair<Self>, EngineError> {
        let Some(bits) = suite.modulus_bits() else {
            return Self::generate_x25519(seal);
        };
        // The system's generator fails only where no cryptography is possible at all; `fill_random` has said so before.
        let key = RsaPrivateKey::new(&mut UnwrapErr(SysRng), bits).map_err(|_| EngineError::Unavailable)?;
        let public_key =
            key.to_public_key().to_public_key_der().map_err(|_| EngineError::Refused)?.as_bytes().to_vec();
        let pkcs8 = key.to_pkcs8_der().map_err(|_| EngineError::Refused)?;
        let sealed = seal_pkcs8(pkcs8.as_bytes(), &public_key, seal)?;
        Ok(NewKeyPair { public_key, sealed, handle: Self(Kind::Rsa(Arc::new(key))) })
    }

    fn generate_x25519(seal: &PrivateKeySeal<'_>) -> Result<NewKeyPair<Self>, EngineError> {
        let scalar = random_32()?;
        let (handle, public_key) = Self::from_scalar(&scalar);
        let sealed = seal_pkcs8(curve_pkcs8(&X25519_PKCS8, &scalar).as_slice(), &public_key, seal)?;
        Ok(NewKeyPair { public_key: public_key.to_vec(), sealed, handle })
    }

    pub(super) fn generate_ephemeral() -> Result<(Self, [u8; 32]), EngineError> {
        Ok(Self::from_scalar(&random_32()?))
    }

    pub(super) fn from_pkcs8(suite: Suite, pkcs8: &[u8]) -> Result<Self, EngineError> {
        let Some(bits) = suite.modulus_bits() else {
            return curve_key(&X25519_PKCS8, pkcs8).map(|scalar| Self::from_scalar(&scalar).0);
        };
        let key = RsaPrivateKey::from_pkcs8_der(pkcs8).map_err(|_| EngineError::Refused)?;
        if key.n().bits() as usize != bits {
            return Err(EngineError::Refused);
        }
        Ok(Self(Kind::Rsa(Arc::new(key))))
    }

    // The scalar goes nowhere but into the key, which wipes itself when dropped.
    fn from_scalar(scalar: &Secret<32>) -> (Self, [u8; 32]) {
        let secret = StaticSecret::from(*scalar.expose());
        let public_key = PublicKey::from(&secret).to_bytes();
        (Self(Kind::X25519(Arc::new(secret))), public_key)
    }

    pub(super) fn rsa_oaep_unwrap(
        &self,
        label: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EngineError> {
        let Kind::Rsa(key) = &self.0 else {
            return Err(EngineError::Refused);
        };
        key.decrypt_blinded(&mut UnwrapErr(SysRng), Oaep::<Sha256>::new_with_label(label), wrapped)
            .map(Zeroizing::new)
            .map_err(|_| EngineError::Refused)
    }

    pub(super) fn x25519(&self, public_key: &[u8; 32]) -> Result<Secret<32>, EngineError> {
        let Kind::X25519(key) = &self.0 else {
            return Err(EngineError::Refused);
        };
        let shared = key.diffie_hellman(&PublicKey::from(*public_key));
        if !shared.was_contributory() {
            return Err(EngineError::Refused);
        }
        Secret::from_slice(shared.as_bytes()).ok_or(EngineError::Refused)
    }
}

pub(super) fn rsa_oaep_wrap(
    public_key_spki: &[u8],
    label: &[u8],
    secret: &[u8],
) -> Result<Vec<u8>, EngineError> {
    RsaPublicKey::from_public_key_der(public_key_spki)
        .map_err(|_| EngineError::Refused)?
        .encrypt(&mut UnwrapErr(SysRng), Oaep::<Sha256>::new_with_label(label), secret)
        .map_err(|_| EngineError::Refused)
}

pub(super) fn seal_pkcs8(
    pkcs8: &[u8],
    public_key: &[u8],
    seal: &PrivateKeySeal<'_>,
) -> Result<SealedPrivateKey, EngineError> {
    let ciphertext = record::seal(seal.key, &seal.nonce, &(seal.aad)(public_key), pkcs8)?;
    Ok(SealedPrivateKey { nonce: seal.nonce, ciphertext })
}

fn random_32() -> Result<Secret<32>, EngineError> {
    let mut bytes = Secret::zeroed();
    getrandom::fill(bytes.expose_mut()).map_err(|_| EngineError::Unavailable)?;
    Ok(bytes)
}

/// The key goes only into the returned buffer, which wipes itself.
fn curve_pkcs8(prefix: &[u8; 16], key: &Secret<32>) -> Zeroizing<[u8; 48]> {
    let mut pkcs8 = Zeroizing::new([0; 48]);
    pkcs8[..16].copy_from_slice(prefix);
    pkcs8[16..].copy_from_slice(key.expose());
    pkcs8
}

fn curve_key(prefix: &[u8; 16], pkcs8: &[u8]) -> Result<Secret<32>, EngineError> {
    pkcs8.strip_prefix(prefix).and_then(Secret::from_slice).ok_or(EngineError::Refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(key: &Secret<32>) -> PrivateKeySeal<'_> {
        PrivateKeySeal { key, nonce: [0; 12], aad: &|_| Vec::new() }
    }

    #[test]
    fn a_low_order_point_gives_no_secret() {
        let (key, _) = SoftwareDecryptionKey::generate_ephemeral().unwrap();
        let mut one = [0; 32];
        one[0] = 1;
        for point in [[0; 32], one] {
            assert_eq!(key.x25519(&point).err(), Some(EngineError::Refused));
        }
    }

    #[test]
    fn a_private_key_opens_only_as_what_it_is() {
        let zero = Secret::zeroed();
        let rsa = SoftwareDecryptionKey::generate(Suite::RsaOaep2048, &seal(&zero)).unwrap();
        let rsa = record::open(&zero, &[0; 12], b"", &rsa.sealed.ciphertext).unwrap();
        let signing = SoftwareSigningKey::generate(&seal(&zero)).unwrap();
        let signing = record::open(&zero, &[0; 12], b"", &signing.sealed.ciphertext).unwrap();
        assert!(SoftwareDecryptionKey::from_pkcs8(Suite::RsaOaep2048, &rsa).is_ok());
        assert!(SoftwareSigningKey::from_pkcs8(&signing).is_ok());
        assert!(SoftwareDecryptionKey::from_pkcs8(Suite::RsaOaep3072, &rsa).is_err());
        assert!(SoftwareDecryptionKey::from_pkcs8(Suite::X25519Hpke, &rsa).is_err());
        assert!(SoftwareDecryptionKey::from_pkcs8(Suite::X25519Hpke, &signing).is_err());
        assert!(SoftwareDecryptionKey::from_pkcs8(Suite::RsaOaep2048, &signing).is_err());
    }

    #[test]
    fn a_key_is_for_one_thing() {
        let (key, _) = SoftwareDecryptionKey::generate_ephemeral().unwrap();
        assert_eq!(key.rsa_oaep_unwrap(b"", &[0; 256]).err(), Some(EngineError::Refused));
    }
}
