//! Canonical bytes that ciphertexts are bound to: HPKE `info`, the pre-image of the RSA-OAEP label, AES-GCM
//! additional data, the Cobblestone `context`. Each is one deterministic CBOR array that starts with its own label.

use crate::cbor::{Field, Reader, Writer, to_bytes};
use crate::encoding::{Digest, EncodingError};
use crate::id::{FileId, OrganizationId, OwnerId, RequestId, UserId};
use crate::key::KeyId;
use crate::suite::Suite;
use crate::wire::bundle::{BundleKind, KeyField};

/// What a wrapped key is for, and what it belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WrapScope {
    /// The DEK of one file version.
    Dek {
        /// The organization that owns the file.
        organization: OrganizationId,
        /// The file.
        file: FileId,
        /// Its version, from 1.
        version: u32,
    },
    /// The bundle key of a member lock.
    Lock {
        /// Whose bundle it is.
        owner: OwnerId,
        /// Which bundle of that owner.
        bundle: BundleKind,
        /// The bundle's version, from 1.
        version: u32,
    },
    /// The key of a request's sealed reason.
    Reason {
        /// The organization asked.
        organization: OrganizationId,
        /// The file asked for.
        file: FileId,
        /// The request.
        request: RequestId,
    },
    /// The key of a person's sealed contact list.
    Contacts {
        /// Whose contacts.
        user: UserId,
        /// The list's version, from 1.
        version: u64,
    },
}

impl WrapScope {
    /// The purpose as it stands in the encoding.
    #[must_use]
    pub const fn purpose(&self) -> &'static str {
        match self {
            WrapScope::Dek { .. } => "dek",
            WrapScope::Lock { .. } => "lock",
            WrapScope::Reason { .. } => "reason",
            WrapScope::Contacts { .. } => "contacts",
        }
    }
}

impl Field for WrapScope {
    fn put(&self, writer: &mut Writer) {
        match self {
            WrapScope::Dek { organization, file, version } => {
                writer.array(4).text(self.purpose()).field(organization).field(file).field(version)
            }
            WrapScope::Lock { owner, bundle, version } => {
                writer.array(4).text(self.purpose()).field(owner).field(bundle).field(version)
            }
            WrapScope::Reason { organization, file, request } => {
                writer.array(4).text(self.purpose()).field(organization).field(file).field(request)
            }
            WrapScope::Contacts { user, version } => {
                writer.array(3).text(self.purpose()).field(user).field(version)
            }
        };
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        let items = reader.array()?;
        match (reader.text()?, items) {
            ("dek", 4) => Ok(WrapScope::Dek {
                organization: Field::take(reader)?,
                file: Field::take(reader)?,
                version: Field::take(reader)?,
            }),
            ("lock", 4) => Ok(WrapScope::Lock {
                owner: Field::take(reader)?,
                bundle: Field::take(reader)?,
                version: Field::take(reader)?,
            }),
            ("reason", 4) => Ok(WrapScope::Reason {
                organization: Field::take(reader)?,
                file: Field::take(reader)?,
                request: Field::take(reader)?,
            }),
            ("contacts", 3) => {
                Ok(WrapScope::Contacts { user: Field::take(reader)?, version: Field::take(reader)? })
            }
            _ => Err(EncodingError("wrap scope")),
        }
    }
}

/// The wrap context: purpose, suite, what the key belongs to, and the recipient key.
/// HPKE takes [`WrapContext::bytes`] as `info`, RSA-OAEP their SHA-256 as label.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WrapContext {
    /// How the key is wrapped.
    pub suite: Suite,
    /// What it is for.
    pub scope: WrapScope,
    /// The key it is wrapped to.
    pub recipient_key: KeyId,
}

impl WrapContext {
    /// `["keyferry/v1/wrap", suite, scope, recipient key id]`.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer
            .array(4)
            .text("keyferry/v1/wrap")
            .field(&self.suite)
            .field(&self.scope)
            .field(&self.recipient_key);
        writer.finish()
    }

    /// The RSA-OAEP label: SHA-256 of [`WrapContext::bytes`], 32 bytes.
    #[must_use]
    pub fn label(&self) -> Digest {
        Digest::of(&self.bytes())
    }
}

