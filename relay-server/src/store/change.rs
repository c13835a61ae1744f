//! What one transaction does: changes that fit what is stored, and the audit events that tell of them.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::request::RequestState;
use keyferry_protocol::wire::account::StoredContacts;
use keyferry_protocol::wire::bundle::{BundleKind, KdfParameters};
use keyferry_protocol::{
    Bytes, ChainHead, Digest, FileId, GrantId, IdentityKey, InvitationId, KeyId, OrganizationId, OwnerId,
    RequestId, Role, UserId,
};

use super::private_keys::DocumentId;
use super::record::{
    AccountRecord, GrantRecord, InvitationRecord, PasskeyRecord, RequestRecord, RotatedWrap, RotationRecord,
    SessionRecord, VersionRecord, WrapRecord,
};

/// One transaction: all of it happens, or nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Commit {
    /// The session it is done for, which must be in force still; none for what the relay does without one.
    pub session: Option<Digest>,
    /// Chains that must not have moved since the rules were applied.
    pub unmoved: Vec<(OwnerId, ChainHead)>,
    /// What changes.
    pub changes: Vec<Change>,
    /// What is written down about it.
    pub events: Vec<Event>,
}

/// One change. Each checks the state it starts from and conflicts when that has moved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// A new account.
    Account(AccountRecord),
    /// Statements that follow `from` in the owner's chain.
    Append {
        /// Whose chain.
        owner: OwnerId,
        /// The head they follow.
        from: ChainHead,
        /// The statements in order (COSE_Sign1).
        statements: Vec<Bytes>,
        /// The head after them.
        to: ChainHead,
    },
    /// A new session.
    Session(SessionRecord),
    /// A session ends.
    EndSession(Digest),
    /// Every session of a person ends, but perhaps one.
    EndSessions {
        /// Whose.
        user: UserId,
        /// The token digest of the one that stays.
        but: Option<Digest>,
    },
    /// A person's recovery code.
    RecoveryCode {
        /// Whose.
        user: UserId,
        /// Its verifier until now.
        from: Option<Digest>,
        /// SHA-256 of its login key from now on; none for no code. Nobody has tested it yet.
        verifier: Option<Digest>,
    },
    /// A person proved to have their recovery code.
    RecoveryTested {
        /// Whose.
        user: UserId,
        /// The verifier of the code.
        verifier: Digest,
        /// When.
        tested_at_ms: u64,
    },
    /// A new passkey.
    Passkey(PasskeyRecord),
    /// A passkey logged in.
    PasskeyUsed {
        /// Its credential id.
        credential: Bytes,
        /// The count it signed: higher than the one before, or both are zero.
        sign_count: u32,
        /// When.
        at_ms: u64,
    },
    /// A passkey logs in no more.
    RemovePasskey {
        /// Whose.
        user: UserId,
        /// Its credential id.
        credential: Bytes,
    },
    /// No passkey of a person logs in any more.
    RemovePasskeys(UserId),
    /// Whether a person may log in.
    Suspension {
        /// Whose account.
        user: UserId,
        /// Since when not, unless it was suspended before; none lifts the suspension.
        since_ms: Option<u64>,
    },
    /// Whatever was granted to a person ends, and what they asked for is withdrawn, nobody signing it. Wrapped DEKs are
    /// deleted.
    EndAccess {
        /// Whose access.
        user: UserId,
        /// When.
        ended_at_ms: u64,
        /// The organizations they belong to, all of them.
        organizations: Vec<OrganizationId>,
    },
    /// What a person logs in with.
    Passphrase {
        /// Whose.
        user: UserId,
        /// The login verifier until now.
        from: Digest,
        /// The KDF parameters from now on.
        kdf: KdfParameters,
        /// SHA-256 of the login key from now on.
        login_verifier: Digest,
    },
    /// The certificate of a person's encryption key.
    KeyCertificate {
        /// Whose.
        user: UserId,
        /// The certificate until now (COSE_Sign1).
        from: Bytes,
        /// The certificate from now on.
        to: Bytes,
        /// The organizations the person is a member of.
        organizations: Vec<OrganizationId>,
    },
    /// Another identity key takes the place of a person's.
    Identity {
        /// Whose.
        user: UserId,
        /// The key until now.
        from: IdentityKey,
        /// The key from now on.
        to: IdentityKey,
        /// Every succession of theirs, in pairs of statements (COSE_Sign1), oldest first.
        successions: Vec<Bytes>,
    },
    /// An owner vouches for an organization's next root; twice is once.
    Voucher {
        /// The organization.
        organization: OrganizationId,
        /// Its next root.
        root: IdentityKey,
        /// Who vouches.
        user: UserId,
        /// The succession statement (COSE_Sign1).
        statement: Bytes,
    },
    /// A rotation is begun; what the same person began for the same owner before is dropped.
    Rotation(RotationRecord),
    /// Something was wrapped to the new key of a rotation.
    RotatedWraps {
        /// The new key.
        key: KeyId,
        /// What was wrapped.
        wraps: Vec<RotatedWrap>,
    },
    /// Everything that was wrapped to a rotation's new key takes the place of what was held, if it is all of it.
    Rotate(RotationRecord),
    /// The registry points to another document of a bundle.
    CurrentBundle {
        /// Whose bundle.
        owner: OwnerId,
        /// Which bundle.
        kind: BundleKind,
        /// The document until now.
        from: Option<DocumentId>,
        /// The document from now on.
        to: DocumentId,
    },
    /// A bundle is in force no more, and none takes its place.
    DropBundle {
        /// Whose bundle.
        owner: OwnerId,
        /// Which bundle.
        kind: BundleKind,
        /// The document until now.
        from: DocumentId,
    },
    /// A person's e-mail, sessions, contacts, invitations, requests, and what they log in with; the addresses they came
    /// from. Their id, identity key and statements stay. Unfinished uploads are left to the sweep.
    EraseAccount {
        /// Whose.
        user: UserId,
        /// Their e-mail.
        email: String,
        /// When.
        erased_at_ms: u64,
    },
    /// A file's versions, wrapped DEKs, requests and grants, and the bytes of their statements. Its content is left to the
    /// sweep.
    EraseFile(FileId),
    /// Whether a bundle's keys have to be replaced. Who puts a bundle of a higher version in force says none.
    RotationDue {
        /// Whose bundle.
        owner: OwnerId,
        /// Which bundle.
        kind: BundleKind,
        /// Since when, unless it was due before.
        since_ms: Option<u64>,
    },
    /// A new organization.
    Organization {
        /// Which.
        organization: OrganizationId,
        /// When it was made.
        created_at_ms: u64,
    },
    /// A member's role in force; none ends the membership. An index over the organization's chain.
    Member {
        /// In which organization.
        organization: OrganizationId,
        /// Who.
        user: UserId,
        /// As what.
        role: Option<Role>,
    },
    /// A new invitation.
    Invitation(InvitationRecord),
    /// A pending invitation is accepted.
    AcceptInvitation {
        /// Which.
        invitation: InvitationId,
        /// By whom.
        user: UserId,
    },
    /// An accepted invitation led to a membership.
    CompleteInvitation(InvitationId),
    /// A file version with its DEK wrapped to the vault.
    Version {
        /// The version.
        version: VersionRecord,
        /// The DEK for the vault.
        wrap: WrapRecord,
    },
    /// The version before the current one gives way to it: its wraps are deleted, its content is to be.
    ReplaceVersion {
        /// The file.
        file: FileId,
        /// The version that gives way.
        version: u32,
        /// Every grant that remains, as it is from now on, with the DEK for its recipient.
        grants: Vec<(GrantRecord, WrapRecord)>,
        /// When.
        at_ms: u64,
    },
    /// A new request.
    Request(RequestRecord),
    /// A pending request is closed.
    CloseRequest {
        /// Which.
        request: RequestId,
        /// How.
        state: RequestState,
    },
    /// A new grant with the DEK wrapped to its recipient.
    Grant {
        /// The grant.
        grant: GrantRecord,
        /// The DEK for the recipient.
        wrap: WrapRecord,
    },
    /// An active grant ends and its wrapped DEK is deleted.
    RevokeGrant {
        /// Which.
        grant: GrantId,
        /// The revocation statement (COSE_Sign1).
        statement: Bytes,
        /// When.
        revoked_at_ms: u64,
    },
    /// A person's contact list.
    Contacts {
        /// Whose.
        user: UserId,
        /// The list with its statement.
        contacts: StoredContacts,
    },
}

