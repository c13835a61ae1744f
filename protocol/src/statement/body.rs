//! What statements say, one body per kind. A body is a CBOR map with the keys 1, 2, 3 … in field order.

use crate::cbor::{Field, MISSING, Reader, Slot, Writer};
use crate::context::WrapScope;
use crate::encoding::{Bytes, Digest, EncodingError};
use crate::fingerprint::Fingerprint;
use crate::id::{FileId, GrantId, OrganizationId, OwnerId, RequestId, UserId};
use crate::key::{EncryptionKey, IdentityKey, KeyId};
use crate::role::Role;
use crate::statement::{ChainHead, StatementError, Verified};
use crate::suite::Suite;

/// A kind of statement.
pub trait Body: Field {
    /// Its `typ`, signed with it, so that no statement passes for another kind.
    const TYPE: &'static str;
}

macro_rules! body {
    ($(#[$doc:meta])* $name:ident = $typ:literal { $($(#[$field_doc:meta])* $key:literal $field:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $kind,)*
        }

        impl Body for $name {
            const TYPE: &'static str = $typ;
        }

        impl Field for $name {
            fn put(&self, writer: &mut Writer) {
                writer.map([$($key),*].len());
                $(writer.item($key as u8).field(&self.$field);)*
            }

            fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
                $(let mut $field: Option<$kind> = None;)*
                reader.fields(&mut [$(($key, &mut $field as &mut dyn Slot)),*])?;
                $(let Some($field) = $field else { return Err(MISSING) };)*
                Ok($name { $($field),* })
            }
        }
    };
}

body!(
    /// An identity or root certifies an encryption key. Routine rotation makes a new one.
    KeyCertificate = "keyferry/v1/key-certificate" {
        /// How keys are wrapped to it.
        1 suite: Suite,
        /// The public key, see [`EncryptionKey`].
        2 public_key: Bytes,
        /// Counts the owner's encryption keys from 1.
        3 version: u32,
    }
);

impl KeyCertificate {
    /// The certified key.
    #[must_use]
    pub fn key(&self) -> EncryptionKey {
        EncryptionKey { suite: self.suite, public_key: self.public_key.clone() }
    }
}

body!(
    /// An organization's name and rules: the first statement of its chain, signed by the root it names.
    Policy = "keyferry/v1/policy" {
        /// The organization.
        1 organization: OrganizationId,
        /// Its name.
        2 name: String,
        /// Its root key.
        3 root_key: IdentityKey,
        /// The longest time a grant may last, in milliseconds.
        4 max_grant_ms: u64,
    }
);

body!(
    /// The root says what a person is to the organization.
    Membership = "keyferry/v1/membership" {
        /// The organization.
        1 organization: OrganizationId,
        /// The person.
        2 user: UserId,
        /// Their identity key, verified by the owner who signed.
        3 identity_key: IdentityKey,
        /// Their role.
        4 role: Role,
        /// False ends the membership.
        5 active: bool,
        /// Counts the organization's membership statements from 1.
        6 epoch: u64,
        /// How many active members the listing has after this statement.
        7 member_count: u64,
        /// The root of that listing, see `organization::listing_root`.
        8 member_root: Digest,
    }
);

body!(
    /// An uploader says what a file version is.
    FileVersion = "keyferry/v1/file-version" {
        /// The owning organization.
        1 organization: OrganizationId,
        /// The file.
        2 file: FileId,
        /// The version, from 1.
        3 version: u32,
        /// The label that may be browsed.
        4 label: String,
        /// The Cobblestone salt.
        5 salt: [u8; 24],
        /// The Cobblestone key commitment.
        6 commitment: Digest,
        /// Length of the whole ciphertext, in bytes.
        7 content_bytes: u64,
        /// SHA-256 of the sealed manifest.
        8 manifest: Digest,
        /// The uploader's membership statement.
        9 membership: Digest,
    }
);

body!(
    /// A consultant asks for a file version.
    AccessRequest = "keyferry/v1/access-request" {
        /// The request.
        1 request: RequestId,
        /// The organization asked.
        2 organization: OrganizationId,
        /// The file.
        3 file: FileId,
        /// The version.
        4 version: u32,
        /// SHA-256 of the sealed reason's canonical bytes.
        5 reason: Digest,
        /// Until when access is wanted, in milliseconds since 1970.
        6 expires_at_ms: u64,
    }
);

body!(
    /// An approver lets one person read one file version.
    Grant = "keyferry/v1/grant" {
        /// The grant.
        1 grant: GrantId,
        /// The organization.
        2 organization: OrganizationId,
        /// The file.
        3 file: FileId,
        /// The version.
        4 version: u32,
        /// The version's Cobblestone salt.
        5 salt: [u8; 24],
        /// The version's key commitment.
        6 commitment: Digest,
        /// The reader.
        7 recipient: UserId,
        /// The reader's identity, as the approver verified it.
        8 recipient_fingerprint: Fingerprint,
        /// SHA-256 of the signed request.
        9 request: Digest,
        /// The end of access, in milliseconds since 1970.
        10 expires_at_ms: u64,
        /// SHA-256 of the granter's membership statement.
        11 membership: Digest,
        /// The membership epoch the granter saw.
        12 epoch: u64,
    }
);

