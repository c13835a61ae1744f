//! Pinning fingerprints that people compared.

use keyferry_protocol::statement::KeyCertificate;
use keyferry_protocol::wire::account::PublicIdentity;
use keyferry_protocol::{Code, EncryptionKey, Fingerprint, OrganizationId, UserId, Verified, route};

use crate::contacts::{NewPin, Pinned};
use crate::error::ClientError;
use crate::person::{Person, Pin};
use crate::platform::Platform;
use crate::session::{Inner, Session};

/// People and organizations by fingerprint.
pub struct People<P: Platform> {
    pub(crate) session: Session<P>,
}

impl<P: Platform> People<P> {
    /// Pins a person's fingerprint, as `Verified` or `Trusted`, on this device and in the contact list of the account.
    ///
    /// # Errors
    /// `key_changed` when the relay serves another identity for them; `value_invalid` for another `how`.
    pub async fn pin(&self, user: UserId, fingerprint: Fingerprint, how: Pin) -> Result<Person, ClientError> {
        let inner = &self.session.inner;
        let pinned = pinned(fingerprint, how)?;
        let person = self.get(user).await?;
        if person.fingerprint != fingerprint {
            return Err(changed("the relay serves another identity than the one compared"));
        }
        if user != inner.me.user {
            inner.set_pin(NewPin::Person(user, pinned)).await?;
        }
        Ok(Person { pin: inner.judge_person(user, fingerprint), ..person })
    }

    /// Pins an organization's fingerprint. An owner who verified that of a root that took another's place vouches for it, so
    /// that others need not compare it.
    ///
    /// # Errors
    /// `value_invalid` for a `how` other than `Verified` and `Trusted`.
    pub async fn pin_organization(
        &self,
        id: OrganizationId,
        fingerprint: Fingerprint,
        how: Pin,
    ) -> Result<(), ClientError> {
        let inner = &self.session.inner;
        inner.set_pin(NewPin::Organization(id, pinned(fingerprint, how)?)).await?;
        // Who was invited only is no member yet.
        let member = inner.replayed.borrow().contains_key(&id);
        if how != Pin::Verified || !member {
            return Ok(());
        }
        match inner.vouch_for_root(id, fingerprint).await {
            // What is served may be another root than the one that was compared.
            Err(error) if error.code == Code::KeyChanged => Ok(()),
            vouched => vouched,
        }
    }

    /// A person, by the relay's word, with what the pin says of it.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get(&self, user: UserId) -> Result<Person, ClientError> {
        let inner = &self.session.inner;
        let identity: PublicIdentity = inner.relay.get(&route::account(user)).await?;
        if identity.user != user {
            return Err(ClientError::new(Code::ContextMismatch, "the relay answered with another person"));
        }
        Ok(inner.person(&identity))
    }
}

fn pinned(fingerprint: Fingerprint, how: Pin) -> Result<Pinned, ClientError> {
    match how {
        Pin::Verified | Pin::Trusted => Ok(Pinned { fingerprint, how }),
        _ => Err(ClientError::new(Code::ValueInvalid, "a fingerprint is pinned as verified or trusted")),
    }
}

fn changed(message: &str) -> ClientError {
    ClientError::new(Code::KeyChanged, message)
}

/// A person whose served identity is the pinned one, with their encryption key, certified by it. Only from this can a
/// key be wrapped to somebody.
pub(crate) struct Recipient {
    pub user: UserId,
    pub identity: PublicIdentity,
    pub fingerprint: Fingerprint,
    pub key: EncryptionKey,
    /// Counts the person's keys from 1.
    pub key_version: u32,
}

impl Recipient {
    /// Judges a served identity by its pin and by the fingerprint that the caller compared.
    ///
    /// # Errors
    /// `key_unverified` and `key_changed`.
    pub fn check(identity: &PublicIdentity, pin: Pin, compared: Fingerprint) -> Result<Self, ClientError> {
        let fingerprint = identity.identity_key.fingerprint(identity.user.into());
        match pin {
            Pin::Verified | Pin::Trusted => {}
            Pin::Unverified => {
                return Err(ClientError::new(Code::KeyUnverified, "compare this person's fingerprint first"));
            }
            Pin::Changed => return Err(changed("this person's identity is not the one you verified")),
        }
        if fingerprint != compared {
            return Err(ClientError::new(Code::KeyUnverified, "this is not the fingerprint you compared"));
        }
        let owner = identity.user.into();
        let certificate =
            Verified::<KeyCertificate>::check(&identity.key_certificate.0, owner, &identity.identity_key)
                .map_err(|_| changed("this person's encryption key is not certified by their identity"))?;
        let (key, key_version) = (certificate.body().key(), certificate.body().version);
        Ok(Recipient { user: identity.user, identity: identity.clone(), fingerprint, key, key_version })
    }
}

impl<P: Platform> Inner<P> {
    /// Names the person a served identity describes.
    pub fn person(&self, identity: &PublicIdentity) -> Person {
        let fingerprint = identity.identity_key.fingerprint(identity.user.into());
        Person::of(identity, self.judge_person(identity.user, fingerprint))
    }

    /// The served identity as a recipient, if its pin and the compared fingerprint allow it, and its key is no older than this
    /// device saw.
    pub async fn recipient(
        &self,
        identity: &PublicIdentity,
        compared: Fingerprint,
    ) -> Result<Recipient, ClientError> {
        let fingerprint = identity.identity_key.fingerprint(identity.user.into());
        let recipient = Recipient::check(identity, self.judge_person(identity.user, fingerprint), compared)?;
        self.memory.update(|memory| memory.see_key(recipient.user, recipient.key_version)).await?;
        Ok(recipient)
    }
}
