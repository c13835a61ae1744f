//! Grants of access, as the flows show them.

use std::rc::Rc;

use keyferry_protocol::grant::{GrantRefusal, GrantState};
use keyferry_protocol::statement::Revocation;
use keyferry_protocol::wire::access::GrantEntry;
use keyferry_protocol::wire::organization::OrganizationView;
use keyferry_protocol::{Code, GrantId, OrganizationId, Role, route};

use crate::device::Memory;
use crate::error::ClientError;
use crate::file::FileInfo;
use crate::organization::KnownOrganization;
use crate::person::Person;
use crate::platform::Platform;
use crate::session::{Inner, Session};
use crate::verify::{check_file, check_grant_entry, mismatch};

/// A grant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Whose file it opens.
    pub organization: OrganizationId,
    /// Which.
    pub file: FileInfo,
    /// Who may read.
    pub recipient: Person,
    /// Who signed.
    pub granter: Person,
    /// Until when, in milliseconds since 1970.
    pub expires_at_ms: u64,
    /// Where it stands now, by this device's clock.
    pub standing: GrantStanding,
    /// When it was made, by the relay's clock, in milliseconds since 1970.
    pub created_at_ms: u64,
}

/// Where a grant stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GrantStanding {
    /// Opens its file.
    Active,
    /// Ended by an approver.
    Revoked,
    /// Its time is over.
    Expired,
}

impl GrantStanding {
    fn of(state: GrantState, expires_at_ms: u64, now_ms: u64) -> Self {
        match state.check(expires_at_ms, now_ms) {
            Ok(()) => GrantStanding::Active,
            Err(GrantRefusal::Revoked) => GrantStanding::Revoked,
            Err(GrantRefusal::Expired) => GrantStanding::Expired,
        }
    }
}

/// What I can do with grants.
pub struct Grants<P: Platform> {
    pub(crate) session: Session<P>,
}

impl<P: Platform> Grants<P> {
    /// Grants I was given, in the organizations I am a member of.
    ///
    /// # Errors
    /// What verifying them finds.
    pub async fn mine(&self) -> Result<Vec<Grant>, ClientError> {
        let inner = &self.session.inner;
        let entries: Vec<GrantEntry> = inner.relay.get(&route::grants()).await?;
        let wanted: Vec<_> = entries.iter().map(|entry| entry.file.organization).collect();
        let organizations = inner.organizations_among(&wanted).await?;
        let mut grants = Vec::with_capacity(entries.len());
        for entry in &entries {
            if entry.recipient.user != inner.me.user {
                return Err(mismatch("reader"));
            }
            if let Some(known) = organizations.get(&entry.file.organization) {
                grants.push(inner.grant(known, entry)?);
            }
        }
        Ok(grants)
    }

    /// An organization's grants.
    ///
    /// # Errors
    /// What verifying them finds; `role_insufficient`.
    pub async fn list(&self, organization: OrganizationId) -> Result<Vec<Grant>, ClientError> {
        let inner = &self.session.inner;
        let known = inner.organization(organization).await?;
        let mut grants = Vec::new();
        let mut ended = Vec::new();
        for entry in inner.grant_entries(organization).await? {
            grants.push(inner.grant(&known, &entry)?);
            // Verified just now. One that the relay ended by itself has none.
            ended.extend(entry.revocation.as_ref().map(|_| entry.grant));
        }
        inner.remember_revoked(ended).await?;
        Ok(grants)
    }

    /// Ends a grant; the relay deletes its wrapped key. It is looked for in the organizations whose vault I hold.
    ///
    /// # Errors
    /// `grant_revoked` when it was ended before, `role_insufficient`, `not_found`.
    pub async fn revoke(&self, id: GrantId) -> Result<Grant, ClientError> {
        let inner = &self.session.inner;
        let (known, entry) = inner.find_grant(id).await?;
        let version = check_file(&known, &entry.file)?;
        let grant = check_grant_entry(&known, &entry, version.body())?;
        let revocation = Revocation {
            organization: known.id(),
            grant_id: id,
            grant: grant.hash,
            membership: inner.my_membership(&known, Role::holds_vault)?,
        };
        let decided = inner.decide(route::grant_revocation(id), revocation).await;
        if decided.as_ref().err().is_none_or(|error| error.code == Code::GrantRevoked) {
            inner.remember_revoked(vec![id]).await?;
        }
        decided?;
        let shown = inner.grant(&known, &entry)?;
        Ok(Grant { standing: GrantStanding::Revoked, ..shown })
    }
}

impl<P: Platform> Inner<P> {
    async fn remember_revoked(&self, grants: Vec<GrantId>) -> Result<(), ClientError> {
        let remember = |memory: &mut Memory| {
            grants.into_iter().for_each(|grant| memory.see_revoked(grant));
            Ok(())
        };
        self.memory.update(remember).await
    }

    pub(crate) async fn grant_entries(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<GrantEntry>, ClientError> {
        self.relay.get(&route::organization_grants(organization)).await
    }

    async fn find_grant(&self, id: GrantId) -> Result<(Rc<KnownOrganization>, GrantEntry), ClientError> {
        let views: Vec<OrganizationView> = self.relay.get(&route::organizations()).await?;
        let mut refused = false;
        for view in &views {
            let known = match self.take_view(view.organization, view).await {
                // Its words are to be compared again; the others have nothing to do with that.
                Err(error) if error.code == Code::KeyChanged => continue,
                known => known?,
            };
            if self.my_membership(&known, Role::holds_vault).is_err() {
                refused = true;
                continue;
            }
            self.check_trust(&known)?;
            let mut entries = self.grant_entries(view.organization).await?.into_iter();
            if let Some(entry) = entries.find(|entry| entry.grant == id) {
                return Ok((known, entry));
            }
        }
        let code = if refused { Code::RoleInsufficient } else { Code::NotFound };
        Err(ClientError::new(code, "there is no such grant in an organization whose vault you hold"))
    }

    /// A served grant as its granter's statement proves it.
    fn grant(&self, known: &KnownOrganization, entry: &GrantEntry) -> Result<Grant, ClientError> {
        let version = check_file(known, &entry.file)?;
        let grant = check_grant_entry(known, entry, version.body())?.statement.body;
        Ok(Grant {
            id: grant.grant,
            organization: grant.organization,
            file: self.show_file(version.statement.body, &entry.file),
            recipient: self.person(&entry.recipient),
            granter: self.person(&entry.granter),
            expires_at_ms: grant.expires_at_ms,
            standing: GrantStanding::of(entry.state, grant.expires_at_ms, self.platform.now_ms()),
            created_at_ms: entry.created_at_ms,
        })
    }
}
