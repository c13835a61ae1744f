//! The life of an access request.

use serde::{Deserialize, Serialize};

use crate::id::GrantId;
use crate::json::{Json, JsonError, Value, tagged, variant};

/// Where a request stands. Only a pending one changes, and only once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RequestState {
    /// Waits for an approver.
    Pending,
    /// Approved by this grant.
    Approved {
        /// The grant it led to.
        grant: GrantId,
    },
    /// Refused by an approver.
    Denied,
    /// Taken back by the consultant.
    Withdrawn,
}

impl Json for RequestState {
    fn to_json(&self) -> Value {
        match self {
            RequestState::Pending => variant("state", "pending", Vec::new()),
            RequestState::Approved { grant } => {
                variant("state", "approved", vec![("grant", grant.to_json())])
            }
            RequestState::Denied => variant("state", "denied", Vec::new()),
            RequestState::Withdrawn => variant("state", "withdrawn", Vec::new()),
        }
    }

    fn from_json(value: Value) -> Result<Self, JsonError> {
        let (name, mut entries) = tagged(value, "state")?;
        let state = match name.as_str() {
            "pending" => RequestState::Pending,
            "approved" => RequestState::Approved { grant: entries.get("grant") },
            "denied" => RequestState::Denied,
            "withdrawn" => RequestState::Withdrawn,
            _ => return Err(JsonError::Shape("a request's state")),
        };
        entries.end(state)
    }

    fn hole() -> Self {
        RequestState::Pending
    }
}

/// The request was decided or withdrawn before (code `request_closed`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request is closed")]
pub struct RequestClosed;

impl RequestState {
    /// Approves a pending request.
    ///
    /// # Errors
    /// [`RequestClosed`] when it is not pending.
    pub fn approve(self, grant: GrantId) -> Result<Self, RequestClosed> {
        self.leave(RequestState::Approved { grant })
    }

    /// Denies a pending request.
    ///
    /// # Errors
    /// [`RequestClosed`] when it is not pending.
    pub fn deny(self) -> Result<Self, RequestClosed> {
        self.leave(RequestState::Denied)
    }

    /// Withdraws a pending request.
    ///
    /// # Errors
    /// [`RequestClosed`] when it is not pending.
    pub fn withdraw(self) -> Result<Self, RequestClosed> {
        self.leave(RequestState::Withdrawn)
    }

    fn leave(self, next: Self) -> Result<Self, RequestClosed> {
        if self == RequestState::Pending { Ok(next) } else { Err(RequestClosed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn step(state: RequestState, action: u8) -> Result<RequestState, RequestClosed> {
        match action % 3 {
            0 => state.approve(GrantId::from_random([action; 16])),
            1 => state.deny(),
            _ => state.withdraw(),
        }
    }

    proptest! {
        #[test]
        fn the_first_decision_stands(actions in proptest::collection::vec(any::<u8>(), 1..12)) {
            let decided = step(RequestState::Pending, actions[0]).unwrap();
            prop_assert_ne!(decided, RequestState::Pending);
            for action in &actions[1..] {
                prop_assert_eq!(step(decided, *action), Err(RequestClosed));
            }
        }
    }
}