/// One line for the audit trail; the registry numbers it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// When, by the relay's clock.
    pub at_ms: u64,
    /// What was done.
    pub operation: Operation,
    /// By whom, where known.
    pub user: Option<UserId>,
    /// The organization concerned.
    pub organization: Option<OrganizationId>,
    /// The file concerned.
    pub file: Option<FileId>,
    /// The request concerned.
    pub request: Option<RequestId>,
    /// The grant concerned.
    pub grant: Option<GrantId>,
    /// Whether it succeeded.
    pub success: bool,
    /// A client-signed report, not the relay's own word.
    pub reported: bool,
    /// The address it came from.
    pub address: Option<String>,
    /// Further words, for people.
    pub details: Option<String>,
}

impl Event {
    /// The event, in an organization.
    #[must_use]
    pub fn in_organization(self, organization: OrganizationId) -> Self {
        Event { organization: Some(organization), ..self }
    }

    /// The event, about a file.
    #[must_use]
    pub fn about_file(self, file: FileId) -> Self {
        Event { file: Some(file), ..self }
    }

    /// The event, about a request.
    #[must_use]
    pub fn about_request(self, request: RequestId) -> Self {
        Event { request: Some(request), ..self }
    }

    /// The event, about a grant.
    #[must_use]
    pub fn about_grant(self, grant: GrantId) -> Self {
        Event { grant: Some(grant), ..self }
    }
}
