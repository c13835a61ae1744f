//! Requests for access, as the flows show them.

mod approve;

use keyferry_crypto::sealed_box::{open_box, seal_box};
use keyferry_protocol::context::WrapScope;
use keyferry_protocol::statement::{self, Denial, Withdrawal};
use keyferry_protocol::wire::access::{Decision, NewRequest, RequestEntry, Resealed};
use keyferry_protocol::wire::file::FileEntry;
use keyferry_protocol::{Code, FileId, OrganizationId, RequestId, Role, Verified, route};

use crate::error::ClientError;
use crate::file::FileInfo;
use crate::organization::KnownOrganization;
use crate::person::Person;
use crate::platform::Platform;
use crate::relay::Submission;
use crate::session::{Inner, Session};
use crate::verify::{WrapExpectation, Wrapper, check_asked, check_file, check_wrap, mismatch, signed};

pub use keyferry_protocol::request::RequestState;

/// A consultant's request for a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessRequest {
    /// Its id.
    pub id: RequestId,
    /// The organization asked.
    pub organization: OrganizationId,
    /// What for.
    pub file: FileInfo,
    /// Who asks.
    pub requester: Person,
    /// The reason: for approvers, and for the requester in the session that asked.
    pub reason: Option<String>,
    /// The file's name, for approvers, by [`Requests::get`].
    pub name: Option<String>,
    /// Until when, in milliseconds since 1970.
    pub expires_at_ms: u64,
    /// Where it stands.
    pub state: RequestState,
    /// When it was made, by the relay's clock, in milliseconds since 1970.
    pub created_at_ms: u64,
}

/// What I can do with requests.
pub struct Requests<P: Platform> {
    pub(crate) session: Session<P>,
}

impl<P: Platform> Requests<P> {
    /// Asks for a file. The reason is sealed to the organization's vault.
    ///
    /// # Errors
    /// `role_insufficient`, `key_unverified`, `not_found`, `value_invalid`.
    pub async fn create(
        &self,
        file: FileId,
        reason: &str,
        expires_at_ms: u64,
    ) -> Result<AccessRequest, ClientError> {
        let inner = &self.session.inner;
        if expires_at_ms <= inner.platform.now_ms() {
            return Err(ClientError::new(Code::ValueInvalid, "the end of access lies in the past"));
        }
        let entry: FileEntry = inner.relay.get(&route::file(file)).await?;
        check_asked(&entry, file)?;
        let known = inner.trusted_organization(entry.organization).await?;
        inner.my_membership(&known, Role::may_request)?;
        let version = check_file(&known, &entry)?.statement.body;
        let id = inner.submit_request(&known, &version, reason, expires_at_ms).await?;
        self.get(id).await
    }

    /// My requests, in the organizations I am a member of.
    ///
    /// # Errors
    /// What verifying them finds.
    pub async fn mine(&self) -> Result<Vec<AccessRequest>, ClientError> {
        let inner = &self.session.inner;
        let entries: Vec<RequestEntry> = inner.relay.get(&route::requests()).await?;
        let wanted: Vec<_> = entries.iter().map(|entry| entry.file.organization).collect();
        let organizations = inner.organizations_among(&wanted).await?;
        let mut requests = Vec::with_capacity(entries.len());
        for entry in &entries {
            if let Some(known) = organizations.get(&entry.file.organization) {
                requests.push(inner.access_request_of(known, entry).await?);
            }
        }
        Ok(requests)
    }

    /// An organization's requests.
    ///
    /// # Errors
    /// What verifying them finds; `role_insufficient`.
    pub async fn list(&self, organization: OrganizationId) -> Result<Vec<AccessRequest>, ClientError> {
        let inner = &self.session.inner;
        let known = inner.organization(organization).await?;
        let path = route::organization_requests(organization);
        let entries: Vec<RequestEntry> = inner.relay.get(&path).await?;
        let mut requests = Vec::with_capacity(entries.len());
        for entry in &entries {
            requests.push(inner.access_request_of(&known, entry).await?);
        }
        Ok(requests)
    }

