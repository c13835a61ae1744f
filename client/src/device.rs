//! What a device remembers: pins, and the last state it saw, so that an older one is noticed.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::lock::Mutex;
use keyferry_protocol::json::{Json, from_text, to_text};
use keyferry_protocol::wire::bundle::KdfParameters;
use keyferry_protocol::{
    ChainHead, Code, Digest, FileId, Fingerprint, GrantId, OrganizationId, SortedMap, UserId,
};

use crate::contacts::{ContactList, NewPin, Pinned};
use crate::error::ClientError;
use crate::platform::{DeviceStore as _, Platform};

/// What this device knows of an e-mail's account before logging in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct KnownLogin {
    pub user: UserId,
    pub kdf: KdfParameters,
    /// Those of a change that was sent, whose answer did not come yet.
    pub next: Option<KdfParameters>,
}

impl KnownLogin {
    /// Whether served parameters are what this device knows: the ones of before, those it sent itself, or the ones of before
    /// at a higher price.
    pub fn expects(&self, served: &KdfParameters) -> bool {
        let dearer = served.salt == self.kdf.salt && served.iterations >= self.kdf.iterations;
        dearer || self.next.as_ref() == Some(served)
    }
}

/// What this device knows of an account: never less than it knew before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Memory {
    pub fingerprint: Fingerprint,
    pub bundle_version: u32,
    pub chain: ChainHead,
    pub contacts: ContactList,
    pub organizations: SortedMap<OrganizationId, ChainHead>,
    /// Versions above the first; a file not listed was seen at no other.
    pub file_versions: SortedMap<FileId, u32>,
    /// Certificates above the first, by their version; a person not listed was seen with no other.
    pub key_versions: SortedMap<UserId, u32>,
    /// People's identities that properly took the place of pinned ones.
    pub identities: SortedMap<UserId, Followed>,
    /// Roots that properly took the place of pinned ones.
    pub roots: SortedMap<OrganizationId, Followed>,
    /// Grants whose revocation this device signed or verified: a relay cannot have them stand again.
    pub revoked: Vec<GrantId>,
}

keyferry_protocol::json_object!(KnownLogin { user, kdf, next });
keyferry_protocol::json_object!(Memory {
    fingerprint,
    bundle_version,
    chain,
    contacts,
    organizations,
    file_versions,
    key_versions,
    identities,
    roots,
    revoked,
});
keyferry_protocol::json_object!(Followed { from, to });

/// A pinned fingerprint, and the one that stands for it since this device verified the successions between them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Followed {
    pub from: Fingerprint,
    pub to: Fingerprint,
}

impl Memory {
    pub fn new(fingerprint: Fingerprint) -> Self {
        Memory {
            fingerprint,
            bundle_version: 1,
            chain: ChainHead::EMPTY,
            contacts: ContactList::default(),
            organizations: SortedMap::new(),
            file_versions: SortedMap::new(),
            key_versions: SortedMap::new(),
            identities: SortedMap::new(),
            roots: SortedMap::new(),
            revoked: Vec::new(),
        }
    }

    /// Takes what another tab of this device saw later.
    fn learn(&mut self, other: Memory) {
        self.bundle_version = self.bundle_version.max(other.bundle_version);
        if other.chain.sequence > self.chain.sequence {
            self.chain = other.chain;
        }
        if other.contacts.version > self.contacts.version {
            self.contacts = other.contacts;
        }
        for (id, head) in other.organizations {
            let known = self.organizations.get_or_insert(id, head);
            if head.sequence > known.sequence {
                *known = head;
                other.roots.get(&id).map(|followed| self.roots.insert(id, *followed));
            }
        }
        for (user, followed) in other.identities {
            self.identities.get_or_insert(user, followed);
        }
        for (file, version) in other.file_versions {
            let known = self.file_versions.get_or_insert(file, version);
            *known = version.max(*known);
        }
        other.revoked.into_iter().for_each(|grant| self.see_revoked(grant));
        for (user, version) in other.key_versions {
            let known = self.key_versions.get_or_insert(user, version);
            *known = version.max(*known);
        }
    }

