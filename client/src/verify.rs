//! What proves a file version, a grant and a wrap. Pure: every check here is tested field by field.

use keyferry_protocol::context::WrapScope;
use keyferry_protocol::grant::GrantState;
use keyferry_protocol::statement::{AccessRequest, Body, FileVersion, Grant, Revocation, Wrap, signer_among};
use keyferry_protocol::wire::access::GrantEntry;
use keyferry_protocol::wire::account::PublicIdentity;
use keyferry_protocol::wire::file::{FileEntry, GrantProof};
use keyferry_protocol::{
    Bytes, Code, Digest, FileId, Fingerprint, IdentityKey, KeyId, OwnerId, Role, StatementError, UserId,
    Verified,
};

use crate::error::ClientError;
use crate::organization::KnownOrganization;

/// Verifies a statement; one that its signer did not make is `unsigned`.
pub(crate) fn signed<B: Body>(
    bytes: &[u8],
    signer: UserId,
    key: &IdentityKey,
    unsigned: Code,
) -> Result<Verified<B>, ClientError> {
    Verified::check(bytes, signer.into(), key).map_err(|error| {
        let code = match error {
            StatementError::Signature | StatementError::Issuer => unsigned,
            _ => error.code(),
        };
        ClientError::new(code, error.to_string())
    })
}

pub(crate) fn mismatch(what: &str) -> ClientError {
    ClientError::new(Code::ContextMismatch, format!("the relay served a statement about another {what}"))
}

/// `context_mismatch` unless `same`.
fn bound(same: bool, what: &str) -> Result<(), ClientError> {
    if same { Ok(()) } else { Err(mismatch(what)) }
}

/// What a member's signed statement says of a served file, if it says it of this file.
///
/// # Errors
/// `author_unsigned`, `context_mismatch`.
pub(crate) fn check_file(
    known: &KnownOrganization,
    entry: &FileEntry,
) -> Result<Verified<FileVersion>, ClientError> {
    let author = &entry.author;
    let key = author.key_of(&entry.statement.0);
    let version = signed::<FileVersion>(&entry.statement.0, author.user, &key, Code::AuthorUnsigned)?;
    let body = version.body();
    // A later version is the same file under another key, made by who holds the vault.
    let may = if body.version > 1 { Role::holds_vault } else { Role::may_upload };
    if known.membership(body.membership, author.user, &key, may).is_none() {
        return Err(ClientError::new(
            Code::AuthorUnsigned,
            "no member who may upload signed this file version",
        ));
    }
    bound(entry.organization == known.id() && body.organization == known.id(), "organization")?;
    bound(body.file == entry.file, "file")?;
    bound(body.version == entry.version, "version")?;
    Ok(version)
}

/// The reader a grant must name, by their identity keys: a grant stands when another takes the place of the one it was for.
pub(crate) struct Reader {
    pub user: UserId,
    pub keys: Vec<IdentityKey>,
}

impl Reader {
    pub fn is(&self, user: UserId, fingerprint: Fingerprint) -> bool {
        self.user == user && self.keys.iter().any(|key| key.fingerprint(user.into()) == fingerprint)
    }
}

/// A grant that an approver signed for this file version.
///
/// # Errors
/// `grant_unsigned`, `context_mismatch`.
pub(crate) fn check_grant(
    known: &KnownOrganization,
    statement: &Bytes,
    granter: &PublicIdentity,
    version: &FileVersion,
) -> Result<Verified<Grant>, ClientError> {
    let key = granter.key_of(&statement.0);
    let grant = signed::<Grant>(&statement.0, granter.user, &key, Code::GrantUnsigned)?;
    let body = grant.body();
    let membership = known.membership(body.membership, granter.user, &key, Role::holds_vault);
    if !membership.is_some_and(|membership| known.in_force(membership, body.epoch)) {
        return Err(ClientError::new(
            Code::GrantUnsigned,
            "no approver of the organization signed this grant",
        ));
    }
    bound(body.organization == version.organization, "organization")?;
    bound(body.file == version.file, "file")?;
    bound(body.version == version.version, "version")?;
    bound(body.salt == version.salt, "salt")?;
    bound(body.commitment == version.commitment, "commitment")?;
    Ok(grant)
}

/// A grant by which `reader` may read now, answering a request `reader` signed.
///
/// # Errors
/// As [`check_grant`]; `grant_revoked`, `grant_expired`.
pub(crate) fn check_own_grant(
    known: &KnownOrganization,
    proof: &GrantProof,
    version: &FileVersion,
    reader: &Reader,
    now_ms: u64,
) -> Result<Verified<Grant>, ClientError> {
    let grant = check_grant(known, &proof.statement, &proof.granter, version)?;
    let body = grant.body();
    bound(body.grant == proof.grant, "grant")?;
    bound(reader.is(body.recipient, body.recipient_fingerprint), "reader")?;
    bound(body.request == Digest::of(&proof.request.0), "request")?;
    check_own_request(&proof.request, version, reader)?;
    proof
        .state
        .check(body.expires_at_ms, now_ms)
        .map_err(|refusal| ClientError::new(refusal.code(), refusal.to_string()))?;
    Ok(grant)
}

fn check_own_request(statement: &Bytes, version: &FileVersion, reader: &Reader) -> Result<(), ClientError> {
    let key = signer_among(reader.user.into(), reader.keys.iter().copied(), &statement.0);
    let key = key.ok_or_else(|| mismatch("reader"))?;
    let request = signed::<AccessRequest>(&statement.0, reader.user, &key, Code::ContextMismatch)?;
    let body = request.body();
    bound(body.organization == version.organization, "organization")?;
    // What was asked for may have been sealed again under another key since.
    bound(body.file == version.file && body.version <= version.version, "file")
}

