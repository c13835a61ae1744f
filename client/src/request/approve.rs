//! Approving: the DEK is wrapped anew, to a person whose fingerprint was compared, and never before.

use keyferry_crypto::wrap::wrap_dek;
use keyferry_crypto::{Dek, Engine as _};
use keyferry_protocol::context::WrapScope;
use keyferry_protocol::request::RequestState;
use keyferry_protocol::statement::{self, AccessRequest, FileVersion, Wrap};
use keyferry_protocol::wire::access::{NewGrant, RequestEntry};
use keyferry_protocol::{
    Code, Digest, EncryptionKey, Fingerprint, GrantId, RequestId, Role, Verified, route,
};

use super::{Requests, check_request};
use crate::chain::Pen;
use crate::error::ClientError;
use crate::grant::{Grant, GrantStanding};
use crate::organization::KnownOrganization;
use crate::people::Recipient;
use crate::platform::Platform;
use crate::relay::Submission;
use crate::session::Inner;

impl<P: Platform> Requests<P> {
    /// Wraps the file's key to the requester. `fingerprint` is the one that was compared with them; it must be pinned.
    /// Without `expires_at_ms` the grant lasts as long as was asked, and no longer than the policy allows.
    ///
    /// # Errors
    /// `key_unverified` and `key_changed` before anything is wrapped; `request_closed`, `role_insufficient`,
    /// `value_invalid`.
    pub async fn approve(
        &self,
        id: RequestId,
        fingerprint: Fingerprint,
        expires_at_ms: Option<u64>,
    ) -> Result<Grant, ClientError> {
        let inner = &self.session.inner;
        let entry = inner.request_entry(id).await?;
        let recipient = inner.recipient(&entry.requester, fingerprint).await?;
        let known = inner.trusted_organization(entry.file.organization).await?;
        inner.my_membership(&known, Role::holds_vault)?;
        let (request, version) = check_request(&known, &entry)?;
        check_open(&known, &entry, &recipient)?;
        let expires_at_ms = expiry(&known, request.body(), expires_at_ms, inner.platform.now_ms())?;
        let approval = Approval { known: &known, recipient: &recipient, request: &request, expires_at_ms };
        let grant = inner.approve(&entry, &approval).await?;
        Ok(Grant {
            id: grant,
            organization: known.id(),
            file: inner.show_file(version.statement.body, &entry.file),
            recipient: inner.person(&entry.requester),
            granter: self.session.me(),
            expires_at_ms,
            standing: GrantStanding::Active,
            created_at_ms: inner.platform.now_ms(),
        })
    }
}

/// What an approver decided, and about whom.
struct Approval<'a> {
    known: &'a KnownOrganization,
    recipient: &'a Recipient,
    request: &'a Verified<AccessRequest>,
    expires_at_ms: u64,
}

/// The request waits, and its requester is a member still.
fn check_open(
    known: &KnownOrganization,
    entry: &RequestEntry,
    recipient: &Recipient,
) -> Result<(), ClientError> {
    if entry.state != RequestState::Pending {
        return Err(ClientError::new(Code::RequestClosed, "the request was decided or withdrawn before"));
    }
    let member = known.state.member(recipient.user).filter(|member| member.role.may_request());
    if member.is_none_or(|member| member.fingerprint() != recipient.fingerprint) {
        return Err(ClientError::new(
            Code::MembershipUnsigned,
            "the requester is no consultant of the organization",
        ));
    }
    Ok(())
}

/// As asked, but no longer than the policy allows; a chosen end must lie between.
fn expiry(
    known: &KnownOrganization,
    request: &AccessRequest,
    chosen_ms: Option<u64>,
    now_ms: u64,
) -> Result<u64, ClientError> {
    let latest = now_ms.saturating_add(known.state.policy.max_grant_ms);
    let expires_at_ms = chosen_ms.unwrap_or(request.expires_at_ms.min(latest));
    if expires_at_ms <= now_ms || expires_at_ms > latest {
        return Err(ClientError::new(
            Code::ValueInvalid,
            "a grant ends in the future, as the organization's policy allows",
        ));
    }
    Ok(expires_at_ms)
}

impl<P: Platform> Inner<P> {
    async fn approve(&self, entry: &RequestEntry, approval: &Approval<'_>) -> Result<GrantId, ClientError> {
        let opened = self.open_key(&entry.file).await?;
        let version = opened.version.body();
        let mut id = [0; 16];
        self.platform.engine().fill_random(&mut id)?;
        let id = GrantId::from_random(id);
        self.append(async |pen| {
            let grant = self.grant_statement(id, approval, version)?;
            let body = self.sign_grant(pen, grant, &approval.recipient.key, &opened.dek).await?;
            Submission::post(route::request_grant(entry.request), &body)
        })
        .await?;
        Ok(id)
    }

    /// Wraps a DEK to a grant's recipient, whose key this is, and signs grant and wrap.
    pub(crate) async fn sign_grant(
        &self,
        pen: &mut Pen<'_, P>,
        grant: statement::Grant,
        key: &EncryptionKey,
        dek: &Dek,
    ) -> Result<NewGrant, ClientError> {
        let statement::Grant { organization, file, version, recipient, commitment, .. } = grant;
        let wrapped = wrap_dek(self.platform.engine(), key, organization, file, version, dek).await?;
        let grant = pen.sign(grant).await?;
        let wrap = Wrap {
            scope: WrapScope::Dek { organization, file, version },
            recipient: recipient.into(),
            recipient_key: key.id(),
            commitment,
            wrapped: Digest::of(&wrapped),
            grant: Some(grant.hash),
        };
        let wrap = pen.sign(wrap).await?.bytes;
        Ok(NewGrant { grant: grant.bytes, wrapped_dek: wrapped.into(), wrap })
    }

    fn grant_statement(
        &self,
        grant: GrantId,
        approval: &Approval<'_>,
        version: &FileVersion,
    ) -> Result<statement::Grant, ClientError> {
        Ok(statement::Grant {
            grant,
            organization: version.organization,
            file: version.file,
            version: version.version,
            salt: version.salt,
            commitment: version.commitment,
            recipient: approval.recipient.user,
            recipient_fingerprint: approval.recipient.fingerprint,
            request: approval.request.hash,
            expires_at_ms: approval.expires_at_ms,
            membership: self.my_membership(approval.known, Role::holds_vault)?,
            epoch: approval.known.state.epoch,
        })
    }
}
