//! Requests, grants, notices.

use keyferry_client as client;
use tsify::Tsify;

use super::file::FileInfo;
use super::person::Person;
use super::show::view;

view! {
    /// A consultant's request for a file.
    pub struct AccessRequest {
        /// Its id.
        pub id: String,
        /// The organization asked.
        pub organization: String,
        /// What for.
        pub file: FileInfo,
        /// Who asks.
        pub requester: Person,
        /// The reason: for approvers, and for the requester in the session that asked.
        #[tsify(optional)]
        pub reason: Option<String>,
        /// The file's name, for approvers, from `requests.get`.
        #[tsify(optional)]
        pub name: Option<String>,
        /// Until when.
        #[tsify(type = "Date")]
        pub expires_at: u64,
        /// Where it stands.
        pub state: RequestState,
        /// The grant that answered it.
        #[tsify(optional)]
        pub grant: Option<String>,
        /// When it was made, by the relay's clock.
        #[tsify(type = "Date")]
        pub created_at: u64,
    }
}

impl From<client::AccessRequest> for AccessRequest {
    fn from(request: client::AccessRequest) -> Self {
        AccessRequest {
            id: request.id.to_string(),
            organization: request.organization.to_string(),
            file: request.file.into(),
            requester: request.requester.into(),
            reason: request.reason,
            name: request.name,
            expires_at: request.expires_at_ms,
            grant: granted(&request.state),
            state: request.state.into(),
            created_at: request.created_at_ms,
        }
    }
}

fn granted(state: &client::RequestState) -> Option<String> {
    match state {
        client::RequestState::Approved { grant } => Some(grant.to_string()),
        _ => None,
    }
}

view! {
    /// Where a request stands.
    pub enum RequestState {
        /// Waits for a decision.
        Pending,
        /// A grant answers it.
        Approved,
        /// An approver refused it.
        Denied,
        /// The requester took it back.
        Withdrawn,
    }
}

impl From<client::RequestState> for RequestState {
    fn from(state: client::RequestState) -> Self {
        match state {
            client::RequestState::Pending => RequestState::Pending,
            client::RequestState::Approved { .. } => RequestState::Approved,
            client::RequestState::Denied => RequestState::Denied,
            client::RequestState::Withdrawn => RequestState::Withdrawn,
        }
    }
}

view! {
    /// A grant of access.
    pub struct Grant {
        /// Its id.
        pub id: String,
        /// Whose file it opens.
        pub organization: String,
        /// Which.
        pub file: FileInfo,
        /// Who may read.
        pub recipient: Person,
        /// Who signed.
        pub granter: Person,
        /// Until when.
        #[tsify(type = "Date")]
        pub expires_at: u64,
        /// Where it stands now, by this device's clock.
        pub state: GrantState,
        /// When it was made, by the relay's clock.
        #[tsify(type = "Date")]
        pub created_at: u64,
    }
}

impl From<client::Grant> for Grant {
    fn from(grant: client::Grant) -> Self {
        Grant {
            id: grant.id.to_string(),
            organization: grant.organization.to_string(),
            file: grant.file.into(),
            recipient: grant.recipient.into(),
            granter: grant.granter.into(),
            expires_at: grant.expires_at_ms,
            state: grant.standing.into(),
            created_at: grant.created_at_ms,
        }
    }
}

view! {
    /// Where a grant stands.
    pub enum GrantState {
        /// Opens its file.
        Active,
        /// Ended by an approver.
        Revoked,
        /// Its time is over.
        Expired,
    }
}

impl From<client::GrantStanding> for GrantState {
    fn from(standing: client::GrantStanding) -> Self {
        match standing {
            client::GrantStanding::Active => GrantState::Active,
            client::GrantStanding::Revoked => GrantState::Revoked,
            client::GrantStanding::Expired => GrantState::Expired,
        }
    }
}

view! {
    /// Something changed: look again.
    pub struct Notice {
        /// What changed.
        pub kind: NoticeKind,
        /// In which organization.
        pub organization: String,
        /// Which file.
        #[tsify(optional)]
        pub file: Option<String>,
        /// Which request.
        #[tsify(optional)]
        pub request: Option<String>,
        /// Which grant.
        #[tsify(optional)]
        pub grant: Option<String>,
        /// Which invitation.
        #[tsify(optional)]
        pub invitation: Option<String>,
    }
}

view! {
    /// What a notice is about.
    pub enum NoticeKind {
        /// An invitation came or changed.
        Invitation,
        /// A membership changed.
        Membership,
        /// A file version was completed.
        File,
        /// A request came or changed.
        Request,
        /// A grant came or changed.
        Grant,
    }
}

impl From<client::Notice> for Notice {
    fn from(notice: client::Notice) -> Self {
        let about = |kind, organization: String| Notice {
            kind,
            organization,
            file: None,
            request: None,
            grant: None,
            invitation: None,
        };
        use client::Notice as From;
        match notice {
            From::Invitation { invitation, organization } => Notice {
                invitation: Some(invitation.to_string()),
                ..about(NoticeKind::Invitation, organization.to_string())
            },
            From::Membership { organization } => about(NoticeKind::Membership, organization.to_string()),
            From::File { organization, file } => {
                Notice { file: Some(file.to_string()), ..about(NoticeKind::File, organization.to_string()) }
            }
            From::Request { organization, request } => Notice {
                request: Some(request.to_string()),
                ..about(NoticeKind::Request, organization.to_string())
            },
            From::Grant { organization, grant } => Notice {
                grant: Some(grant.to_string()),
                ..about(NoticeKind::Grant, organization.to_string())
            },
        }
    }
}
