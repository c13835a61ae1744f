//! The COSE_Sign1 frame: `18([protected, {}, payload, signature])`, protected = `{1: -8, 4: kid, 16: typ}`.

use crate::cbor::{Field, Reader, Writer};
use crate::encoding::EncodingError;
use crate::fingerprint::Fingerprint;

/// Longest accepted statement, in bytes. The largest body holds an RSA-4096 key.
pub const MAX_STATEMENT_BYTES: usize = 4096;

const COSE_SIGN1_TAG: u64 = 18;
/// `1: -8`: algorithm EdDSA (RFC 9053 §2.2).
const ALGORITHM: [u8; 2] = [0x01, 0x27];
const KEY_ID: u64 = 4;
/// Header `typ` (RFC 9596).
const TYPE: u64 = 16;

pub(super) struct Envelope<'a> {
    pub typ: &'a str,
    pub signer: Fingerprint,
    pub payload: &'a [u8],
    pub signature: [u8; 64],
}

impl<'a> Envelope<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Self, EncodingError> {
        if bytes.len() > MAX_STATEMENT_BYTES {
            return Err(EncodingError("statement too long"));
        }
        let mut reader = Reader::new(bytes);
        reader.literal(&[0xc0 | COSE_SIGN1_TAG as u8])?;
        reader.array_of(4)?;
        let protected = reader.bytes()?;
        reader.map(0)?;
        let payload = reader.bytes()?;
        let signature = <[u8; 64]>::take(&mut reader)?;
        reader.end()?;
        let (typ, signer) = parse_protected(protected)?;
        if assemble(typ, signer, payload, &signature) != bytes {
            return Err(EncodingError("deterministic COSE_Sign1"));
        }
        Ok(Envelope { typ, signer, payload, signature })
    }
}

fn parse_protected(bytes: &[u8]) -> Result<(&str, Fingerprint), EncodingError> {
    let mut reader = Reader::new(bytes);
    reader.map(3)?;
    reader.literal(&ALGORITHM)?;
    reader.key(KEY_ID)?;
    let signer = Fingerprint::take(&mut reader)?;
    reader.key(TYPE)?;
    let typ = reader.text()?;
    reader.end()?;
    Ok((typ, signer))
}

fn protected(typ: &str, signer: Fingerprint) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(3).item(1u8).item(cbor4ii::core::types::Negative(7u8));
    writer.item(KEY_ID).field(&signer).item(TYPE).text(typ);
    writer.finish()
}

/// `["Signature1", protected, h'', payload]` (RFC 9052 §4.4).
pub(super) fn signing_input(typ: &str, signer: Fingerprint, payload: &[u8]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.array(4).text("Signature1").bytes(&protected(typ, signer)).bytes(&[]).bytes(payload);
    writer.finish()
}

pub(super) fn assemble(typ: &str, signer: Fingerprint, payload: &[u8], signature: &[u8; 64]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.tag(COSE_SIGN1_TAG).array(4).bytes(&protected(typ, signer)).map(0).bytes(payload).bytes(signature);
    writer.finish()
}

/// The `typ` a statement claims, before anything is verified: to choose what to verify it as.
///
/// # Errors
/// [`EncodingError`] when it is no canonical statement.
pub fn statement_type(bytes: &[u8]) -> Result<&str, EncodingError> {
    Envelope::parse(bytes).map(|envelope| envelope.typ)
}
