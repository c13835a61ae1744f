//! What a device keeps of a re-key, so that it goes on after its page died.
//!
//! Ciphertext leaves the device only after it was kept, with how far sealing got. Whoever goes on sends what was kept again, byte for
//! byte, and seals only chunks of which no ciphertext left the device. Of two pages that go on, the first to keep a part wins.

use std::cell::{Cell, RefCell};

use keyferry_crypto::Dek;
use keyferry_crypto::content::ContentHeader;
use keyferry_crypto::wrap::{unwrap_dek, wrap_dek};
use keyferry_protocol::encoding::Bytes;
use keyferry_protocol::json::{from_text, to_text};
use keyferry_protocol::{Code, FileId, UploadId, UserId};

use super::seal::{PART_BYTES, Part};
use super::upload::Place;
use crate::error::ClientError;
use crate::platform::{BufferOf, DeviceStore as _, Platform};
use crate::session::Inner;

/// Parts that are kept. Every lane has one that the relay did not acknowledge, and numbers of parts grow by one or two: of so many,
/// none is replaced while it may be asked for.
const KEPT_PARTS: u64 = 8;

/// A re-key, as the device remembers it.
#[derive(Clone, Default)]
struct Record {
    /// The version that is being made.
    version: u32,
    upload: Option<UploadId>,
    salt: Bytes,
    /// The DEK of that version, wrapped to the person's own encryption key.
    wrapped: Bytes,
    /// Where the kept parts begin, in order, and where the last one ends: how far sealing got.
    bounds: Vec<u64>,
}

keyferry_protocol::json_object!(Record { version, upload, salt, wrapped, bounds });

/// The record of one re-key, and its parts.
pub(super) struct Kept<'a, P: Platform> {
    inner: &'a Inner<P>,
    pub place: Place,
    key: String,
    record: RefCell<Record>,
    /// What the device has.
    stored: RefCell<Option<String>>,
    /// The DEK of a re-key that goes on.
    dek: RefCell<Option<Dek>>,
    /// Whether the device has no room.
    full: Cell<bool>,
}

impl<'a, P: Platform> Kept<'a, P> {
    /// What is kept of sealing this version. Whatever is kept of another version, or does not open, is dropped.
    pub async fn of(inner: &'a Inner<P>, place: Place) -> Result<Self, ClientError> {
        let key = key(inner.me.user, place.file);
        let stored = inner.platform.device().get(&key).await?;
        let record: Option<Record> = stored.as_ref().and_then(|text| from_text(text.as_bytes()).ok());
        let (stored, full) = (RefCell::new(stored), Cell::new(false));
        let kept =
            Kept { inner, place, key, record: RefCell::default(), stored, dek: RefCell::default(), full };
        let record = record.unwrap_or_default();
        let Place { organization, file, version } = place;
        let engine = inner.platform.engine();
        let mine = inner.me.decryption_key();
        match unwrap_dek(engine, &mine, organization, file, version, &record.wrapped.0).await {
            Ok(dek) if record.version == version && record.bounds.len() > 1 => {
                *kept.dek.borrow_mut() = Some(dek);
                *kept.record.borrow_mut() = record;
            }
            _ => kept.forget().await?,
        }
        Ok(kept)
    }

    /// The DEK, the salt and how far it was sealed, where a re-key goes on.
    pub fn resumed(&self) -> Option<(Dek, [u8; 24], u64)> {
        let dek = self.dek.borrow().clone()?;
        let record = self.record.borrow();
        Some((dek, record.salt.0.as_slice().try_into().ok()?, *record.bounds.last()?))
    }

    /// The upload that goes on, and where its kept parts lie.
    pub fn upload(&self) -> Option<(UploadId, Vec<u64>)> {
        self.dek.borrow().as_ref()?;
        let record = self.record.borrow();
        Some((record.upload?, record.bounds.clone()))
    }

    /// Begins with a fresh DEK.
    pub async fn begin(&self, dek: &Dek, header: &ContentHeader) -> Result<(), ClientError> {
        let Place { organization, file, version } = self.place;
        let mine = self.inner.me.encryption_key();
        let wrapped = wrap_dek(self.inner.platform.engine(), &mine, organization, file, version, dek).await?;
        let (salt, wrapped) = (header.salt.to_vec().into(), wrapped.into());
        *self.record.borrow_mut() = Record { version, salt, wrapped, ..Record::default() };
        Ok(())
    }

    /// Keeps a part that is about to be sent. On a device without room a re-key goes on all the same, but not after its page.
    ///
    /// # Errors
    /// `already_exists` when another page goes on with this re-key: the part must not be sent.
    pub async fn keep(&self, upload: UploadId, part: &Part<BufferOf<P>>) -> Result<(), ClientError> {
        if self.full.get() {
            return Ok(());
        }
        let mut record = self.record.borrow().clone();
        record.upload = Some(upload);
        record.bounds.pop();
        let end = part.start
            + keyferry_crypto::Engine::buffer_len(self.inner.platform.engine(), &part.bytes) as u64;
        record.bounds.extend([part.start, end]);
        let dropped = record.bounds.len().saturating_sub(KEPT_PARTS as usize);
        record.bounds.drain(..dropped);
        let text = to_text(&record);
        let stored = self.stored.borrow().clone();
        let bytes = Some((number(part.start), part.bytes.clone()));
        let kept = self.inner.platform.device().swap(&self.key, stored.as_deref(), Some(&text), bytes).await;
        match kept {
            Ok(true) => {
                *self.record.borrow_mut() = record;
                *self.stored.borrow_mut() = Some(text);
                Ok(())
            }
            Ok(false) => Err(elsewhere()),
            // A record that is behind is worse than none.
            Err(_) => {
                self.full.set(true);
                self.forget().await
            }
        }
    }

    /// Whether the device has something to go on with.
    pub fn holds(&self) -> bool {
        self.stored.borrow().is_some()
    }

    /// The part that begins at `start`.
    pub async fn part(&self, start: u64) -> Result<Option<BufferOf<P>>, ClientError> {
        Ok(self.inner.platform.device().part(&self.key, number(start)).await?)
    }

    /// Drops what is kept.
    ///
    /// # Errors
    /// `already_exists` when another page goes on with it: then it is not this one's to drop.
    pub async fn forget(&self) -> Result<(), ClientError> {
        *self.dek.borrow_mut() = None;
        let Some(stored) = self.stored.take() else { return Ok(()) };
        let device = self.inner.platform.device();
        if device.swap(&self.key, Some(&stored), None, None).await? { Ok(()) } else { Err(elsewhere()) }
    }
}

fn elsewhere() -> ClientError {
    ClientError::new(Code::AlreadyExists, "another page goes on with this re-key")
}

/// Parts are at least so long, except the last: no two of them have one number, and neighbours have neighbouring ones.
fn number(start: u64) -> u32 {
    (start / PART_BYTES % KEPT_PARTS) as u32
}

fn key(user: UserId, file: FileId) -> String {
    format!("{}{file}", prefix(user))
}

fn prefix(user: UserId) -> String {
    format!("rekey/{user}/")
}

impl<P: Platform> Inner<P> {
    /// Files whose re-key this device can go on with.
    pub(super) async fn unfinished_rekeys(&self) -> Result<Vec<FileId>, ClientError> {
        let prefix = prefix(self.me.user);
        let keys = self.platform.device().keys(&prefix).await?;
        Ok(keys.iter().filter_map(|key| FileId::parse(key.strip_prefix(&prefix)?).ok()).collect())
    }
}