    /// One request; approvers also see the file's name.
    ///
    /// # Errors
    /// What verifying it finds; `not_found`.
    pub async fn get(&self, id: RequestId) -> Result<AccessRequest, ClientError> {
        let inner = &self.session.inner;
        let entry = inner.request_entry(id).await?;
        let known = inner.organization(entry.file.organization).await?;
        let request = inner.access_request_of(&known, &entry).await?;
        let name = match inner.my_membership(&known, Role::holds_vault) {
            Ok(_) => Some(inner.file_name(&entry.file).await?),
            Err(_) => None,
        };
        Ok(AccessRequest { name, ..request })
    }

    /// Refuses a request.
    ///
    /// # Errors
    /// `request_closed`, `role_insufficient`.
    pub async fn deny(&self, id: RequestId) -> Result<(), ClientError> {
        let inner = &self.session.inner;
        let entry = inner.request_entry(id).await?;
        let known = inner.trusted_organization(entry.file.organization).await?;
        let (request, _) = check_request(&known, &entry)?;
        let denial = Denial {
            organization: known.id(),
            request_id: id,
            request: request.hash,
            membership: inner.my_membership(&known, Role::holds_vault)?,
        };
        inner.decide(route::request_denial(id), denial).await
    }

    /// Takes one's own request back.
    ///
    /// # Errors
    /// `request_closed`.
    pub async fn withdraw(&self, id: RequestId) -> Result<(), ClientError> {
        let inner = &self.session.inner;
        let entry = inner.request_entry(id).await?;
        let known = inner.organization(entry.file.organization).await?;
        let request = check_request(&known, &entry)?.0.hash;
        inner.decide(route::request_withdrawal(id), Withdrawal { request_id: id, request }).await
    }
}

/// A request its requester signed, for the file it was served with: for that version, or one that it took the place of.
///
/// # Errors
/// `statement_invalid`, `membership_unsigned`, `context_mismatch`.
pub(crate) fn check_request(
    known: &KnownOrganization,
    entry: &RequestEntry,
) -> Result<(Verified<statement::AccessRequest>, Verified<statement::FileVersion>), ClientError> {
    let requester = &entry.requester;
    let key = requester.key_of(&entry.statement.0);
    if !known.ever_held(requester.user, &key, Role::may_request) {
        return Err(ClientError::new(
            Code::MembershipUnsigned,
            "the root never signed a membership that lets this person ask",
        ));
    }
    let request =
        signed::<statement::AccessRequest>(&entry.statement.0, requester.user, &key, Code::StatementInvalid)?;
    let version = check_file(known, &entry.file)?;
    let body = request.body();
    let same = body.request == entry.request
        && body.organization == version.body().organization
        && body.file == version.body().file
        && body.version <= version.body().version
        && vouches_for_reason(known, entry, body)?;
    if same { Ok((request, version)) } else { Err(mismatch("request")) }
}

/// Whether the reason is the one the requester signed or, after a rotation of the vault's key, one that a holder of the vault
/// sealed anew and vouches for.
fn vouches_for_reason(
    known: &KnownOrganization,
    entry: &RequestEntry,
    request: &statement::AccessRequest,
) -> Result<bool, ClientError> {
    let reason = &entry.reason;
    let Some(Resealed { statement, wrapper }) = &entry.resealed else {
        return Ok(request.reason == reason.digest());
    };
    let wrapper = Wrapper::of(wrapper, statement);
    if !known.ever_held(wrapper.user, &wrapper.key, Role::holds_vault) {
        return Ok(false);
    }
    let scope = WrapScope::Reason {
        organization: request.organization,
        file: request.file,
        request: request.request,
    };
    let expected = WrapExpectation {
        scope,
        recipient: known.owner_id(),
        recipient_key: reason.recipient_key,
        commitment: request.reason,
        grant: None,
        unsigned: Code::GrantUnsigned,
    };
    check_wrap(&statement.0, &wrapper, &reason.canonical(), &expected).map(|()| true)
}

