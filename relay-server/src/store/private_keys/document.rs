//! How a document looks in both stores: the fields that operators see, bundle parts as their wire JSON.

use keyferry_protocol::wire::bundle::{Bundle, BundleKind, Lock, SealedKey};
use keyferry_protocol::{OrganizationId, OwnerId, Suite, UserId};
use serde::{Deserialize, Serialize};

use super::{BundleDocument, DocumentId};
use crate::store::error::StoreError;

/// How private keys are sealed in every document of this format: PKCS#8 under AES-256-GCM.
const ALGORITHM: &str = "aes-256-gcm/pkcs8";

/// What does not change once written.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredBundle {
    pub(super) owner_kind: String,
    pub(super) owner: String,
    pub(super) kind: BundleKind,
    pub(super) version: u32,
    pub(super) suite: Suite,
    pub(super) algorithm: String,
    /// Public halves, nonces, encrypted private keys.
    pub(super) keys: Vec<SealedKey>,
    /// KDF parameters, salts, nonces and ciphertexts, or wrapped keys.
    pub(super) locks: Vec<Lock>,
}

impl StoredBundle {
    pub(super) fn of(document: &BundleDocument) -> Self {
        let bundle = document.bundle.clone();
        StoredBundle {
            owner_kind: document.owner.kind().to_owned(),
            owner: owner_text(document.owner),
            kind: bundle.kind,
            version: bundle.version,
            suite: bundle.suite,
            algorithm: ALGORITHM.to_owned(),
            keys: bundle.keys,
            locks: bundle.locks,
        }
    }

    pub(super) fn into_document(
        self,
        id: DocumentId,
        created_at_ms: u64,
    ) -> Result<BundleDocument, StoreError> {
        let owner = match self.owner_kind.as_str() {
            "user" => UserId::parse(&self.owner).map(OwnerId::User),
            "organization" => OrganizationId::parse(&self.owner).map(OwnerId::Organization),
            kind => return Err(StoreError::Broken(format!("a bundle of a {kind}"))),
        };
        if self.algorithm != ALGORITHM {
            return Err(StoreError::Broken(format!("a bundle sealed by {}", self.algorithm)));
        }
        let StoredBundle { kind, suite, version, keys, locks, .. } = self;
        Ok(BundleDocument {
            id,
            owner: owner.map_err(|cause| StoreError::Broken(cause.to_string()))?,
            bundle: Bundle { kind, suite, version, keys, locks },
            created_at_ms,
        })
    }
}

/// The owner's id as both stores write it.
pub(super) fn owner_text(owner: OwnerId) -> String {
    match owner {
        OwnerId::User(user) => user.to_string(),
        OwnerId::Organization(organization) => organization.to_string(),
    }
}

/// The id as both stores write it: 32 lowercase hex digits.
pub(super) fn id_text(id: DocumentId) -> String {
    id.0.iter().map(|byte| format!("{byte:02x}")).collect()
}
