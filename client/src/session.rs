//! A person who is logged in.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::lock::Mutex;
use keyferry_crypto::{DecryptionKey, SigningKey};
use keyferry_protocol::{
    EncryptionKey, FileId, Fingerprint, IdentityKey, OrganizationId, RequestId, SortedMap, UserId, route,
};

use crate::audit::Audit;
use crate::chain::Chain;
use crate::device::Recollection;
use crate::error::ClientError;
use crate::file::Files;
use crate::grant::Grants;
use crate::guard::Guard;
use crate::invitation::Invitations;
use crate::organization::{KnownOrganization, Organizations};
use crate::passkey::Passkeys;
use crate::people::People;
use crate::person::{Person, Pin};
use crate::platform::Platform;
use crate::relay::Relay;
use crate::request::Requests;

/// A session. Private keys are handles that cannot be exported; clones share them.
pub struct Session<P: Platform> {
    pub(crate) inner: Rc<Inner<P>>,
}

pub(crate) struct Inner<P: Platform> {
    pub platform: Rc<P>,
    pub relay: Relay<P>,
    pub me: Me<P>,
    pub chain: Chain,
    pub memory: Recollection<P>,
    /// Organizations replayed in this session, so that an unchanged chain is not replayed again.
    pub replayed: RefCell<SortedMap<OrganizationId, Rc<KnownOrganization>>>,
    /// Vault keys opened in this session.
    pub vaults: RefCell<SortedMap<OrganizationId, DecryptionKey<P::Engine>>>,
    /// Reasons given in this session: the requester cannot open what is sealed to the vault.
    pub reasons: RefCell<SortedMap<RequestId, String>>,
    /// Names of requested files, so that looking at a request again unwraps nothing again.
    pub names: RefCell<SortedMap<(FileId, u32), String>>,
    pub guard: Guard,
    /// Held by whoever makes locks or bundles: each is made for the bundle in force.
    pub locking: Mutex<()>,
    /// How dear a guess at a new passphrase is made.
    pub iterations: u32,
}

/// The person, with their keys as handles.
pub(crate) struct Me<P: Platform> {
    pub user: UserId,
    pub email: String,
    pub signing: SigningKey<P::Engine>,
    /// My identity keys: those that others took the place of, and the one I sign with last.
    pub keys: Vec<IdentityKey>,
    /// The key until a rotation puts another in its place.
    pub encryption: RefCell<DecryptionKey<P::Engine>>,
}

impl<P: Platform> Me<P> {
    pub fn decryption_key(&self) -> DecryptionKey<P::Engine> {
        self.encryption.borrow().clone()
    }

    pub fn encryption_key(&self) -> EncryptionKey {
        self.encryption.borrow().public.clone()
    }

    pub fn fingerprint(&self) -> Fingerprint {
        self.signing.public.fingerprint(self.user.into())
    }
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
    /// My passkeys.
    passkeys: Passkeys,
    /// The audit trail.
    audit: Audit,
}

impl<P: Platform> Session<P> {
    /// Who is logged in.
    #[must_use]
    pub fn me(&self) -> Person {
        let me = &self.inner.me;
        Person { user: me.user, email: me.email.clone(), fingerprint: me.fingerprint(), pin: Pin::Verified }
    }

    /// Ends the session at the relay.
    ///
    /// # Errors
    /// `network`; the handles are gone all the same once every clone is dropped.
    pub async fn logout(&self) -> Result<(), ClientError> {
        self.inner.relay.delete(&route::session()).await
    }
}
