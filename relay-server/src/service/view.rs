//! Records as the API shows them.

use std::collections::HashMap;

use keyferry_protocol::UserId;
use keyferry_protocol::wire::access::{GrantEntry, RequestEntry, Resealed};
use keyferry_protocol::wire::account::PublicIdentity;
use keyferry_protocol::wire::file::FileEntry;

use super::ServiceError;
use crate::state::State;
use crate::store::StoreError;
use crate::store::record::{GrantRecord, RequestRecord, VersionRecord};

/// Builds entries and loads each identity once.
pub struct Views<'a> {
    state: &'a State,
    identities: HashMap<UserId, PublicIdentity>,
}

impl<'a> Views<'a> {
    /// Over these stores.
    #[must_use]
    pub fn new(state: &'a State) -> Self {
        Views { state, identities: HashMap::new() }
    }

    /// A person whom a stored record names.
    pub async fn identity(&mut self, user: UserId) -> Result<PublicIdentity, ServiceError> {
        if let Some(identity) = self.identities.get(&user) {
            return Ok(identity.clone());
        }
        let account = self.state.registry.account(user).await?;
        let identity = account.ok_or_else(|| dangling("an account"))?.public();
        self.identities.insert(user, identity.clone());
        Ok(identity)
    }

    /// A file version.
    pub async fn file(&mut self, version: &VersionRecord) -> Result<FileEntry, ServiceError> {
        Ok(FileEntry {
            organization: version.organization,
            file: version.file,
            version: version.version,
            statement: version.statement.clone(),
            author: self.identity(version.author).await?,
            created_at_ms: version.created_at_ms,
        })
    }

    /// Several file versions.
    pub async fn files(&mut self, versions: &[VersionRecord]) -> Result<Vec<FileEntry>, ServiceError> {
        let mut entries = Vec::with_capacity(versions.len());
        for version in versions {
            entries.push(self.file(version).await?);
        }
        Ok(entries)
    }

    /// A request, with the version that a grant would be for now.
    pub async fn request(&mut self, request: RequestRecord) -> Result<RequestEntry, ServiceError> {
        let version = self.state.registry.current_version(request.file).await?;
        let resealed = match request.resealed.zip(request.resealer) {
            Some((statement, wrapper)) => {
                Some(Resealed { statement, wrapper: self.identity(wrapper).await? })
            }
            None => None,
        };
        Ok(RequestEntry {
            request: request.request,
            statement: request.statement,
            reason: request.reason,
            resealed,
            requester: self.identity(request.requester).await?,
            file: self.file(&version.ok_or_else(|| dangling("a version"))?).await?,
            state: request.state,
            created_at_ms: request.created_at_ms,
        })
    }

    /// Several requests.
    pub async fn requests(
        &mut self,
        requests: Vec<RequestRecord>,
    ) -> Result<Vec<RequestEntry>, ServiceError> {
        let mut entries = Vec::with_capacity(requests.len());
        for request in requests {
            entries.push(self.request(request).await?);
        }
        Ok(entries)
    }

    /// A grant.
    pub async fn grant(&mut self, grant: GrantRecord) -> Result<GrantEntry, ServiceError> {
        let version = self.state.registry.version(grant.file, grant.version).await?;
        Ok(GrantEntry {
            grant: grant.grant,
            statement: grant.statement,
            granter: self.identity(grant.granter).await?,
            recipient: self.identity(grant.recipient).await?,
            file: self.file(&version.ok_or_else(|| dangling("a version"))?).await?,
            state: grant.state,
            revocation: grant.revocation,
            created_at_ms: grant.created_at_ms,
        })
    }

    /// Several grants.
    pub async fn grants(&mut self, grants: Vec<GrantRecord>) -> Result<Vec<GrantEntry>, ServiceError> {
        let mut entries = Vec::with_capacity(grants.len());
        for grant in grants {
            entries.push(self.grant(grant).await?);
        }
        Ok(entries)
    }
}

/// A stored record that points to nothing: a defect, never the caller's fault.
pub fn dangling(what: &str) -> ServiceError {
    StoreError::Broken(format!("a record points to {what} that is not there")).into()
}
