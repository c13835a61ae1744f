//! The life of a grant.

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::json::{Json, JsonError, Value, tagged, variant};

/// Where a grant stands. Expiry is not stored: it is asked of the clock at every use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum GrantState {
    /// Opens the file until it expires.
    Active,
    /// Ended by an approver; the wrapped DEK is deleted.
    Revoked {
        /// When, in milliseconds since 1970.
        revoked_at_ms: u64,
    },
}

impl Json for GrantState {
    fn to_json(&self) -> Value {
        match self {
            GrantState::Active => variant("state", "active", Vec::new()),
            GrantState::Revoked { revoked_at_ms } => {
                variant("state", "revoked", vec![("revoked_at_ms", revoked_at_ms.to_json())])
            }
        }
    }

    fn from_json(value: Value) -> Result<Self, JsonError> {
        let (name, mut entries) = tagged(value, "state")?;
        let state = match name.as_str() {
            "active" => GrantState::Active,
            "revoked" => GrantState::Revoked { revoked_at_ms: entries.get("revoked_at_ms") },
            _ => return Err(JsonError::Shape("a grant's state")),
        };
        entries.end(state)
    }

    fn hole() -> Self {
        GrantState::Active
    }
}

/// Why a grant opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    /// An approver ended it.
    #[error("the grant was revoked")]
    Revoked,
    /// Its time is over.
    #[error("the grant has expired")]
    Expired,
}

impl GrantRefusal {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            GrantRefusal::Revoked => Code::GrantRevoked,
            GrantRefusal::Expired => Code::GrantExpired,
        }
    }
}

impl GrantState {
    /// Whether the grant opens its file at `now_ms`; it does so strictly before `expires_at_ms`.
    ///
    /// # Errors
    /// [`GrantRefusal`]; a revoked grant is revoked even after it expired.
    pub const fn check(self, expires_at_ms: u64, now_ms: u64) -> Result<(), GrantRefusal> {
        match self {
            GrantState::Revoked { .. } => Err(GrantRefusal::Revoked),
            GrantState::Active if now_ms >= expires_at_ms => Err(GrantRefusal::Expired),
            GrantState::Active => Ok(()),
        }
    }

    /// Ends an active grant, expired or not.
    ///
    /// # Errors
    /// [`GrantRefusal::Revoked`] when it was ended before.
    pub const fn revoke(self, now_ms: u64) -> Result<Self, GrantRefusal> {
        match self {
            GrantState::Active => Ok(GrantState::Revoked { revoked_at_ms: now_ms }),
            GrantState::Revoked { .. } => Err(GrantRefusal::Revoked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_revoked_grant_opens_nothing_ever_again(now in any::<u64>(), expires in any::<u64>(), at in any::<u64>()) {
            let revoked = GrantState::Active.revoke(at).unwrap();
            prop_assert_eq!(revoked.check(expires, now), Err(GrantRefusal::Revoked));
            prop_assert_eq!(revoked.revoke(now), Err(GrantRefusal::Revoked));
        }

        #[test]
        fn a_grant_opens_strictly_before_its_expiry(now in any::<u64>(), expires in any::<u64>()) {
            prop_assert_eq!(GrantState::Active.check(expires, now).is_ok(), now < expires);
        }
    }
}
