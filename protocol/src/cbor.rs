//! Deterministic CBOR (RFC 8949 §4.2.1) for what is signed or bound: definite lengths, shortest integers,
//! maps with ascending integer keys that are all present. A reader takes nothing else, and every decoded
//! structure is encoded again and compared, so one meaning has one encoding.

use cbor4ii::core::dec::{Decode, Read};
use cbor4ii::core::enc::Encode;
use cbor4ii::core::types;
use cbor4ii::core::utils::{BufWriter, SliceReader};

use crate::encoding::{Digest, EncodingError};
use crate::id::{FileId, GrantId, OrganizationId, OwnerId, RequestId, UserId};
use crate::key::IdentityKey;
use crate::role::Role;
use crate::suite::Suite;

const CBOR: EncodingError = EncodingError("deterministic CBOR");

/// Writes one deterministic structure.
pub struct Writer(BufWriter);

impl Default for Writer {
    fn default() -> Self {
        Writer(BufWriter::new(Vec::new()))
    }
}

impl Writer {
    /// Starts a map of `len` entries; the caller writes ascending integer keys.
    pub fn map(&mut self, len: usize) -> &mut Self {
        // A `BufWriter` grows its vector and has no other way to fail.
        types::Map::bounded(len, &mut self.0).expect("writing to memory cannot fail");
        self
    }

    /// Starts an array of `len` items.
    pub fn array(&mut self, len: usize) -> &mut Self {
        types::Array::bounded(len, &mut self.0).expect("writing to memory cannot fail");
        self
    }

    /// Writes a tag (RFC 8949 §3.4) before the next item.
    pub fn tag(&mut self, tag: u64) -> &mut Self {
        types::Tag(tag, types::Nothing).encode(&mut self.0).expect("writing to memory cannot fail");
        self
    }

    /// Writes any item that has one encoding.
    pub fn item(&mut self, item: impl Encode) -> &mut Self {
        item.encode(&mut self.0).expect("writing to memory cannot fail");
        self
    }

    /// Writes a byte string.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.item(types::Bytes(bytes))
    }

    /// Writes a text string.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.item(text)
    }

    /// Writes a field.
    pub fn field(&mut self, field: &impl Field) -> &mut Self {
        field.put(self);
        self
    }

    /// The bytes written.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0.into_inner()
    }
}

/// Reads one deterministic structure.
pub struct Reader<'a>(SliceReader<'a>);

impl<'a> Reader<'a> {
    /// Reads from `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader(SliceReader::new(bytes))
    }

    /// Expects a map of exactly `len` entries.
    ///
    /// # Errors
    /// [`EncodingError`] for anything else.
    pub fn map(&mut self, len: usize) -> Result<(), EncodingError> {
        (types::Map::len(&mut self.0).map_err(|_| CBOR)? == Some(len)).then_some(()).ok_or(CBOR)
    }

    /// The length of the array that starts here.
    ///
    /// # Errors
    /// [`EncodingError`] when no definite-length array starts here.
    pub fn array(&mut self) -> Result<usize, EncodingError> {
        types::Array::len(&mut self.0).map_err(|_| CBOR)?.ok_or(CBOR)
    }

    /// Expects an array of exactly `len` items.
    ///
    /// # Errors
    /// [`EncodingError`] for anything else.
    pub fn array_of(&mut self, len: usize) -> Result<(), EncodingError> {
        (self.array()? == len).then_some(()).ok_or(CBOR)
    }

    /// Expects exactly this unsigned integer.
    ///
    /// # Errors
    /// [`EncodingError`] for anything else.
    pub fn key(&mut self, key: u64) -> Result<(), EncodingError> {
        (self.unsigned()? == key).then_some(()).ok_or(CBOR)
    }

    /// An unsigned integer.
    ///
    /// # Errors
    /// [`EncodingError`] for anything else.
    pub fn unsigned(&mut self) -> Result<u64, EncodingError> {
        u64::decode(&mut self.0).map_err(|_| CBOR)
    }

    /// A byte string.
    ///
    /// # Errors
    /// [`EncodingError`] for anything else.
    pub fn bytes(&mut self) -> Result<&'a [u8], EncodingError> {
        types::Bytes::<&'a [u8]>::decode(&mut self.0).map(|bytes| bytes.0).map_err(|_| CBOR)
    }

    /// A text string.
    ///
    /// # Errors
    /// [`EncodingError`] for anything else.
    pub fn text(&mut self) -> Result<&'a str, EncodingError> {
        <&'a str>::decode(&mut self.0).map_err(|_| CBOR)
    }

    /// Expects the bytes `expected` next, whatever they mean.
    ///
    /// # Errors
    /// [`EncodingError`] for anything else.
    pub fn literal(&mut self, expected: &[u8]) -> Result<(), EncodingError> {
        let found = self.0.fill(expected.len()).map_err(|_| CBOR)?;
        if !found.as_ref().starts_with(expected) {
            return Err(CBOR);
        }
        self.0.advance(expected.len());
        Ok(())
    }

    /// Reads a map with these keys, in this order.
    ///
    /// # Errors
    /// [`EncodingError`] for another map.
    pub(crate) fn fields(&mut self, fields: &mut [(u64, &mut dyn Slot)]) -> Result<(), EncodingError> {
        self.map(fields.len())?;
        for (key, slot) in fields {
            self.key(*key)?;
            slot.take(self)?;
        }
        Ok(())
    }

    /// Expects that nothing follows.
    ///
    /// # Errors
    /// [`EncodingError`] when bytes are left.
    pub fn end(&mut self) -> Result<(), EncodingError> {
        let rest = self.0.fill(1).map_err(|_| CBOR)?;
        rest.as_ref().is_empty().then_some(()).ok_or(EncodingError("trailing bytes"))
    }
}

