//! A person who is logged in.

use std::rc::Rc;

use keyferry_protocol::Code;
use keyferry_protocol::wire::notice::Notice;

use crate::abort::Abort;
use crate::audit::Audit;
use crate::error::ClientError;
use crate::file::Files;
use crate::grant::Grants;
use crate::invitation::Invitations;
use crate::organization::Organizations;
use crate::people::People;
use crate::person::Person;
use crate::platform::Platform;
use crate::request::Requests;

/// A session. Private keys are handles that cannot be exported; clones share them.
pub struct Session<P: Platform> {
    pub(crate) inner: Rc<Inner<P>>,
}

pub(crate) struct Inner<P: Platform> {
    pub platform: Rc<P>,
}

impl<P: Platform> Clone for Session<P> {
    fn clone(&self) -> Self {
        Session { inner: self.inner.clone() }
    }
}

macro_rules! areas {
    ($($(#[$doc:meta])* $method:ident: $area:ident,)*) => {
        impl<P: Platform> Session<P> {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $method(&self) -> $area<P> {
                    $area { session: self.clone() }
                }
            )*
        }
    };
}

areas! {
    /// My organizations.
    organizations: Organizations,
    /// Files of my organizations.
    files: Files,
    /// Requests for access.
    requests: Requests,
    /// Grants of access.
    grants: Grants,
    /// People and their fingerprints.
    people: People,
    /// Invitations for me.
    invitations: Invitations,
    /// The audit trail.
    audit: Audit,
}

impl<P: Platform> Session<P> {
    /// Who is logged in.
    #[must_use]
    pub fn me(&self) -> Person {
        unreachable!("until login is there")
    }

    /// Gives every live notice to `on_notice` until `abort` stops it, reconnecting by itself. A notice only says "look
    /// again"; `on_connected` is called after every connection, when everything may have changed.
    ///
    /// # Errors
    /// `session_invalid` and `session_expired`; a stop is no error.
    pub async fn notices(
        &self,
        _on_connected: &dyn Fn(),
        _on_notice: &dyn Fn(Notice),
        _abort: &Abort,
    ) -> Result<(), ClientError> {
        let _ = &self.inner.platform;
        Err(pending())
    }

    /// Ends the session at the relay.
    ///
    /// # Errors
    /// `network`; the handles are gone all the same once every clone is dropped.
    pub async fn logout(&self) -> Result<(), ClientError> {
        Err(pending())
    }
}

/// Until the flow is there.
pub(crate) fn pending() -> ClientError {
    ClientError::new(Code::Internal, "not there yet")
}
