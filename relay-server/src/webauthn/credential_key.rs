//! Public keys of credentials: COSE keys of ES256 or EdDSA, and the signatures they verify.

use keyferry_protocol::IdentityKey;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};

use super::Refused;
use super::authenticator_data::take;

/// What comes before each coordinate. The keys are CTAP2 canonical CBOR without optional parameters (§6.5.1.1), so there is one
/// encoding: `{1: 2, 3: -7, -1: 1, -2: x, -3: y}` (RFC 9053 §7.1.1), with a point that is not compressed (§5.8.5).
const ES256_X: &[u8] = &[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
const ES256_Y: &[u8] = &[0x22, 0x58, 0x20];
/// `{1: 1, 3: -8, -1: 6, -2: x}` (RFC 9053 §7.2).
const EDDSA_X: &[u8] = &[0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20];

/// The public key of a credential.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CredentialKey {
    /// ECDSA on P-256 with SHA-256 (COSE -7).
    Es256(Box<VerifyingKey>),
    /// Ed25519 (COSE -8).
    EdDsa(IdentityKey),
}

impl CredentialKey {
    /// Reads a COSE key that is all there is.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn parse(cose: &[u8]) -> Result<Self, Refused> {
        let mut rest = cose;
        let key = Self::take(&mut rest)?;
        if rest.is_empty() { Ok(key) } else { Err(UNKNOWN) }
    }

    /// Reads the COSE key that `rest` begins with.
    pub(super) fn take(rest: &mut &[u8]) -> Result<Self, Refused> {
        if let Some(after) = rest.strip_prefix(EDDSA_X) {
            *rest = after;
            return IdentityKey::parse(&take::<32>(rest)?).map(CredentialKey::EdDsa).map_err(|_| UNKNOWN);
        }
        *rest = rest.strip_prefix(ES256_X).ok_or(UNKNOWN)?;
        let x: [u8; 32] = take(rest)?;
        *rest = rest.strip_prefix(ES256_Y).ok_or(UNKNOWN)?;
        let y: [u8; 32] = take(rest)?;
        // SEC 1 §2.3.3, uncompressed.
        let point = [[4].as_slice(), &x, &y].concat();
        VerifyingKey::from_sec1_bytes(&point).map(Box::new).map(CredentialKey::Es256).map_err(|_| UNKNOWN)
    }

    /// The COSE key.
    #[must_use]
    pub fn to_cose(&self) -> Vec<u8> {
        match self {
            CredentialKey::Es256(key) => {
                let point = key.to_sec1_point(false);
                let (x, y) = point.as_bytes()[1..].split_at(32);
                [ES256_X, x, ES256_Y, y].concat()
            }
            CredentialKey::EdDsa(key) => [EDDSA_X, key.as_bytes()].concat(),
        }
    }

    /// Whether it signed `message` (§6.5.5: ECDSA signatures in DER).
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            CredentialKey::Es256(key) => {
                Signature::from_der(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
            CredentialKey::EdDsa(key) => {
                signature.try_into().is_ok_and(|signature| key.verifies(message, signature))
            }
        }
    }
}

const UNKNOWN: Refused = Refused("A passkey's public key is one of ES256 or EdDSA.");