/// A grant of a listing, and its revocation if it is said to be revoked.
///
/// # Errors
/// As [`check_grant`].
pub(crate) fn check_grant_entry(
    known: &KnownOrganization,
    entry: &GrantEntry,
    version: &FileVersion,
) -> Result<Verified<Grant>, ClientError> {
    let grant = check_grant(known, &entry.statement, &entry.granter, version)?;
    let body = grant.body();
    bound(body.grant == entry.grant, "grant")?;
    let recipient = Reader { user: entry.recipient.user, keys: entry.recipient.keys() };
    bound(recipient.is(body.recipient, body.recipient_fingerprint), "reader")?;
    if let (GrantState::Revoked { .. }, Some(revocation)) = (entry.state, &entry.revocation) {
        check_revocation(known, revocation, &grant)?;
    }
    Ok(grant)
}

/// A revocation by any approver. Its signer stands nowhere but in the signature, so each is tried.
fn check_revocation(
    known: &KnownOrganization,
    statement: &Bytes,
    grant: &Verified<Grant>,
) -> Result<(), ClientError> {
    let verified = known
        .memberships
        .values()
        .filter(|membership| membership.active && membership.role.holds_vault())
        .find_map(|membership| {
            let owner = membership.user.into();
            Verified::<Revocation>::check(&statement.0, owner, &membership.identity_key).ok()
        })
        .ok_or_else(|| ClientError::new(Code::GrantUnsigned, "no approver signed this revocation"))?;
    let body = verified.body();
    bound(body.grant == grant.hash && body.grant_id == grant.body().grant, "grant")
}

/// Who signed a wrap statement, by which of their keys.
pub(crate) struct Wrapper {
    pub user: UserId,
    pub key: IdentityKey,
}

impl Wrapper {
    /// The person the relay names, by the key the statement does.
    pub fn of(served: &PublicIdentity, statement: &Bytes) -> Self {
        Wrapper { user: served.user, key: served.key_of(&statement.0) }
    }

    fn is(&self, person: &PublicIdentity) -> bool {
        self.user == person.user && person.keys().contains(&self.key)
    }
}

/// What a wrap statement must say.
#[derive(Clone, Copy)]
pub(crate) struct WrapExpectation {
    pub scope: WrapScope,
    pub recipient: OwnerId,
    pub recipient_key: KeyId,
    pub commitment: Digest,
    pub grant: Option<Digest>,
    /// The code for a wrap its signer did not vouch for.
    pub unsigned: Code,
}

/// A wrap that its signer vouches for: these very bytes, for this key and purpose.
///
/// # Errors
/// `expected.unsigned`, `context_mismatch`, `state_missing` for no bytes at all.
pub(crate) fn check_wrap(
    statement: &[u8],
    signer: &Wrapper,
    wrapped: &[u8],
    expected: &WrapExpectation,
) -> Result<(), ClientError> {
    if wrapped.is_empty() {
        return Err(ClientError::new(Code::StateMissing, "the relay served no wrapped key"));
    }
    let wrap = signed::<Wrap>(statement, signer.user, &signer.key, expected.unsigned)?;
    let body = wrap.body();
    bound(body.scope == expected.scope, "purpose")?;
    bound(body.recipient == expected.recipient && body.recipient_key == expected.recipient_key, "recipient")?;
    bound(body.commitment == expected.commitment, "commitment")?;
    bound(body.grant == expected.grant, "grant")?;
    if body.wrapped != Digest::of(wrapped) {
        return Err(ClientError::new(expected.unsigned, "the wrapped key is not the one that was signed"));
    }
    Ok(())
}

/// The scope of a file version's DEK.
pub(crate) fn dek_scope(version: &FileVersion) -> WrapScope {
    WrapScope::Dek { organization: version.organization, file: version.file, version: version.version }
}

/// A DEK wrapped to the vault is vouched for by the file's author, or by somebody who holds the vault.
///
/// # Errors
/// `grant_unsigned`.
pub(crate) fn check_vault_wrapper(
    known: &KnownOrganization,
    wrapper: &Wrapper,
    author: &PublicIdentity,
) -> Result<(), ClientError> {
    if wrapper.is(author) || known.ever_held(wrapper.user, &wrapper.key, Role::holds_vault) {
        return Ok(());
    }
    Err(ClientError::new(Code::GrantUnsigned, "nobody who may vouch for this wrapped key did"))
}

/// A DEK wrapped to a reader is vouched for by the granter; after a rotation of one's own key, by oneself.
///
/// # Errors
/// `grant_unsigned`.
pub(crate) fn check_grant_wrapper(
    proof: &GrantProof,
    wrapper: &Wrapper,
    reader: &Reader,
) -> Result<(), ClientError> {
    let by_reader = wrapper.user == reader.user && reader.keys.contains(&wrapper.key);
    if wrapper.is(&proof.granter) || by_reader {
        return Ok(());
    }
    Err(ClientError::new(Code::GrantUnsigned, "the granter did not vouch for this wrapped key"))
}

/// The version that was asked for, and not another file's.
pub(crate) fn check_asked(entry: &FileEntry, file: FileId) -> Result<(), ClientError> {
    bound(entry.file == file, "file")
}

#[cfg(test)]
mod tests;
