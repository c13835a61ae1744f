//! Authenticator data (§6.1): what the authenticator itself says, and signs.

use keyferry_protocol::Digest;

use super::{CredentialKey, Refused};

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;
const EXTENSIONS: u8 = 1 << 7;
/// §7.1: no credential id is longer.
const MAX_CREDENTIAL_BYTES: usize = 1023;
const AAGUID_BYTES: usize = 16;

/// Authenticator data of a person who was present and verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthenticatorData {
    /// SHA-256 of the RP id.
    pub rp_id_hash: Digest,
    /// Whether the credential may be copied to other devices; this never changes.
    pub backup_eligible: bool,
    /// How often it signed, where it counts.
    pub sign_count: u32,
    /// The new credential, in a registration.
    pub attested: Option<Attested>,
}

/// A new credential (§6.5.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attested {
    /// Its id.
    pub credential: Vec<u8>,
    /// Its public key.
    pub key: CredentialKey,
}

impl AuthenticatorData {
    /// Reads it. The RP id is yet to be compared; extensions, which nobody here asked the relay about, are not read.
    ///
    /// # Errors
    /// [`Refused`] for another shape, for nobody present or verified, and for a key of another algorithm.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        let mut rest = bytes;
        let rp_id_hash = Digest(take(&mut rest)?);
        let [flags] = take(&mut rest)?;
        let sign_count = u32::from_be_bytes(take(&mut rest)?);
        let has = |flag| flags & flag != 0;
        // §7.1 and §7.2, UP and UV.
        if !has(USER_PRESENT) || !has(USER_VERIFIED) {
            return Err(Refused("The authenticator did not verify its user."));
        }
        // §7.1 and §7.2, BE and BS.
        if has(BACKED_UP) && !has(BACKUP_ELIGIBLE) {
            return Err(Refused("The authenticator data contradicts itself."));
        }
        let attested = if has(ATTESTED) { Some(Attested::take(&mut rest)?) } else { None };
        if rest.is_empty() == has(EXTENSIONS) {
            return Err(Refused(SHAPE));
        }
        Ok(AuthenticatorData { rp_id_hash, backup_eligible: has(BACKUP_ELIGIBLE), sign_count, attested })
    }
}

impl Attested {
    fn take(rest: &mut &[u8]) -> Result<Self, Refused> {
        // Which model of authenticator it is, nobody vouches for.
        let _: [u8; AAGUID_BYTES] = take(rest)?;
        let length = usize::from(u16::from_be_bytes(take(rest)?));
        if length == 0 || length > MAX_CREDENTIAL_BYTES {
            return Err(Refused("A credential id has 1 to 1023 bytes."));
        }
        let (credential, after) = rest.split_at_checked(length).ok_or(Refused(SHAPE))?;
        *rest = after;
        let credential = credential.to_vec();
        Ok(Attested { credential, key: CredentialKey::take(rest)? })
    }
}

const SHAPE: &str = "The authenticator data is not of the known shape.";

/// The next `N` bytes.
pub(super) fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Refused> {
    let (taken, after) = rest.split_first_chunk().ok_or(Refused(SHAPE))?;
    *rest = after;
    Ok(*taken)
}
