//! The contact list: pins that live on the device and, sealed to oneself and signed, follow the account.

use keyferry_crypto::sealed_box::{open_box, seal_box};
use keyferry_protocol::context::WrapScope;
use keyferry_protocol::json::{from_text, to_text};
use keyferry_protocol::statement::Contacts;
use keyferry_protocol::wire::account::StoredContacts;
use keyferry_protocol::{
    Code, Digest, EncryptionKey, Fingerprint, OrganizationId, SortedMap, UserId, Verified, route,
};

use crate::chain::Pen;
use crate::device::{Followed, Memory, rollback};
use crate::error::ClientError;
use crate::person::Pin;
use crate::platform::Platform;
use crate::relay::Submission;
use crate::session::{Inner, Me};

/// A pinned fingerprint, and how it was pinned: `Verified` or `Trusted`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Pinned {
    pub fingerprint: Fingerprint,
    pub how: Pin,
}

keyferry_protocol::json_object!(Pinned { fingerprint, how });

impl Pinned {
    /// What the pin says of a served fingerprint, or of the one that followed the pinned one.
    pub fn judge(pinned: Option<&Pinned>, followed: Option<&Followed>, served: Fingerprint) -> Pin {
        match pinned {
            None => Pin::Unverified,
            Some(pinned) if pinned.accepted(followed) == served => pinned.how,
            Some(_) => Pin::Changed,
        }
    }

    /// The fingerprint that stands for the pinned one now.
    pub fn accepted(&self, followed: Option<&Followed>) -> Fingerprint {
        let followed = followed.filter(|followed| followed.from == self.fingerprint);
        followed.map_or(self.fingerprint, |followed| followed.to)
    }
}

/// Every pin of a person. The sealed text is its JSON.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct ContactList {
    /// Counts the lists from 1; 0 before there is one.
    pub version: u64,
    /// SHA-256 of the sealed list that was stored or served last.
    pub sealed: Digest,
    pub people: SortedMap<UserId, Pinned>,
    pub organizations: SortedMap<OrganizationId, Pinned>,
}

/// A pin to set.
#[derive(Clone, Copy)]
pub(crate) enum NewPin {
    Person(UserId, Pinned),
    Organization(OrganizationId, Pinned),
}

keyferry_protocol::json_object!(ContactList { version, sealed, people, organizations });

impl ContactList {
    fn with(&self, pin: NewPin) -> Self {
        let mut list = self.clone();
        match pin {
            NewPin::Person(user, pinned) => drop(list.people.insert(user, pinned)),
            NewPin::Organization(id, pinned) => drop(list.organizations.insert(id, pinned)),
        }
        list
    }

    /// The list with the roots that properly took the place of pinned ones: other devices of the person then need not find out.
    /// What followed an identity each device finds by itself.
    fn followed(&self, memory: &Memory) -> Self {
        let now = |(id, pinned): (&OrganizationId, &Pinned)| {
            (*id, Pinned { fingerprint: pinned.accepted(memory.roots.get(id)), ..*pinned })
        };
        ContactList { organizations: self.organizations.iter().map(now).collect(), ..self.clone() }
    }

    fn has(&self, pin: NewPin) -> bool {
        match pin {
            NewPin::Person(user, pinned) => self.people.get(&user) == Some(&pinned),
            NewPin::Organization(id, pinned) => self.organizations.get(&id) == Some(&pinned),
        }
    }

    /// Takes a newer list that was served; the same and an older one are compared with what the device knows.
    pub fn see(&mut self, served: Option<ContactList>) -> Result<(), ClientError> {
        match served {
            None if self.version == 0 => Ok(()),
            Some(served) if served.version > self.version => {
                *self = served;
                Ok(())
            }
            Some(served) if served.version == self.version && served.sealed == self.sealed => Ok(()),
            None | Some(_) => Err(rollback("your contact list")),
        }
    }
}

/// Opens a served contact list and checks that it is one's own.
///
/// # Errors
/// `statement_invalid`, `context_mismatch`, `unlock_failed`.
pub(crate) async fn open_contacts<P: Platform>(
    platform: &P,
    me: &Me<P>,
    stored: &StoredContacts,
) -> Result<ContactList, ClientError> {
    let statement = Verified::<Contacts>::check(&stored.statement.0, me.user.into(), &me.signing.public)?;
    let Contacts { version, sealed } = *statement.body();
    let mismatch =
        || ClientError::new(Code::ContextMismatch, "the contact list is not the one that was signed");
    if sealed != stored.sealed.digest() {
        return Err(mismatch());
    }
    let scope = WrapScope::Contacts { user: me.user, version };
    let text = open_box(platform.engine(), &me.decryption_key(), scope, &stored.sealed).await?;
    let list: ContactList = from_text(&text).map_err(|_| mismatch())?;
    if list.version != version {
        return Err(mismatch());
    }
    Ok(ContactList { sealed, ..list })
}

