//! Who asks, from where, when.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::{Digest, UserId};

use crate::store::{Commit, Event};

/// Someone without a session.
#[derive(Clone)]
pub struct Visitor {
    /// The address the request came from.
    pub address: Option<String>,
    /// The relay's clock when it came.
    pub now_ms: u64,
}

impl Visitor {
    /// An event of this request, which `user` caused.
    #[must_use]
    pub fn event(&self, operation: Operation, user: Option<UserId>) -> Event {
        Event {
            at_ms: self.now_ms,
            operation,
            user,
            organization: None,
            file: None,
            request: None,
            grant: None,
            success: true,
            reported: false,
            address: self.address.clone(),
            details: None,
        }
    }
}

/// Someone with a session in force.
#[derive(Clone)]
pub struct Caller {
    /// The person.
    pub user: UserId,
    /// SHA-256 of their token.
    pub session: Digest,
    /// When the session ends by itself.
    pub session_expires_at_ms: u64,
    /// The address the request came from.
    pub address: Option<String>,
    /// The relay's clock when it came.
    pub now_ms: u64,
}

impl Caller {
    /// An event this person causes by this request.
    #[must_use]
    pub fn event(&self, operation: Operation) -> Event {
        self.visitor().event(operation, Some(self.user))
    }

    /// An empty commit that happens only while this session is in force: a body may arrive long after its request began.
    #[must_use]
    pub fn commit(&self) -> Commit {
        Commit { session: Some(self.session), ..Commit::default() }
    }

    /// Where and when they ask.
    #[must_use]
    pub fn visitor(&self) -> Visitor {
        Visitor { address: self.address.clone(), now_ms: self.now_ms }
    }
}
