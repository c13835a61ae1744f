//! Files, versions, and the key that opens one.

use super::access::NewGrant;
use super::account::PublicIdentity;
use super::wire;
use crate::encoding::Bytes;
use crate::grant::GrantState;
use crate::id::{FileId, GrantId, OrganizationId, UploadId};

wire! {
    /// POST `/v1/files/{file}/versions`: a complete upload becomes a file version.
    pub struct NewVersion {
        /// The organization.
        pub organization: OrganizationId,
        /// The complete upload.
        pub upload: UploadId,
        /// The file version statement (COSE_Sign1) of the uploader.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub statement: Bytes,
        /// The sealed manifest: 12-byte nonce, ciphertext, 16-byte tag.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub manifest: Bytes,
        /// The DEK, wrapped to the vault.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub wrapped_dek: Bytes,
        /// The wrap statement (COSE_Sign1); it follows the file version statement in the uploader's chain.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub wrap: Bytes,
    }

    /// POST `/v1/files/{file}/rekey`: the file's next version, under another key, in the place of the one before.
    pub struct Rekey {
        /// The version; its label and length are those of the version before.
        pub version: NewVersion,
        /// Every grant that remains, signed anew under its own id. Their statements follow those of `version` in order.
        pub grants: Vec<NewGrant>,
    }

    /// A file in a listing: its current version.
    pub struct FileEntry {
        /// The owning organization.
        pub organization: OrganizationId,
        /// The file.
        pub file: FileId,
        /// Its current version.
        pub version: u32,
        /// The file version statement (COSE_Sign1); label and length stand in it.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub statement: Bytes,
        /// Who uploaded it.
        pub author: PublicIdentity,
        /// The relay's clock when it was completed.
        pub created_at_ms: u64,
    }

    /// GET `…/key`: a wrapped DEK and every statement that proves it.
    pub struct WrappedDek {
        /// The file version it opens.
        pub entry: FileEntry,
        /// The sealed manifest.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub manifest: Bytes,
        /// The DEK, wrapped to the caller or, for holders of the vault, to the vault.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub wrapped_dek: Bytes,
        /// The wrap statement over it.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub wrap: Bytes,
        /// Who signed the wrap.
        pub wrapper: PublicIdentity,
        /// The grant that lets the caller read; none for holders of the vault.
        pub grant: Option<GrantProof>,
    }

    /// A grant with what it answers to.
    pub struct GrantProof {
        /// The grant.
        pub grant: GrantId,
        /// The grant statement (COSE_Sign1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub statement: Bytes,
        /// Who signed it.
        pub granter: PublicIdentity,
        /// The access request statement (COSE_Sign1) it quotes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub request: Bytes,
        /// Where it stands, by the relay's word.
        pub state: GrantState,
    }
}