impl<P: Platform> Inner<P> {
    /// What the pins say of a person's served fingerprint. One's own is known from the unlocked keys.
    pub fn judge_person(&self, user: UserId, served: Fingerprint) -> Pin {
        if user == self.me.user {
            return if served == self.me.fingerprint() { Pin::Verified } else { Pin::Changed };
        }
        let (pin, followed) = self.memory.read(|memory| {
            let followed = memory.identities.get(&user).copied();
            (Pinned::judge(memory.contacts.people.get(&user), followed.as_ref(), served), followed)
        });
        // Somebody else compared the next identity, which is good for a grant and not for signing a role.
        match (pin, followed) {
            (Pin::Verified, Some(Followed { from, to })) if to == served && from != to => Pin::Trusted,
            _ => pin,
        }
    }

    /// What the pins say of an organization's replayed fingerprint.
    pub fn judge_organization(&self, id: OrganizationId, served: Fingerprint) -> Pin {
        self.memory.read(|memory| {
            Pinned::judge(memory.contacts.organizations.get(&id), memory.roots.get(&id), served)
        })
    }

    /// Sets a pin in the account's list and then on the device. Another device may have written meanwhile, so the
    /// list is read again before every try.
    pub async fn set_pin(&self, pin: NewPin) -> Result<(), ClientError> {
        let list = self
            .append_with(async |pen| {
                self.fetch_contacts().await?;
                let list = self.memory.read(|memory| memory.contacts.followed(memory).with(pin));
                let (list, stored) = self.next_contacts(pen, list, &self.me.encryption_key()).await?;
                Ok((Submission::put(route::my_contacts(), &stored)?, list))
            })
            .await?;
        debug_assert!(list.has(pin));
        let remember = |memory: &mut Memory| {
            memory.unfollow(pin);
            memory.contacts.see(Some(list))
        };
        self.memory.update(remember).await
    }

    /// The list after `list`, sealed to `key` and signed.
    pub async fn next_contacts(
        &self,
        pen: &mut Pen<'_, P>,
        mut list: ContactList,
        key: &EncryptionKey,
    ) -> Result<(ContactList, StoredContacts), ClientError> {
        list.version += 1;
        let scope = WrapScope::Contacts { user: self.me.user, version: list.version };
        let sealed = seal_box(self.platform.engine(), key, scope, &list_json(&list)).await?;
        list.sealed = sealed.digest();
        let statement = pen.sign(Contacts { version: list.version, sealed: list.sealed }).await?.bytes;
        Ok((list, StoredContacts { sealed, statement }))
    }

    /// Reads the account's list; the device takes what is newer.
    pub async fn fetch_contacts(&self) -> Result<(), ClientError> {
        self.take_contacts(self.relay.get(&route::my_contacts()).await?).await
    }

    /// Opens a served list; the device takes what is newer. The very list it took before was checked then.
    pub async fn take_contacts(&self, stored: Option<StoredContacts>) -> Result<(), ClientError> {
        let known = self.memory.read(|memory| memory.contacts.sealed);
        if stored.as_ref().is_some_and(|stored| stored.sealed.digest() == known) {
            return Ok(());
        }
        let served = match stored {
            Some(stored) => Some(open_contacts(&*self.platform, &self.me, &stored).await?),
            None => None,
        };
        self.memory.update(|memory| memory.contacts.see(served)).await
    }
}

/// The text that is sealed; the digest of the sealed list cannot stand in it.
fn list_json(list: &ContactList) -> Vec<u8> {
    let list = ContactList { sealed: Digest::ZERO, ..list.clone() };
    to_text(&list).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(version: u64, sealed: u8) -> ContactList {
        ContactList { version, sealed: Digest([sealed; 32]), ..ContactList::default() }
    }

    #[test]
    fn an_older_or_another_list_is_a_rollback() {
        let mut known = list(2, 2);
        for served in [None, Some(list(1, 1)), Some(list(2, 9))] {
            assert_eq!(known.see(served).unwrap_err().code, Code::Rollback);
            assert_eq!(known, list(2, 2));
        }
        known.see(Some(list(2, 2))).unwrap();
        known.see(Some(list(3, 3))).unwrap();
        assert_eq!(known, list(3, 3));
    }

    #[test]
    fn a_pin_judges_what_is_served() {
        let pinned = Pinned { fingerprint: Fingerprint(Digest([1; 32])), how: Pin::Trusted };
        let next = Fingerprint(Digest([2; 32]));
        assert_eq!(Pinned::judge(None, None, pinned.fingerprint), Pin::Unverified);
        assert_eq!(Pinned::judge(Some(&pinned), None, pinned.fingerprint), Pin::Trusted);
        assert_eq!(Pinned::judge(Some(&pinned), None, next), Pin::Changed);
        let followed = Followed { from: pinned.fingerprint, to: next };
        assert_eq!(Pinned::judge(Some(&pinned), Some(&followed), next), Pin::Trusted);
        assert_eq!(Pinned::judge(Some(&pinned), Some(&followed), pinned.fingerprint), Pin::Changed);
        let anothers = Followed { from: next, to: next };
        assert_eq!(Pinned::judge(Some(&pinned), Some(&anothers), next), Pin::Changed);
    }
}
