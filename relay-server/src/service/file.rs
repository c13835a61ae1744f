//! Files: completed versions and their listing.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::context::WrapScope;
use keyferry_protocol::statement::FileVersion;
use keyferry_protocol::wire::account::Accepted;
use keyferry_protocol::wire::file::{FileEntry, NewVersion};
use keyferry_protocol::wire::notice::Notice;
use keyferry_protocol::{Code, Digest, FileId, OrganizationId};

use super::authority::{Member, Uploader};
use super::chain::{ExpectedWrap, PersonalChain};
use super::view::{Views, dangling};
use super::{Caller, ServiceError, notice};
use crate::state::State;
use crate::store::record::{VersionRecord, WrapRecord};
use crate::store::{Change, Commit};

const MAX_LABEL_CHARS: usize = 200;
/// 12-byte nonce and 16-byte tag around the manifest.
const MIN_MANIFEST_BYTES: usize = 28;
const MAX_MANIFEST_BYTES: usize = 16 * 1024;

/// The organization's files, for every member.
pub async fn list(
    state: &State,
    caller: &Caller,
    organization: OrganizationId,
) -> Result<Vec<FileEntry>, ServiceError> {
    Member::of(state, caller, organization).await?;
    let versions = state.registry.files(organization).await?;
    Views::new(state).files(&versions).await
}

/// One file's current version, for every member of its organization.
pub async fn one(state: &State, caller: &Caller, file: FileId) -> Result<FileEntry, ServiceError> {
    let version = state.registry.current_version(file).await?.ok_or_else(ServiceError::not_found)?;
    Member::of(state, caller, version.organization).await?;
    Views::new(state).file(&version).await
}

/// Turns a complete upload into the first version of a file. Later ones take its place by a re-key alone: whoever asked for
/// a file, or was granted it, gets what was there.
pub async fn complete(
    state: &State,
    caller: &Caller,
    file: FileId,
    new: NewVersion,
) -> Result<Accepted, ServiceError> {
    let uploader = Member::of(state, caller, new.organization).await?.uploader()?;
    let mut chain = PersonalChain::load(state, caller.user).await?;
    let accepted = accept(state, caller, &mut chain, &uploader, file, new).await?;
    if accepted.said.version > 1 {
        return Err(ServiceError::refused(
            Code::AlreadyExists,
            "The file exists: a later version takes its place by a re-key alone.",
        ));
    }
    save(state, caller, chain, &uploader, accepted).await
}

/// A version that its author's chain took, with its DEK for the vault.
pub struct AcceptedVersion {
    /// What its author said.
    pub said: FileVersion,
    /// The version.
    pub record: VersionRecord,
    /// The DEK for the vault.
    pub wrap: WrapRecord,
}

/// Accepts the next version of a file and the wrap of its DEK onto the author's chain.
///
/// # Errors
/// The upload's and the statements' codes; `already_exists`, `value_invalid`, `not_found`.
pub async fn accept(
    state: &State,
    caller: &Caller,
    chain: &mut PersonalChain,
    author: &Member,
    file: FileId,
    new: NewVersion,
) -> Result<AcceptedVersion, ServiceError> {
    let content_bytes = state.uploads.complete_bytes(caller, new.upload).await?;
    let said = chain.accept::<FileVersion>(&new.statement)?.statement.body;
    check(author, file, &new, &said, content_bytes)?;
    check_number(state, file, &said).await?;
    accept_wrap(chain, author, &new, &said)?;
    let record = VersionRecord {
        organization: new.organization,
        file,
        version: said.version,
        statement: new.statement,
        manifest: new.manifest,
        author: caller.user,
        upload: new.upload,
        content_bytes,
        created_at_ms: caller.now_ms,
    };
    let wrap = WrapRecord { wrapped_dek: new.wrapped_dek, statement: new.wrap, wrapper: caller.user };
    Ok(AcceptedVersion { said, record, wrap })
}

fn check(
    author: &Member,
    file: FileId,
    new: &NewVersion,
    said: &FileVersion,
    content_bytes: u64,
) -> Result<(), ServiceError> {
    let same = said.organization == new.organization
        && said.file == file
        && said.content_bytes == content_bytes
        && said.manifest == Digest::of(&new.manifest.0)
        && said.membership == author.membership.statement;
    if !same {
        return Err(ServiceError::statement(
            "The file version names another organization, file, length, manifest or membership.",
        ));
    }
    let label = said.label.chars();
    if label.clone().count() > MAX_LABEL_CHARS || label.into_iter().any(char::is_control) {
        return Err(ServiceError::value("A label has at most 200 characters and no control characters."));
    }
    if !(MIN_MANIFEST_BYTES..=MAX_MANIFEST_BYTES).contains(&new.manifest.0.len()) {
        return Err(ServiceError::value("A sealed manifest has 28 bytes to 16 KiB."));
    }
    Ok(())
}

/// Versions count from 1 without gaps, all in one organization.
async fn check_number(state: &State, file: FileId, said: &FileVersion) -> Result<(), ServiceError> {
    let current = state.registry.current_version(file).await?;
    let next = match &current {
        // Somebody else's file does not exist for this organization; its id is taken all the same.
        Some(version) if version.organization != said.organization => return Err(ServiceError::not_found()),
        Some(version) => version.version.checked_add(1),
        None => Some(1),
    };
    if Some(said.version) == next {
        return Ok(());
    }
    if current.is_some_and(|version| said.version <= version.version) {
        return Err(ServiceError::refused(Code::AlreadyExists, "The file has this version already."));
    }
    Err(ServiceError::value("Versions count from 1 without gaps."))
}

fn accept_wrap(
    chain: &mut PersonalChain,
    author: &Member,
    new: &NewVersion,
    said: &FileVersion,
) -> Result<(), ServiceError> {
    let vault = author.organization.vault.as_ref().ok_or_else(|| dangling("a vault"))?.key();
    if new.wrapped_dek.0.len() != vault.suite.wrapped_bytes() {
        return Err(ServiceError::value("A wrapped key has an impossible length."));
    }
    let expected = ExpectedWrap {
        scope: WrapScope::Dek { organization: said.organization, file: said.file, version: said.version },
        recipient: said.organization.into(),
        recipient_key: vault.id(),
        commitment: said.commitment,
        wrapped: &new.wrapped_dek,
        grant: None,
    };
    chain.accept_wrap(&new.wrap, &expected)
}

async fn save(
    state: &State,
    caller: &Caller,
    chain: PersonalChain,
    uploader: &Uploader,
    accepted: AcceptedVersion,
) -> Result<Accepted, ServiceError> {
    let AcceptedVersion { record: version, wrap, .. } = accepted;
    let (organization, file) = (version.organization, version.file);
    let chain_head = chain.head();
    let events = [Operation::FileUploaded, Operation::KeyWrapped]
        .map(|operation| caller.event(operation).in_organization(organization).about_file(file));
    let changes = vec![chain.change(), Change::Version { version, wrap }];
    // Neither the author's membership nor the vault's key may change while this is written.
    let unmoved = vec![(organization.into(), uploader.organization.head)];
    state.registry.commit(Commit { unmoved, changes, events: events.into(), ..caller.commit() }).await?;
    state.notices.tell(notice::members(&uploader.organization), Notice::File { organization, file });
    Ok(Accepted { chain: chain_head })
}
