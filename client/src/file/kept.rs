//! What a device keeps of a re-key, so that it goes on after its page died.
//!
//! Ciphertext leaves the device only after it was kept, with how far sealing got. Whoever goes on sends what was kept again, byte for
//! byte, and seals only chunks of which no ciphertext left the device. Of two pages that go on, the first to keep a part wins.

use std::cell::{Cell, RefCell};

use keyferry_crypto::content::ContentHeader;
use keyferry_crypto::wrap::unwrap_dek;
use keyferry_crypto::{Dek, Engine as _};
use keyferry_protocol::encoding::Bytes;
use keyferry_protocol::json::{from_text, to_text};
use keyferry_protocol::{Code, FileId, UploadId, UserId};

use super::seal::{PART_BYTES, Part};
use super::upload::Place;
use crate::error::ClientError;
use crate::platform::{BufferOf, DeviceError, DeviceStore as _, Platform};
use crate::session::Inner;

/// Parts that are kept. Every lane has one that the relay did not acknowledge, and numbers of parts grow by one or two: of so many,
/// none is replaced while it may be asked for.
const KEPT_PARTS: u64 = 8;

/// A re-key, as the device remembers it.
#[derive(Clone, Default)]
struct Record {
    upload: Option<UploadId>,
    salt: Bytes,
    /// The DEK of the version that is made, wrapped to the person's own encryption key: for no other version it opens.
    wrapped: Bytes,
    /// Where the kept parts begin, in order, and where the last one ends: how far sealing got.
    bounds: Vec<u64>,
}

keyferry_protocol::json_object!(Record { upload, salt, wrapped, bounds });

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
    /// How many kept parts were asked for.
    again: Cell<usize>,
    /// Whether the device has no room.
    full: Cell<bool>,
}

impl<'a, P: Platform> Kept<'a, P> {
    /// What is kept of sealing this version. What is kept of another one, or does not open, is replaced by what comes.
    pub async fn of(inner: &'a Inner<P>, place: Place) -> Result<Self, ClientError> {
        let key = key(inner.me.user, place.file);
        let stored = inner.platform.device().get(&key).await?;
        let record = stored.as_ref().and_then(|text| from_text(text.as_bytes()).ok());
        let record: Record = record.unwrap_or_default();
        let Place { organization, file, version } = place;
        let (engine, mine) = (inner.platform.engine(), inner.me.decryption_key());
        let dek = unwrap_dek(engine, &mine, organization, file, version, &record.wrapped.0).await.ok();
        // A record always has an upload: one without was put there by somebody else.
        let dek = dek.filter(|_| record.upload.is_some());
        let (record, stored, dek) = (RefCell::new(record), RefCell::new(stored), RefCell::new(dek));
        Ok(Kept { inner, place, key, record, stored, dek, again: Cell::new(0), full: Cell::new(false) })
    }

    /// Whether a re-key goes on.
    pub fn goes_on(&self) -> bool {
        self.dek.borrow().is_some()
    }

    /// The DEK, the salt and how far it was sealed, where a re-key goes on.
    pub fn resumed(&self) -> Option<(Dek, [u8; 24], u64)> {
        let dek = self.dek.borrow().clone()?;
        let record = self.record.borrow();
        Some((dek, record.salt.0.as_slice().try_into().ok()?, *record.bounds.last()?))
    }

    /// The upload that goes on, and what of it is kept: from where to where.
    pub fn upload(&self) -> Option<(UploadId, u64, u64)> {
        let record = self.record.borrow();
        let upload = record.upload.filter(|_| self.goes_on())?;
        Some((upload, *record.bounds.first()?, *record.bounds.last()?))
    }

    /// Where the next kept part that is to be sent again begins and ends.
    pub fn next_again(&self) -> Option<(u64, u64)> {
        let place = self.again.replace(self.again.get().saturating_add(1));
        match self.record.borrow().bounds.get(place..)? {
            [start, end, ..] if self.goes_on() => Some((*start, *end)),
            _ => None,
        }
    }

    /// The part that begins at `start`.
    pub fn part(&self, start: u64) -> impl Future<Output = Result<Option<BufferOf<P>>, DeviceError>> {
        self.inner.platform.device().part(&self.key, number(start))
    }

    /// Whether the device has something to go on with.
    pub fn holds(&self) -> bool {
        self.stored.borrow().is_some()
    }

    /// Begins with a fresh DEK, wrapped.
    pub fn begin(&self, wrapped: Vec<u8>, header: &ContentHeader) {
        let (salt, wrapped) = (header.salt.to_vec().into(), wrapped.into());
        *self.record.borrow_mut() = Record { salt, wrapped, ..Record::default() };
    }

    /// Keeps a part that is about to be sent. On a device without room a re-key goes on all the same, but not after its page.
    ///
    /// # Errors
    /// `already_exists` when another page goes on with this re-key: the part must not be sent.
    pub async fn keep(&self, upload: UploadId, part: &Part<BufferOf<P>>) -> Result<(), ClientError> {
        // No part is asked for again once one was sealed.
        self.again.set(usize::MAX);
        if self.full.get() {
            return Ok(());
        }
        let end = part.start + self.inner.platform.engine().buffer_len(&part.bytes) as u64;
        let text = {
            let record = &mut *self.record.borrow_mut();
            record.upload = Some(upload);
            record.bounds.pop();
            record.bounds.extend([part.start, end]);
            if record.bounds.len() > KEPT_PARTS as usize {
                record.bounds.remove(0);
            }
            to_text(record)
        };
        let stored = self.stored.replace(Some(text.clone()));
        let bytes = Some((number(part.start), part.bytes.clone()));
        match self.inner.platform.device().swap(&self.key, stored.as_deref(), Some(&text), bytes).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(elsewhere()),
            // A record that is behind would be worse than none.
            Err(_) => {
                self.full.set(true);
                self.stored.replace(stored);
                self.forget().await
            }
        }
    }

    /// Drops what is kept.
    ///
    /// # Errors
    /// `already_exists` when another page goes on with it: then it is not this one's to drop.
    pub async fn forget(&self) -> Result<(), ClientError> {
        self.dek.take();
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
    format!("rekey/{user}/{file}")
}

impl<P: Platform> Inner<P> {
    /// Whether this device can go on with a re-key of a file.
    pub(super) async fn keeps_rekey(&self, file: FileId) -> Result<bool, ClientError> {
        Ok(self.platform.device().get(&key(self.me.user, file)).await?.is_some())
    }
}
