//! Key bundles and their locks, as stored and served. Everything secret in them is sealed.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::wire;
use crate::cbor::{Field, Reader, Writer};
use crate::context::bundle_commitment;
use crate::encoding::{Bytes, Digest, EncodingError};
use crate::id::{OwnerId, UserId};
use crate::json::{Json, JsonError, Value, json_text, tagged, variant};
use crate::key::KeyId;
use crate::suite::Suite;

/// Which bundle of an owner.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum BundleKind {
    /// A person's: identity and encryption key.
    Identity,
    /// An organization's root key.
    Root,
    /// An organization's vault key.
    Vault,
}

impl BundleKind {
    /// The name as it stands in contexts, paths and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            BundleKind::Identity => "identity",
            BundleKind::Root => "root",
            BundleKind::Vault => "vault",
        }
    }

    /// Parses a name.
    ///
    /// # Errors
    /// [`EncodingError`] for an unknown one.
    pub fn parse(text: &str) -> Result<Self, EncodingError> {
        [BundleKind::Identity, BundleKind::Root, BundleKind::Vault]
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or(EncodingError("bundle kind"))
    }
}

json_text!(BundleKind, BundleKind::Identity, |kind| kind.name().to_owned(), |text| {
    BundleKind::parse(text).map_err(|_| JsonError::Shape("a bundle kind"))
});

impl fmt::Display for BundleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Field for BundleKind {
    fn put(&self, writer: &mut Writer) {
        writer.text(self.name());
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        BundleKind::parse(reader.text()?)
    }
}

/// Which private key of a bundle.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum KeyField {
    /// An Ed25519 key: a person's identity or an organization's root.
    Signing,
    /// An encryption key: a person's or a vault's.
    Encryption,
}

impl KeyField {
    /// Parses a name.
    ///
    /// # Errors
    /// [`EncodingError`] for an unknown one.
    pub fn parse(text: &str) -> Result<Self, EncodingError> {
        match text {
            "signing" => Ok(KeyField::Signing),
            "encryption" => Ok(KeyField::Encryption),
            _ => Err(EncodingError("key field")),
        }
    }

    /// The name as it stands in contexts and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            KeyField::Signing => "signing",
            KeyField::Encryption => "encryption",
        }
    }
}

json_text!(KeyField, KeyField::Signing, |field| field.name().to_owned(), |text| KeyField::parse(text)
    .map_err(|_| JsonError::Shape("a key field")));

impl Field for KeyField {
    fn put(&self, writer: &mut Writer) {
        writer.text(self.name());
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        KeyField::parse(reader.text()?)
    }
}

wire! {
    /// How a passphrase becomes keys: PBKDF2-HMAC-SHA-256 (RFC 8018 §5.2).
    pub struct KdfParameters {
        /// Iterations. Clients refuse less than 600,000 and more than their ceiling.
        pub iterations: u32,
        /// The served salt, 16 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub salt: Bytes,
    }

    /// One private key: PKCS#8 (RFC 5958) under AES-256-GCM with the bundle key, see `context::bundle_key_context`.
    pub struct SealedKey {
        /// Which key.
        pub field: KeyField,
        /// Its public half: 32 bytes Ed25519 or X25519, or an RSA SubjectPublicKeyInfo.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub public_key: Bytes,
        /// The nonce, 12 random bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub nonce: Bytes,
        /// Ciphertext and 16-byte tag.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub ciphertext: Bytes,
    }

    /// A locked key bundle. Versions are immutable; locks come and go.
    pub struct Bundle {
        /// Which bundle of its owner.
        pub kind: BundleKind,
        /// The suite of its encryption key; of a root bundle, the suite its owners' locks began with.
        pub suite: Suite,
        /// Counts from 1.
        pub version: u32,
        /// The sealed private keys.
        pub keys: Vec<SealedKey>,
        /// The locks: any one of them opens the bundle. Served bundles carry only the reader's own.
        pub locks: Vec<Lock>,
    }
}

impl Bundle {
    /// The commitment that member locks' wrap statements quote.
    #[must_use]
    pub fn commitment(&self, owner: OwnerId) -> Digest {
        let keys: Vec<&[u8]> = self.keys.iter().map(|key| key.public_key.as_ref()).collect();
        bundle_commitment(owner, self.kind, self.version, &keys)
    }

