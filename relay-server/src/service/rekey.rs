//! A file under another key: its next version takes the place of the current one, with the grants that remain.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::statement::{FileVersion, Grant};
use keyferry_protocol::wire::access::NewGrant;
use keyferry_protocol::wire::account::Accepted;
use keyferry_protocol::wire::file::Rekey;
use keyferry_protocol::wire::notice::Notice;
use keyferry_protocol::{ChainHead, FileId, GrantId, OwnerId};

use super::authority::{Approver, Member};
use super::chain::PersonalChain;
use super::file::{AcceptedVersion, accept};
use super::view::dangling;
use super::{Caller, ServiceError, grant, notice};
use crate::state::State;
use crate::store::record::{GrantRecord, VersionRecord, WrapRecord};
use crate::store::{Change, Commit, Conflict, Event};

/// Puts a complete upload in the place of the file's current version.
///
/// # Errors
/// As of a new version and of new grants; `chain_conflict` when other grants remain than were signed for.
pub async fn complete(
    state: &State,
    caller: &Caller,
    file: FileId,
    new: Rekey,
) -> Result<Accepted, ServiceError> {
    let approver = Member::of(state, caller, new.version.organization).await?.approver()?;
    let mut chain = PersonalChain::load(state, caller.user).await?;
    let version = accept(state, caller, &mut chain, &approver, file, new.version).await?;
    let before = before(state, &version.said).await?;
    let mut remaining = Remaining::default();
    for new in new.grants {
        remaining.accept(state, caller, &mut chain, &approver, &version.said, new).await?;
    }
    save(state, caller, chain, &approver, &before, version, remaining).await
}

/// The version that gives way, of which the next says the same but for what another key changes.
async fn before(state: &State, said: &FileVersion) -> Result<VersionRecord, ServiceError> {
    let record = state.registry.version(said.file, said.version - 1).await?;
    let record = record.ok_or_else(ServiceError::not_found)?;
    let before = grant::signed_version(state, &record).await?;
    if before.label != said.label || before.content_bytes != said.content_bytes {
        return Err(ServiceError::statement("A file has the same label and length under another key."));
    }
    Ok(record)
}

/// The grants that remain, and where their recipients' chains stood when their keys were read.
#[derive(Default)]
struct Remaining {
    grants: Vec<(GrantRecord, WrapRecord)>,
    heads: Vec<(OwnerId, ChainHead)>,
}

impl Remaining {
    /// Takes a grant as it was, but for version and granter.
    async fn accept(
        &mut self,
        state: &State,
        caller: &Caller,
        chain: &mut PersonalChain,
        approver: &Approver,
        said: &FileVersion,
        new: NewGrant,
    ) -> Result<(), ServiceError> {
        let statement = chain.accept::<Grant>(&new.grant)?;
        let record = state.registry.grant(statement.body().grant).await?;
        let remains = |grant: &GrantRecord| {
            (grant.file, grant.version + 1) == (said.file, said.version)
                && approver.organization.member(grant.recipient).is_some()
        };
        let record = record.filter(remains).ok_or(Conflict::Grants)?;
        let asked = state.registry.request(record.request).await?.ok_or_else(|| dangling("a request"))?;
        self.heads.push((record.recipient.into(), state.registry.head(record.recipient.into()).await?));
        let recipient =
            state.registry.account(record.recipient).await?.ok_or_else(|| dangling("an account"))?;
        grant::check(approver, &asked, &recipient, said, statement.body())?;
        if statement.body().expires_at_ms != record.expires_at_ms {
            return Err(ServiceError::statement("A grant that remains ends when it did before."));
        }
        grant::accept_wrap(chain, &recipient, said, statement.hash, &new)?;
        let wrap = WrapRecord { wrapped_dek: new.wrapped_dek, statement: new.wrap, wrapper: caller.user };
        let moved =
            GrantRecord { version: said.version, granter: caller.user, statement: new.grant, ..record };
        self.grants.push((moved, wrap));
        Ok(())
    }
}

async fn save(
    state: &State,
    caller: &Caller,
    chain: PersonalChain,
    approver: &Approver,
    before: &VersionRecord,
    version: AcceptedVersion,
    remaining: Remaining,
) -> Result<Accepted, ServiceError> {
    let AcceptedVersion { record: version, wrap, .. } = version;
    let Remaining { grants, heads } = remaining;
    let (organization, file) = (version.organization, version.file);
    let events = events(caller, &version, grants.iter().map(|(grant, _)| grant.grant));
    let chain_head = chain.head();
    let moved: Vec<GrantRecord> = grants.iter().map(|(grant, _)| grant.clone()).collect();
    let replaced = Change::ReplaceVersion { file, version: before.version, grants, at_ms: caller.now_ms };
    let changes = vec![chain.change(), Change::Version { version, wrap }, replaced];
    // Nobody's membership may change while this is written, nor the vault's key, nor a recipient's.
    let unmoved = [(organization.into(), approver.organization.head)].into_iter().chain(heads).collect();
    state.registry.commit(Commit { unmoved, changes, events, ..caller.commit() }).await?;
    state.notices.tell(notice::members(&approver.organization), Notice::File { organization, file });
    moved.iter().for_each(|grant| grant::tell(state, &approver.organization, grant));
    state.uploads.sweep_retired_or_warn().await;
    Ok(Accepted { chain: chain_head })
}

/// The file got another key, which was wrapped to the vault and to each reader.
fn events(caller: &Caller, version: &VersionRecord, grants: impl Iterator<Item = GrantId>) -> Vec<Event> {
    let event =
        |operation| caller.event(operation).in_organization(version.organization).about_file(version.file);
    let details = Some(format!("version {}", version.version));
    let rekeyed = Event { details, ..event(Operation::FileRekeyed) };
    let readers = grants.map(|grant| event(Operation::KeyWrapped).about_grant(grant));
    [rekeyed, event(Operation::KeyWrapped)].into_iter().chain(readers).collect()
}
