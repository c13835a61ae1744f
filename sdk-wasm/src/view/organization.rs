//! Organizations, members, invitations.

use keyferry_client as client;
use tsify::Tsify;

use super::person::{Person, Pin};
use super::show::view;

view! {
    /// An organization of mine, replayed from its signed chain.
    pub struct Organization {
        /// Its id.
        pub id: String,
        /// Its name, from the policy its root signed.
        pub name: String,
        /// What I am to it.
        #[tsify(type = "Role")]
        pub role: &'static str,
        /// SHA-256 that names its root key: 64 hex digits.
        pub fingerprint: String,
        /// The fingerprint as 12 words.
        pub words: String,
        /// Whether it is the one that was verified.
        pub pin: Pin,
        /// Its active members.
        pub members: Vec<Member>,
        /// The longest time a grant may last, in milliseconds.
        pub max_grant_ms: u64,
        /// Since when the root's keys have to be replaced; told to those who hold the vault.
        #[tsify(optional, type = "Date")]
        pub root_due_at: Option<u64>,
        /// Since when the vault's keys have to be replaced.
        #[tsify(optional, type = "Date")]
        pub vault_due_at: Option<u64>,
    }
}

impl From<client::Organization> for Organization {
    fn from(organization: client::Organization) -> Self {
        Organization {
            id: organization.id.to_string(),
            name: organization.name,
            role: organization.role.name(),
            fingerprint: organization.fingerprint.to_string(),
            words: organization.fingerprint.words(),
            pin: organization.pin.into(),
            members: organization.members.into_iter().map(Member::from).collect(),
            max_grant_ms: organization.max_grant_ms,
            root_due_at: organization.root_due_since_ms,
            vault_due_at: organization.vault_due_since_ms,
        }
    }
}

view! {
    /// A member, as the root signed it.
    pub struct Member {
        /// Who.
        pub person: Person,
        /// As what.
        #[tsify(type = "Role")]
        pub role: &'static str,
        /// Whether that is me.
        pub you: bool,
        /// Whether they replaced their identity since the root signed it: an owner has to confirm the one of now.
        pub unconfirmed: bool,
    }
}

impl From<client::Member> for Member {
    fn from(member: client::Member) -> Self {
        let client::Member { person, role, you, unconfirmed } = member;
        Member { person: person.into(), role: role.name(), you, unconfirmed }
    }
}

view! {
    /// An invitation, as inviter and invited see it.
    pub struct Invitation {
        /// Its id.
        pub id: String,
        /// Into which organization.
        pub organization: String,
        /// The name its policy gives.
        pub organization_name: String,
        /// The fingerprint of its root key: what the invited compares with the inviter.
        pub organization_fingerprint: String,
        /// That fingerprint as 12 words.
        pub organization_words: String,
        /// Whom, by e-mail.
        pub email: String,
        /// As what.
        #[tsify(type = "Role")]
        pub role: &'static str,
        /// Where it stands.
        pub state: InvitationState,
        /// Who invited.
        pub inviter: Person,
        /// Who accepted.
        #[tsify(optional)]
        pub invited: Option<Person>,
        /// When it was made.
        #[tsify(type = "Date")]
        pub created_at: u64,
    }
}

impl From<client::Invitation> for Invitation {
    fn from(invitation: client::Invitation) -> Self {
        Invitation {
            id: invitation.id.to_string(),
            organization: invitation.organization.to_string(),
            organization_name: invitation.organization_name,
            organization_fingerprint: invitation.organization_fingerprint.to_string(),
            organization_words: invitation.organization_fingerprint.words(),
            email: invitation.email,
            role: invitation.role.name(),
            state: invitation.state.into(),
            inviter: invitation.inviter.into(),
            invited: invitation.invited.map(Person::from),
            created_at: invitation.created_at_ms,
        }
    }
}

view! {
    /// Where an invitation stands.
    pub enum InvitationState {
        /// Sent.
        Pending,
        /// Accepted: an owner verifies the fingerprint and signs.
        Accepted,
        /// The membership was signed.
        Completed,
    }
}

impl From<client::InvitationState> for InvitationState {
    fn from(state: client::InvitationState) -> Self {
        match state {
            client::InvitationState::Pending => InvitationState::Pending,
            client::InvitationState::Accepted => InvitationState::Accepted,
            client::InvitationState::Completed => InvitationState::Completed,
        }
    }
}
