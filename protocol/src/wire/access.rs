//! Requests, grants, denials, revocations.

use super::account::PublicIdentity;
use super::file::FileEntry;
use super::sealed_box::SealedBox;
use super::wire;
use crate::audit::AuditEvent;
use crate::encoding::Bytes;
use crate::grant::GrantState;
use crate::id::{GrantId, RequestId};
use crate::request::RequestState;

wire! {
    /// POST `/v1/requests`.
    pub struct NewRequest {
        /// The access request statement (COSE_Sign1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub statement: Bytes,
        /// The reason, sealed to the vault.
        pub reason: SealedBox,
    }

    /// A request in a listing.
    pub struct RequestEntry {
        /// The request.
        pub request: RequestId,
        /// The access request statement (COSE_Sign1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub statement: Bytes,
        /// The reason, sealed to the vault.
        pub reason: SealedBox,
        /// Who sealed it anew when the vault's key was rotated, if somebody did.
        pub resealed: Option<Resealed>,
        /// Who asks.
        pub requester: PublicIdentity,
        /// What for.
        pub file: FileEntry,
        /// Where it stands.
        pub state: RequestState,
        /// The relay's clock when it came.
        pub created_at_ms: u64,
    }

    /// A reason that was sealed anew, to the vault's next key: the request's statement names the box before.
    pub struct Resealed {
        /// The wrap statement (COSE_Sign1): its commitment is the digest the requester signed, its `wrapped` the new one.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub statement: Bytes,
        /// Who signed it.
        pub wrapper: PublicIdentity,
    }

    /// POST `/v1/requests/{request}/grant`, and each that remains of POST `/v1/files/{file}/rekey`.
    pub struct NewGrant {
        /// The grant statement (COSE_Sign1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub grant: Bytes,
        /// The DEK, wrapped to the consultant.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub wrapped_dek: Bytes,
        /// The wrap statement (COSE_Sign1); it follows the grant in the approver's chain.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub wrap: Bytes,
    }

    /// POST `…/denial`, `…/withdrawal`, `…/revocation`: one signed statement.
    pub struct Decision {
        /// The statement (COSE_Sign1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub statement: Bytes,
    }

    /// A grant in a listing.
    pub struct GrantEntry {
        /// The grant.
        pub grant: GrantId,
        /// The grant statement (COSE_Sign1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub statement: Bytes,
        /// Who signed it.
        pub granter: PublicIdentity,
        /// Who may read.
        pub recipient: PublicIdentity,
        /// What.
        pub file: FileEntry,
        /// Where it stands.
        pub state: GrantState,
        /// The revocation statement (COSE_Sign1), after a revocation.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
        pub revocation: Option<Bytes>,
        /// The relay's clock when it came.
        pub created_at_ms: u64,
    }

    /// A page of an audit trail, newest first. `?before=NUMBER&limit=N` (at most 500).
    pub struct AuditPage {
        /// The events.
        pub events: Vec<AuditEvent>,
        /// Give this as `before` for the next page; none at the end.
        pub next_before: Option<u64>,
    }
}