/// A value with one deterministic encoding.
pub trait Field: Sized {
    /// Writes it.
    fn put(&self, writer: &mut Writer);

    /// Reads it back.
    ///
    /// # Errors
    /// [`EncodingError`] for anything [`Field::put`] would not write.
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError>;
}

macro_rules! id_field {
    ($($name:ty),*) => {$(
        impl Field for $name {
            fn put(&self, writer: &mut Writer) {
                writer.bytes(self.as_bytes());
            }
            fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
                let bytes = reader.bytes()?.try_into().map_err(|_| EncodingError("id length"))?;
                Ok(<$name>::from_random(bytes))
            }
        }
    )*};
}

id_field!(UserId, OrganizationId, FileId, RequestId, GrantId);

impl Field for u64 {
    fn put(&self, writer: &mut Writer) {
        writer.item(*self);
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        reader.unsigned()
    }
}

impl Field for u32 {
    fn put(&self, writer: &mut Writer) {
        writer.item(*self);
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        reader.unsigned()?.try_into().map_err(|_| EncodingError("32-bit integer"))
    }
}

impl Field for bool {
    fn put(&self, writer: &mut Writer) {
        writer.item(*self);
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        bool::decode(&mut reader.0).map_err(|_| CBOR)
    }
}

impl Field for String {
    fn put(&self, writer: &mut Writer) {
        writer.text(self);
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        reader.text().map(str::to_owned)
    }
}

impl<const N: usize> Field for [u8; N] {
    fn put(&self, writer: &mut Writer) {
        writer.bytes(self);
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        reader.bytes()?.try_into().map_err(|_| EncodingError("byte string length"))
    }
}

impl Field for Digest {
    fn put(&self, writer: &mut Writer) {
        self.0.put(writer);
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        <[u8; 32]>::take(reader).map(Digest)
    }
}

impl Field for crate::encoding::Bytes {
    fn put(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        reader.bytes().map(|bytes| crate::encoding::Bytes(bytes.to_vec()))
    }
}

impl Field for crate::fingerprint::Fingerprint {
    fn put(&self, writer: &mut Writer) {
        self.0.put(writer);
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        Digest::take(reader).map(crate::fingerprint::Fingerprint)
    }
}

impl Field for IdentityKey {
    fn put(&self, writer: &mut Writer) {
        writer.bytes(self.as_bytes());
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        IdentityKey::parse(reader.bytes()?)
    }
}

impl Field for Suite {
    fn put(&self, writer: &mut Writer) {
        writer.text(self.id());
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        Suite::parse(reader.text()?)
    }
}