    /// The sealed key of `field`.
    #[must_use]
    pub fn key(&self, field: KeyField) -> Option<&SealedKey> {
        self.keys.iter().find(|key| key.field == field)
    }
}

/// The bundle key, sealed once per lock (key slots, as in LUKS).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Lock {
    /// Under the lock key of a passphrase, AES-256-GCM, see `context::passphrase_lock_context`.
    Passphrase {
        /// How the passphrase becomes the lock key.
        kdf: KdfParameters,
        /// The nonce, 12 random bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        nonce: Bytes,
        /// 32 bytes of ciphertext and a 16-byte tag.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        ciphertext: Bytes,
    },
    /// Under the lock key of a recovery code, AES-256-GCM, see `context::recovery_lock_context`.
    Recovery {
        /// The nonce, 12 random bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        nonce: Bytes,
        /// 32 bytes of ciphertext and a 16-byte tag.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        ciphertext: Bytes,
    },
    /// Under the lock key of a passkey's PRF output, AES-256-GCM, see `context::passkey_lock_context`.
    Passkey {
        /// The RP id the passkey is scoped to: the host of the pages that made it.
        rp_id: String,
        /// The credential id.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        credential: Bytes,
        /// The nonce, 12 random bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        nonce: Bytes,
        /// 32 bytes of ciphertext and a 16-byte tag.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        ciphertext: Bytes,
    },
    /// Wrapped to a person's encryption key, and vouched for by a wrap statement of an owner.
    Member {
        /// Whose lock.
        user: UserId,
        /// The key it is wrapped to.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        recipient_key: KeyId,
        /// The wrapped bundle key.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        wrapped: Bytes,
        /// The wrap statement (COSE_Sign1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        statement: Bytes,
        /// Who signed it.
        signer: UserId,
    },
}

impl Json for Lock {
    fn to_json(&self) -> Value {
        let (kind, mut fields) = match self {
            Lock::Passphrase { kdf, .. } => ("passphrase", vec![("kdf", kdf.to_json())]),
            Lock::Recovery { .. } => ("recovery", Vec::new()),
            Lock::Passkey { rp_id, credential, .. } => {
                ("passkey", vec![("rp_id", rp_id.to_json()), ("credential", credential.to_json())])
            }
            Lock::Member { user, recipient_key, wrapped, statement, signer } => (
                "member",
                vec![
                    ("user", user.to_json()),
                    ("recipient_key", recipient_key.to_json()),
                    ("wrapped", wrapped.to_json()),
                    ("statement", statement.to_json()),
                    ("signer", signer.to_json()),
                ],
            ),
        };
        if let Lock::Passphrase { nonce, ciphertext, .. }
        | Lock::Recovery { nonce, ciphertext }
        | Lock::Passkey { nonce, ciphertext, .. } = self
        {
            fields.extend([("nonce", nonce.to_json()), ("ciphertext", ciphertext.to_json())]);
        }
        variant("kind", kind, fields)
    }

    fn from_json(value: Value) -> Result<Self, JsonError> {
        let (name, mut entries) = tagged(value, "kind")?;
        let lock = match name.as_str() {
            "passphrase" => Lock::Passphrase {
                kdf: entries.get("kdf"),
                nonce: entries.get("nonce"),
                ciphertext: entries.get("ciphertext"),
            },
            "recovery" => {
                Lock::Recovery { nonce: entries.get("nonce"), ciphertext: entries.get("ciphertext") }
            }
            "passkey" => Lock::Passkey {
                rp_id: entries.get("rp_id"),
                credential: entries.get("credential"),
                nonce: entries.get("nonce"),
                ciphertext: entries.get("ciphertext"),
            },
            "member" => Lock::Member {
                user: entries.get("user"),
                recipient_key: entries.get("recipient_key"),
                wrapped: entries.get("wrapped"),
                statement: entries.get("statement"),
                signer: entries.get("signer"),
            },
            _ => return Err(JsonError::Shape("a kind of lock")),
        };
        entries.end(lock)
    }

    fn hole() -> Self {
        Lock::Recovery { nonce: Json::hole(), ciphertext: Json::hole() }
    }
}
