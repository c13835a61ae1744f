//! Live notices, told to those they concern and to nobody else.

use std::collections::BTreeSet;
use std::sync::Arc;

use keyferry_protocol::organization::Organization;
use keyferry_protocol::wire::notice::Notice;
use keyferry_protocol::{Digest, UserId};
use tokio::sync::broadcast;

const BACKLOG: usize = 1024;

/// What listeners hear.
#[derive(Clone)]
pub enum Told {
    /// Something changed for these people.
    Notice {
        /// For whom.
        audience: Arc<BTreeSet<UserId>>,
        /// What.
        notice: Notice,
    },
    /// The session of this token digest ended.
    SessionEnded(Digest),
    /// Every session of a person ended, but perhaps the one of this token digest.
    SessionsEnded(UserId, Option<Digest>),
}

/// Where notices are told and heard.
pub struct Notices(broadcast::Sender<Told>);

impl Default for Notices {
    fn default() -> Self {
        Notices(broadcast::channel(BACKLOG).0)
    }
}

impl Notices {
    /// Tells `audience`. Nobody listening is no failure.
    pub fn tell(&self, audience: impl IntoIterator<Item = UserId>, notice: Notice) {
        let audience = Arc::new(audience.into_iter().collect());
        let _ = self.0.send(Told::Notice { audience, notice });
    }

    /// Ends the listeners of a session.
    pub fn end_session(&self, token: Digest) {
        let _ = self.0.send(Told::SessionEnded(token));
    }

    /// Ends the listeners of a person's sessions, but perhaps one.
    pub fn end_sessions(&self, user: UserId, but: Option<Digest>) {
        let _ = self.0.send(Told::SessionsEnded(user, but));
    }

    /// Starts to listen.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Told> {
        self.0.subscribe()
    }
}

/// Every active member.
pub fn members(organization: &Organization) -> impl Iterator<Item = UserId> {
    organization.members.keys().copied()
}

/// The owners.
pub fn owners(organization: &Organization) -> impl Iterator<Item = UserId> {
    organization.members.values().filter(|member| member.role.holds_root()).map(|member| member.user)
}

/// The approvers, owners among them.
pub fn approvers(organization: &Organization) -> impl Iterator<Item = UserId> {
    organization.members.values().filter(|member| member.role.holds_vault()).map(|member| member.user)
}