    /// Notes a file's current version.
    ///
    /// # Errors
    /// `rollback` when this device saw a later one.
    pub fn see_version(&mut self, file: FileId, version: u32) -> Result<(), ClientError> {
        if self.file_versions.get(&file).is_some_and(|known| version < *known) {
            return Err(rollback("the file"));
        }
        if version > 1 {
            self.file_versions.insert(file, version);
        }
        Ok(())
    }

    /// Notes that a grant was revoked.
    pub fn see_revoked(&mut self, grant: GrantId) {
        if !self.revoked.contains(&grant) {
            self.revoked.push(grant);
        }
    }

    /// Notes the version of a person's certified encryption key: nothing is wrapped to one that was rotated.
    ///
    /// # Errors
    /// `rollback` when this device saw a later one.
    pub fn see_key(&mut self, user: UserId, version: u32) -> Result<(), ClientError> {
        if self.key_versions.get(&user).is_some_and(|known| version < *known) {
            return Err(rollback("this person's key"));
        }
        if version > 1 {
            self.key_versions.insert(user, version);
        }
        Ok(())
    }

    /// Notes the head of an organization's chain; `hash_at` gives the hash of a statement by its sequence.
    ///
    /// # Errors
    /// `rollback` when the chain does not continue the one this device saw.
    pub fn see_organization(
        &mut self,
        id: OrganizationId,
        head: ChainHead,
        hash_at: impl Fn(u64) -> Option<Digest>,
    ) -> Result<(), ClientError> {
        let known = self.organizations.get(&id).copied().unwrap_or(ChainHead::EMPTY);
        let continued = known == ChainHead::EMPTY || hash_at(known.sequence) == Some(known.hash);
        if !continued || head.sequence < known.sequence {
            return Err(rollback("the organization"));
        }
        self.organizations.insert(id, head);
        Ok(())
    }

    /// What is pinned by hand stands for itself, whatever followed the pin before.
    pub fn unfollow(&mut self, pin: NewPin) {
        let itself = |pinned: Pinned| Followed { from: pinned.fingerprint, to: pinned.fingerprint };
        match pin {
            NewPin::Person(user, pinned) => self.identities.insert(user, itself(pinned)),
            NewPin::Organization(id, pinned) => self.roots.insert(id, itself(pinned)),
        };
    }

    /// Notes the head of one's own chain, of which only the head is served.
    ///
    /// # Errors
    /// `rollback` when this device saw a later or another one.
    pub fn see_chain(&mut self, head: ChainHead) -> Result<(), ClientError> {
        if head.sequence < self.chain.sequence || (head.sequence == self.chain.sequence && head != self.chain)
        {
            return Err(rollback("your account"));
        }
        self.chain = head;
        Ok(())
    }
}

pub(crate) fn rollback(what: &str) -> ClientError {
    ClientError::new(
        Code::Rollback,
        format!("the relay serves an older state of {what} than this device has seen"),
    )
}

/// The memory of one account, kept in step with the device's store.
pub(crate) struct Recollection<P: Platform> {
    platform: Rc<P>,
    key: String,
    memory: RefCell<Memory>,
    stored: Mutex<Option<Memory>>,
}

impl<P: Platform> Recollection<P> {
    pub fn new(platform: Rc<P>, user: UserId, memory: Memory) -> Self {
        let key = account_key(user);
        Recollection { platform, key, memory: RefCell::new(memory), stored: Mutex::new(None) }
    }

    pub fn read<T>(&self, read: impl FnOnce(&Memory) -> T) -> T {
        read(&self.memory.borrow())
    }

    /// Changes the memory and stores it, if it changed. A refused change leaves it as it was.
    pub async fn update<T>(
        &self,
        change: impl FnOnce(&mut Memory) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let mut changed = self.memory.borrow().clone();
        let result = change(&mut changed)?;
        *self.memory.borrow_mut() = changed;
        self.store().await?;
        Ok(result)
    }