body!(
    /// Someone vouches for a wrapped key: who made it, what it holds, for which key.
    Wrap = "keyferry/v1/wrap" {
        /// What the key is for.
        1 scope: WrapScope,
        /// The person or organization it is for.
        2 recipient: OwnerId,
        /// The key it is wrapped to.
        3 recipient_key: KeyId,
        /// The Cobblestone commitment of a DEK; of a lock, `context::bundle_commitment`.
        4 commitment: Digest,
        /// SHA-256 of the wrapped bytes.
        5 wrapped: Digest,
        /// SHA-256 of the grant it serves, if it serves one.
        6 grant: Option<Digest>,
    }
);

body!(
    /// An approver refuses a request.
    Denial = "keyferry/v1/denial" {
        /// The organization.
        1 organization: OrganizationId,
        /// The request.
        2 request_id: RequestId,
        /// SHA-256 of the signed request.
        3 request: Digest,
        /// SHA-256 of the signer's membership statement.
        4 membership: Digest,
    }
);

body!(
    /// A consultant takes a request back.
    Withdrawal = "keyferry/v1/withdrawal" {
        /// The request.
        1 request_id: RequestId,
        /// SHA-256 of the signed request.
        2 request: Digest,
    }
);

body!(
    /// An approver ends a grant.
    Revocation = "keyferry/v1/revocation" {
        /// The organization.
        1 organization: OrganizationId,
        /// The grant.
        2 grant_id: GrantId,
        /// SHA-256 of the signed grant.
        3 grant: Digest,
        /// SHA-256 of the signer's membership statement.
        4 membership: Digest,
    }
);

body!(
    /// A person's contact list of verified fingerprints.
    Contacts = "keyferry/v1/contacts" {
        /// Counts the lists from 1.
        1 version: u64,
        /// SHA-256 of the sealed list's canonical bytes.
        2 sealed: Digest,
    }
);

body!(
    /// What only a client can know, said by that client.
    Report = "keyferry/v1/report" {
        /// `key_unwrapped` or `private_key_decrypted`.
        1 operation: String,
        /// The organization concerned.
        2 organization: Option<OrganizationId>,
        /// The file concerned.
        3 file: Option<FileId>,
        /// The grant used.
        4 grant: Option<GrantId>,
    }
);

body!(
    /// Everything that was wrapped to one encryption key of an owner is wrapped to the next.
    Rotation = "keyferry/v1/rotation" {
        /// Whose key: a person's own, or the vault of an organization.
        1 owner: OwnerId,
        /// The key until now.
        2 from: KeyId,
        /// The key from now on.
        3 to: KeyId,
        /// How many DEKs and reasons were wrapped to it.
        4 wraps: u64,
        /// See [`Rotation::root_of`].
        5 root: Digest,
    }
);

impl Rotation {
    /// SHA-256 over the hashes of the wrap statements, in ascending order.
    #[must_use]
    pub fn root_of(mut wraps: Vec<Digest>) -> Digest {
        wraps.sort_unstable_by_key(|hash| hash.0);
        let parts: Vec<&[u8]> = wraps.iter().map(|hash| hash.0.as_slice()).collect();
        Digest::of_parts("keyferry/v1/rotation-wraps", &parts)
    }
}

body!(
    /// An identity or a root key gives way to the next. Said twice in the owner's chain, by the key until now and then by the key
    /// from now on; of a root also by owners in chains of their own, who vouch for it.
    Succession = "keyferry/v1/succession" {
        /// Whose key: a person's identity, or the root of an organization.
        1 owner: OwnerId,
        /// The key until now.
        2 from: IdentityKey,
        /// The key from now on.
        3 to: IdentityKey,
    }
);

impl Succession {
    /// The owner's keys in order, the first with those that `statements` (pairs, oldest first) put in its place.
    ///
    /// # Errors
    /// [`StatementError`] at the first pair that is not said by both keys, one right after the other.
    pub fn follow<T: AsRef<[u8]>>(
        owner: OwnerId,
        first: IdentityKey,
        statements: &[T],
    ) -> Result<Vec<IdentityKey>, StatementError> {
        let mut keys = vec![first];
        let mut from = first;
        for pair in statements.chunks(2) {
            let [old, new] = pair else { return Err(StatementError::Chain) };
            let said = Verified::<Succession>::check(old.as_ref(), owner, &from)?;
            let Succession { to, .. } = *said.body();
            let taken = Verified::<Succession>::check(new.as_ref(), owner, &to)?;
            let both = said.body() == taken.body() && *said.body() == (Succession { owner, from, to });
            if !both || to == from {
                return Err(StatementError::Chain);
            }
            ChainHead { sequence: said.statement.sequence, hash: said.hash }.after(&taken)?;
            keys.push(to);
            from = to;
        }
        Ok(keys)
    }
}