impl Field for Role {
    fn put(&self, writer: &mut Writer) {
        writer.text(self.name());
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        Role::parse(reader.text()?)
    }
}

impl Field for OwnerId {
    fn put(&self, writer: &mut Writer) {
        writer.array(2).text(self.kind()).bytes(self.as_bytes());
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        reader.array_of(2)?;
        match reader.text()? {
            "user" => UserId::take(reader).map(OwnerId::User),
            "organization" => OrganizationId::take(reader).map(OwnerId::Organization),
            _ => Err(EncodingError("owner kind")),
        }
    }
}

/// An optional value is an array of none or one.
impl<T: Field> Field for Option<T> {
    fn put(&self, writer: &mut Writer) {
        writer.array(usize::from(self.is_some()));
        if let Some(value) = self {
            value.put(writer);
        }
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        match reader.array()? {
            0 => Ok(None),
            1 => T::take(reader).map(Some),
            _ => Err(CBOR),
        }
    }
}

/// Encodes `value` alone.
#[must_use]
pub fn to_bytes(value: &impl Field) -> Vec<u8> {
    let mut writer = Writer::default();
    value.put(&mut writer);
    writer.finish()
}

/// Decodes a value that fills `bytes`, and proves that it has no other encoding by writing it again.
///
/// # Errors
/// [`EncodingError`] for anything [`to_bytes`] would not give.
pub fn from_bytes<T: Field>(bytes: &[u8]) -> Result<T, EncodingError> {
    let mut value = None;
    fill(bytes, &mut value)?;
    value.ok_or(CBOR)
}

/// A value that is being read, of any type: the reading is the same for all of them, and downloaded once.
pub(crate) trait Slot {
    /// Reads it.
    fn take(&mut self, reader: &mut Reader<'_>) -> Result<(), EncodingError>;
    /// Writes what was read.
    fn put(&self, writer: &mut Writer);
}

/// A field that was not read though nothing was wrong.
pub(crate) const MISSING: EncodingError = EncodingError("a missing field");

impl<T: Field> Slot for Option<T> {
    fn take(&mut self, reader: &mut Reader<'_>) -> Result<(), EncodingError> {
        *self = Some(T::take(reader)?);
        Ok(())
    }

    fn put(&self, writer: &mut Writer) {
        self.iter().for_each(|value| value.put(writer));
    }
}

fn fill(bytes: &[u8], slot: &mut dyn Slot) -> Result<(), EncodingError> {
    let mut reader = Reader::new(bytes);
    slot.take(&mut reader)?;
    reader.end()?;
    let mut writer = Writer::default();
    slot.put(&mut writer);
    if writer.finish() == bytes { Ok(()) } else { Err(CBOR) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_longer_encoding_of_the_same_integer_is_refused() {
        assert_eq!(from_bytes::<u64>(&[0x05]), Ok(5));
        assert!(from_bytes::<u64>(&[0x18, 0x05]).is_err());
        assert!(from_bytes::<u64>(&[0x05, 0x00]).is_err());
    }

    #[test]
    fn indefinite_lengths_are_refused() {
        assert!(from_bytes::<crate::encoding::Bytes>(&[0x5f, 0x41, 0x00, 0xff]).is_err());
        assert!(from_bytes::<String>(&[0x7f, 0x61, 0x61, 0xff]).is_err());
    }

    #[test]
    fn an_end_is_where_nothing_follows() {
        let mut reader = Reader::new(&[0x05, 0x06]);
        assert_eq!(reader.unsigned(), Ok(5));
        assert_eq!(reader.end(), Err(EncodingError("trailing bytes")));
        assert_eq!(reader.unsigned(), Ok(6));
        assert_eq!(reader.end(), Ok(()));
    }

    proptest! {
        #[test]
        fn whatever_decodes_is_its_own_encoding(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(value) = from_bytes::<Option<OwnerId>>(&bytes) {
                prop_assert_eq!(to_bytes(&value), bytes.clone());
            }
            if let Ok(value) = from_bytes::<String>(&bytes) {
                prop_assert_eq!(to_bytes(&value), bytes);
            }
        }
    }
}