    /// Stores the newest memory. Stores wait for each other, so an older one never comes last; what another tab stored
    /// meanwhile is kept.
    async fn store(&self) -> Result<(), ClientError> {
        let mut stored = self.stored.lock().await;
        if stored.as_ref() == Some(&*self.memory.borrow()) {
            return Ok(());
        }
        let other: Option<Memory> = get(&*self.platform, &self.key).await?;
        let mut newest = self.memory.borrow().clone();
        other.into_iter().for_each(|other| newest.learn(other));
        put(&*self.platform, &self.key, &newest).await?;
        *stored = Some(newest);
        Ok(())
    }
}

pub(crate) fn account_key(user: UserId) -> String {
    format!("account/{user}")
}

/// The e-mail itself is not kept.
pub(crate) fn login_key(email: &str) -> String {
    format!("login/{}", Digest::of_parts("keyferry/v1/device-login", &[email.as_bytes()]))
}

/// What the device has under `key`.
///
/// # Errors
/// `platform_unsupported` when it cannot be read: forgetting what was known would switch its checks off.
pub(crate) async fn get<T: Json>(platform: &impl Platform, key: &str) -> Result<Option<T>, ClientError> {
    let Some(text) = platform.device().get(key).await? else { return Ok(None) };
    let value = from_text(text.as_bytes());
    value
        .map(Some)
        .map_err(|_| ClientError::new(Code::PlatformUnsupported, "this device's memory is damaged"))
}

pub(crate) async fn put(platform: &impl Platform, key: &str, value: &impl Json) -> Result<(), ClientError> {
    Ok(platform.device().put(key, &to_text(value)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(sequence: u64, hash: u8) -> ChainHead {
        ChainHead { sequence, hash: Digest([hash; 32]) }
    }

    #[test]
    fn what_another_tab_saw_is_never_forgotten() {
        let mut one = Memory::new(Fingerprint(Digest::ZERO));
        let organization = OrganizationId::from_random([1; 16]);
        let mut two = one.clone();
        one.see_chain(head(5, 5)).unwrap();
        one.see_organization(organization, head(3, 3), |_| None).unwrap();
        one.see_version(FileId::from_random([2; 16]), 3).unwrap();
        one.see_key(UserId::from_random([3; 16]), 2).unwrap();
        two.see_chain(head(2, 2)).unwrap();
        two.see_version(FileId::from_random([2; 16]), 2).unwrap();
        two.bundle_version = 2;
        let mut learned = two.clone();
        learned.learn(one.clone());
        assert_eq!(learned, Memory { bundle_version: 2, ..one });
        learned.learn(two);
        assert_eq!(learned.chain, head(5, 5));
    }

    #[test]
    fn an_older_state_is_noticed_and_changes_nothing() {
        let mut memory = Memory::new(Fingerprint(Digest::ZERO));
        let organization = OrganizationId::from_random([1; 16]);
        memory.see_chain(head(5, 5)).unwrap();
        memory.see_organization(organization, head(3, 3), |_| None).unwrap();
        memory.see_version(FileId::from_random([2; 16]), 2).unwrap();
        memory.see_key(UserId::from_random([3; 16]), 2).unwrap();
        let before = memory.clone();
        assert_eq!(memory.see_chain(head(4, 4)).unwrap_err().code, Code::Rollback);
        assert_eq!(memory.see_chain(head(5, 6)).unwrap_err().code, Code::Rollback);
        assert_eq!(memory.see_version(FileId::from_random([2; 16]), 1).unwrap_err().code, Code::Rollback);
        assert_eq!(memory.see_key(UserId::from_random([3; 16]), 1).unwrap_err().code, Code::Rollback);
        let older = memory.see_organization(organization, head(2, 2), |_| None);
        assert_eq!(older.unwrap_err().code, Code::Rollback);
        let forked = memory.see_organization(organization, head(4, 4), |_| Some(Digest([9; 32])));
        assert_eq!(forked.unwrap_err().code, Code::Rollback);
        assert_eq!(memory, before);
        memory.see_organization(organization, head(4, 4), |at| (at == 3).then_some(Digest([3; 32]))).unwrap();
        memory.see_chain(head(6, 6)).unwrap();
    }
}
