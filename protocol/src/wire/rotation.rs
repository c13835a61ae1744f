//! Rotation of an encryption key: everything that is wrapped to it is wrapped to the next, page by page, and then takes its
//! place all at once.

use super::account::StoredContacts;
use super::bundle::Bundle;
use super::organization::NewLock;
use super::sealed_box::SealedBox;
use super::wire;
use crate::encoding::{Bytes, Digest};
use crate::id::{FileId, GrantId, OrganizationId, RequestId};
use crate::key::EncryptionKey;

wire! {
    /// PUT `/v1/rotations/{key}`, where `key` is the id of the new key. What was begun for the same owner before is dropped.
    pub struct NewRotation {
        /// Whose vault; none for one's own key.
        pub organization: Option<OrganizationId>,
        /// The key from now on.
        pub key: EncryptionKey,
    }

    /// GET `/v1/rotations/{key}`: what is not wrapped to the new key yet, at most 250 DEKs and 25 reasons of it.
    pub struct Unrotated {
        /// DEKs wrapped to the key until now.
        pub deks: Vec<HeldDek>,
        /// Requests whose reasons are sealed to it. What the requester signed, a client reads in the request itself.
        pub reasons: Vec<RequestId>,
        /// How many there are in all, those that are not on this page too.
        pub remaining: u64,
    }

    /// A DEK that is wrapped to the key until now.
    pub struct HeldDek {
        /// The owning organization.
        pub organization: OrganizationId,
        /// The file.
        pub file: FileId,
        /// Its version.
        pub version: u32,
        /// The grant that let one have it; none for a vault's.
        pub grant: Option<GrantId>,
        /// SHA-256 of that grant's statement.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
        pub grant_hash: Option<Digest>,
        /// The version's Cobblestone salt, 24 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub salt: Bytes,
        /// The version's key commitment.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub commitment: Digest,
        /// The wrapped DEK.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub wrapped_dek: Bytes,
    }

    /// POST `/v1/rotations/{key}/wraps`. The wrap statements follow one another in the caller's chain, DEKs first.
    pub struct RotatedWraps {
        /// DEKs of the page.
        pub deks: Vec<RotatedDek>,
        /// Reasons of the page.
        pub reasons: Vec<RotatedReason>,
        /// Requests of the page whose reason does not open, whoever sealed it so: it stays as it is, and stops nothing.
        pub unreadable: Vec<RequestId>,
    }

    /// A DEK, wrapped to the new key.
    pub struct RotatedDek {
        /// The file.
        pub file: FileId,
        /// Its version.
        pub version: u32,
        /// The grant that let one have it; none for a vault's.
        pub grant: Option<GrantId>,
        /// The wrapped DEK.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub wrapped_dek: Bytes,
        /// The wrap statement (COSE_Sign1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub wrap: Bytes,
    }

    /// A reason, sealed to the new key.
    pub struct RotatedReason {
        /// The request.
        pub request: RequestId,
        /// The reason.
        pub reason: SealedBox,
        /// The wrap statement (COSE_Sign1), see [`super::access::Resealed`].
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub wrap: Bytes,
    }

    /// POST `/v1/accounts/me/keys`. Statements follow one another in the caller's chain: a succession where the identity is
    /// replaced, too, the key certificate, the locks' wraps in order, the contacts, the rotation. Every other session ends,
    /// and with another identity this one as well.
    pub struct KeyRotation {
        /// The login key of the passphrase until now, 32 bytes: a session alone rotates no key.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub current_login_key: Bytes,
        /// The login key from now on, 32 bytes.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub login_key: Bytes,
        /// The login key of the recovery code from now on, 32 bytes; none where there is no code.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
        pub recovery_login_key: Option<Bytes>,
        /// The next bundle, with a passphrase lock and, where there is a recovery code, a lock for the next one.
        pub bundle: Bundle,
        /// The succession of the identity (COSE_Sign1), by the one until now and by the next, who signs all that follows; none
        /// where it stays.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
        pub successions: Vec<Bytes>,
        /// With another identity: one's membership under it, in each organization that one owns.
        pub memberships: Vec<OwnMembership>,
        /// The key certificate (COSE_Sign1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub key_certificate: Bytes,
        /// One's own locks on organizations' bundles, all of them.
        pub locks: Vec<OwnLock>,
        /// The contact list, sealed to the new key; none where there is no list.
        pub contacts: Option<StoredContacts>,
        /// The rotation statement (COSE_Sign1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub rotation: Bytes,
    }

    /// One's own membership under one's next identity.
    pub struct OwnMembership {
        /// In which organization.
        pub organization: OrganizationId,
        /// The membership statement (COSE_Sign1) by its root.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub membership: Bytes,
    }

    /// One's own lock on an organization's bundle, wrapped to one's new key.
    pub struct OwnLock {
        /// Whose bundle.
        pub organization: OrganizationId,
        /// The lock. Its signer is the member.
        pub lock: NewLock,
    }

    /// POST `/v1/organizations/{organization}/vault`. The locks' wraps and the rotation follow one another in the caller's chain.
    pub struct VaultRotation {
        /// The root's certificate of the new key: the next statement of the organization's chain (COSE_Sign1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub certificate: Bytes,
        /// The next bundle, with a lock for every member whose role holds the vault.
        pub bundle: Bundle,
        /// The rotation statement (COSE_Sign1).
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub rotation: Bytes,
    }
}