impl<P: Platform> Inner<P> {
    async fn submit_request(
        &self,
        known: &KnownOrganization,
        version: &statement::FileVersion,
        reason: &str,
        expires_at_ms: u64,
    ) -> Result<RequestId, ClientError> {
        let engine = self.platform.engine();
        let mut id = [0; 16];
        keyferry_crypto::Engine::fill_random(engine, &mut id)?;
        let id = RequestId::from_random(id);
        let scope = WrapScope::Reason { organization: known.id(), file: version.file, request: id };
        let sealed = seal_box(engine, &known.vault_key()?, scope, reason.as_bytes()).await?;
        let body = statement::AccessRequest {
            request: id,
            organization: known.id(),
            file: version.file,
            version: version.version,
            reason: sealed.digest(),
            expires_at_ms,
        };
        self.append(async |pen| {
            let statement = pen.sign(body.clone()).await?.bytes;
            Submission::post(route::requests(), &NewRequest { statement, reason: sealed.clone() })
        })
        .await?;
        self.reasons.borrow_mut().insert(id, reason.into());
        Ok(id)
    }

    /// A file's name, opened once a session.
    async fn file_name(&self, entry: &FileEntry) -> Result<String, ClientError> {
        let known = self.names.borrow().get(&(entry.file, entry.version)).cloned();
        if let Some(name) = known {
            return Ok(name);
        }
        let name = self.open_key(entry).await?.manifest.name;
        self.names.borrow_mut().insert((entry.file, entry.version), name.clone());
        Ok(name)
    }

    pub(crate) async fn request_entry(&self, id: RequestId) -> Result<RequestEntry, ClientError> {
        let entry: RequestEntry = self.relay.get(&route::request(id)).await?;
        if entry.request == id { Ok(entry) } else { Err(mismatch("request")) }
    }

    /// Signs a decision of one statement and submits it.
    pub(crate) async fn decide<B: statement::Body + Clone>(
        &self,
        path: String,
        body: B,
    ) -> Result<(), ClientError> {
        self.append(async |pen| {
            let statement = pen.sign(body.clone()).await?.bytes;
            Submission::post(path.clone(), &Decision { statement })
        })
        .await
    }

    async fn access_request_of(
        &self,
        known: &KnownOrganization,
        entry: &RequestEntry,
    ) -> Result<AccessRequest, ClientError> {
        let (request, version) = check_request(known, entry)?;
        let request = request.statement.body;
        Ok(AccessRequest {
            id: request.request,
            organization: request.organization,
            file: self.show_file(version.statement.body, &entry.file),
            requester: self.person(&entry.requester),
            reason: self.reason(known, entry).await?,
            name: None,
            expires_at_ms: request.expires_at_ms,
            state: entry.state,
            created_at_ms: entry.created_at_ms,
        })
    }

    /// The reason, for those who hold the vault and for the session that gave it.
    async fn reason(
        &self,
        known: &KnownOrganization,
        entry: &RequestEntry,
    ) -> Result<Option<String>, ClientError> {
        let given = self.reasons.borrow().get(&entry.request).cloned();
        if given.is_some() || self.my_membership(known, Role::holds_vault).is_err() {
            return Ok(given);
        }
        let vault = self.vault(known).await?;
        let scope =
            WrapScope::Reason { organization: known.id(), file: entry.file.file, request: entry.request };
        let text = open_box(self.platform.engine(), &vault, scope, &entry.reason).await;
        // It is what the requester signed: if that does not open, they gave no reason, and stop nobody else's.
        Ok(text.ok().and_then(|text| String::from_utf8(text.to_vec()).ok()))
    }
}