/// The Cobblestone `context` of a file version: `["keyferry/v1/content", organization, file, version, "cobblestone-256"]`.
#[must_use]
pub fn content_context(organization: OrganizationId, file: FileId, version: u32) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.array(5).text("keyferry/v1/content").field(&organization).field(&file).field(&version);
    writer.text("cobblestone-256");
    writer.finish()
}

/// The additional data of a sealed manifest: `["keyferry/v1/manifest", organization, file, version]`.
#[must_use]
pub fn manifest_context(organization: OrganizationId, file: FileId, version: u32) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.array(4).text("keyferry/v1/manifest").field(&organization).field(&file).field(&version);
    writer.finish()
}

/// The additional data of a sealed box (a reason, a contact list): `["keyferry/v1/box", wrap context bytes]`.
#[must_use]
pub fn box_context(wrap: &WrapContext) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.array(2).text("keyferry/v1/box").bytes(&wrap.bytes());
    writer.finish()
}

/// The additional data of one private key in a bundle:
/// `["keyferry/v1/bundle-key", owner, bundle, suite, bundle version, field, public key]`.
#[must_use]
pub fn bundle_key_context(
    owner: OwnerId,
    bundle: BundleKind,
    suite: Suite,
    version: u32,
    field: KeyField,
    public_key: &[u8],
) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.array(7).text("keyferry/v1/bundle-key").field(&owner).field(&bundle).field(&suite);
    writer.field(&version).field(&field).bytes(public_key);
    writer.finish()
}

/// The additional data of a passphrase lock:
/// `["keyferry/v1/lock", "passphrase", owner, bundle version, iterations, served salt]`.
#[must_use]
pub fn passphrase_lock_context(owner: OwnerId, version: u32, iterations: u32, salt: &[u8; 16]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.array(6).text("keyferry/v1/lock").text("passphrase").field(&owner).field(&version);
    writer.field(&iterations).field(salt);
    writer.finish()
}

/// The additional data of a recovery lock: `["keyferry/v1/lock", "recovery", owner, bundle version]`.
#[must_use]
pub fn recovery_lock_context(owner: OwnerId, version: u32) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.array(4).text("keyferry/v1/lock").text("recovery").field(&owner).field(&version);
    writer.finish()
}

/// The additional data of a passkey lock:
/// `["keyferry/v1/lock", "passkey", owner, bundle version, RP id, credential id as a byte string]`.
#[must_use]
pub fn passkey_lock_context(owner: OwnerId, version: u32, rp_id: &str, credential: &[u8]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.array(6).text("keyferry/v1/lock").text("passkey").field(&owner).field(&version);
    writer.text(rp_id).bytes(credential);
    writer.finish()
}

/// The commitment a member lock's wrap statement quotes: SHA-256 of owner, bundle, version and every public key.
#[must_use]
pub fn bundle_commitment(owner: OwnerId, bundle: BundleKind, version: u32, public_keys: &[&[u8]]) -> Digest {
    let mut parts = vec![to_bytes(&owner), to_bytes(&bundle), to_bytes(&version)];
    parts.extend(public_keys.iter().map(|key| key.to_vec()));
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    Digest::of_parts("keyferry/v1/bundle", &parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor::from_bytes;

    #[test]
    fn every_bound_field_changes_the_wrap_context() {
        let organization = OrganizationId::from_random([1; 16]);
        let file = FileId::from_random([2; 16]);
        let base = WrapContext {
            suite: Suite::X25519Hpke,
            scope: WrapScope::Dek { organization, file, version: 1 },
            recipient_key: Digest([3; 32]),
        };
        let others = [
            WrapContext { suite: Suite::RsaOaep3072, ..base },
            WrapContext { scope: WrapScope::Dek { organization, file, version: 2 }, ..base },
            WrapContext {
                scope: WrapScope::Dek { organization, file: FileId::from_random([9; 16]), version: 1 },
                ..base
            },
            WrapContext {
                scope: WrapScope::Reason { organization, file, request: RequestId::from_random([2; 16]) },
                ..base
            },
            WrapContext { recipient_key: Digest([4; 32]), ..base },
        ];
        for other in others {
            assert_ne!(other.bytes(), base.bytes());
        }
        assert_eq!(from_bytes::<WrapScope>(&to_bytes(&base.scope)), Ok(base.scope));
    }
}
