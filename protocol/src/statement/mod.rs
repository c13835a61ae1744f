//! Signed statements: COSE_Sign1 (RFC 9052 §4.2) with Ed25519 over deterministic CBOR, a distinct `typ`
//! (RFC 9596) per kind, and a chain per owner (sequence, hash of the previous statement).

mod body;
mod envelope;

use crate::cbor::{Field, Reader, Writer};
use crate::code::Code;
use crate::encoding::{Digest, EncodingError};
use crate::fingerprint::Fingerprint;
use crate::id::OwnerId;
use crate::key::IdentityKey;

pub use body::{
    AccessRequest, Body, Contacts, Denial, FileVersion, Grant, KeyCertificate, Membership, Policy, Report,
    Revocation, Rotation, Succession, Withdrawal, Wrap,
};
pub use envelope::{MAX_STATEMENT_BYTES, statement_type};

/// Why a statement is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Not one canonical COSE_Sign1 of ours.
    #[error("the statement is not canonically encoded")]
    Encoding,
    /// A statement of another kind.
    #[error("the statement is of another kind")]
    Type,
    /// Made by another key, or changed since.
    #[error("the statement's signature does not verify")]
    Signature,
    /// It names another issuer than the owner of the key.
    #[error("the statement names another issuer")]
    Issuer,
    /// It does not follow the statement before it.
    #[error("the statement does not follow the chain's head")]
    Chain,
}

impl StatementError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            StatementError::Encoding => Code::Encoding,
            StatementError::Type => Code::StatementType,
            StatementError::Signature | StatementError::Issuer => Code::StatementInvalid,
            StatementError::Chain => Code::ChainConflict,
        }
    }
}

impl From<EncodingError> for StatementError {
    fn from(_: EncodingError) -> Self {
        StatementError::Encoding
    }
}

/// The last statement of an owner's chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainHead {
    /// How many statements the chain holds.
    pub sequence: u64,
    /// SHA-256 of the last statement's bytes; zero for an empty chain.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub hash: Digest,
}

crate::json_object!(ChainHead { sequence, hash });

impl ChainHead {
    /// The head of a chain that has no statement yet.
    pub const EMPTY: ChainHead = ChainHead { sequence: 0, hash: Digest::ZERO };

    /// The head after `verified`, if it follows this one.
    ///
    /// # Errors
    /// [`StatementError::Chain`] when sequence or previous hash do not follow.
    pub fn after<B>(self, verified: &Verified<B>) -> Result<ChainHead, StatementError> {
        let statement = &verified.statement;
        if Some(statement.sequence) != self.sequence.checked_add(1) || statement.previous != self.hash {
            return Err(StatementError::Chain);
        }
        Ok(ChainHead { sequence: statement.sequence, hash: verified.hash })
    }
}

/// The state of the audit log that a signer last saw (C2SP tlog-checkpoint: size and root).
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Checkpoint {
    /// How many leaves the tree has.
    pub size: u64,
    /// Its RFC 6962 root.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub root: Digest,
}

impl Field for Checkpoint {
    fn put(&self, writer: &mut Writer) {
        writer.array(2).field(&self.size).field(&self.root);
    }
    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        reader.array_of(2)?;
        Ok(Checkpoint { size: Field::take(reader)?, root: Field::take(reader)? })
    }
}

/// What is signed: who says it, its place in their chain, when, and the body.
/// Encoding: the map `{1: issuer, 2: sequence, 3: previous, 4: issued at (ms), 5: checkpoint or none, 6: body}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement<B> {
    /// Whose statement it is.
    pub issuer: OwnerId,
    /// Its place in the issuer's chain, from 1.
    pub sequence: u64,
    /// SHA-256 of the statement before it.
    pub previous: Digest,
    /// The signer's clock, in milliseconds since 1970.
    pub issued_at_ms: u64,
    /// The last log checkpoint the signer saw.
    pub checkpoint: Option<Checkpoint>,
    /// What it says.
    pub body: B,
}

impl<B: Body> Statement<B> {
    /// A statement that follows `head`.
    #[must_use]
    pub fn following(head: ChainHead, issuer: OwnerId, issued_at_ms: u64, body: B) -> Self {
        Statement {
            issuer,
            sequence: head.sequence + 1,
            previous: head.hash,
            issued_at_ms,
            checkpoint: None,
            body,
        }
    }

    /// What is to be signed.
    #[must_use]
    pub fn unsigned(&self) -> Unsigned {
        Unsigned { typ: B::TYPE, issuer: self.issuer, payload: crate::cbor::to_bytes(self) }
    }
}

/// A statement of any kind before it is signed: the same for all of them, so that a browser downloads signing once.
pub struct Unsigned {
    /// Whose statement it is.
    pub issuer: OwnerId,
    typ: &'static str,
    payload: Vec<u8>,
}

impl Unsigned {
    /// The bytes to sign with the key of fingerprint `signer` (RFC 9052 §4.4, `Sig_structure`).
    #[must_use]
    pub fn signing_input(&self, signer: Fingerprint) -> Vec<u8> {
        envelope::signing_input(self.typ, signer, &self.payload)
    }

    /// The finished COSE_Sign1, given the signature over [`Unsigned::signing_input`].
    #[must_use]
    pub fn signed(&self, signer: Fingerprint, signature: &[u8; 64]) -> Vec<u8> {
        envelope::assemble(self.typ, signer, &self.payload, signature)
    }
}

impl<B: Body> Field for Statement<B> {
    fn put(&self, writer: &mut Writer) {
        self.head().put(writer);
        writer.field(&self.body);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        let Head { issuer, sequence, previous, issued_at_ms, checkpoint } = Head::take(reader)?;
        Ok(Statement { issuer, sequence, previous, issued_at_ms, checkpoint, body: Field::take(reader)? })
    }
}

/// What every statement begins with, up to the key of its body.
struct Head {
    issuer: OwnerId,
    sequence: u64,
    previous: Digest,
    issued_at_ms: u64,
    checkpoint: Option<Checkpoint>,
}

impl Field for Head {
    fn put(&self, writer: &mut Writer) {
        writer.map(6).item(1u8).field(&self.issuer).item(2u8).field(&self.sequence);
        writer.item(3u8).field(&self.previous).item(4u8).field(&self.issued_at_ms);
        writer.item(5u8).field(&self.checkpoint).item(6u8);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, EncodingError> {
        fn entry<T: Field>(reader: &mut Reader<'_>, key: u64) -> Result<T, EncodingError> {
            reader.key(key)?;
            T::take(reader)
        }
        reader.map(6)?;
        let head = Head {
            issuer: entry(reader, 1)?,
            sequence: entry(reader, 2)?,
            previous: entry(reader, 3)?,
            issued_at_ms: entry(reader, 4)?,
            checkpoint: entry(reader, 5)?,
        };
        reader.key(6)?;
        Ok(head)
    }
}

/// A statement whose signature was verified: the type is the proof.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified<B> {
    /// What was said.
    pub statement: Statement<B>,
    /// SHA-256 of the statement's bytes: how others quote it.
    pub hash: Digest,
    /// The fingerprint of the key that signed.
    pub signer: Fingerprint,
}

impl<B: Body> Verified<B> {
    /// Verifies `bytes` as a statement of kind `B` by `owner`, whose identity or root key is `key`.
    /// The signature is checked before the payload is parsed.
    ///
    /// # Errors
    /// [`StatementError`]: encoding, kind, signature, or issuer.
    pub fn check(bytes: &[u8], owner: OwnerId, key: &IdentityKey) -> Result<Self, StatementError> {
        let signer = key.fingerprint(owner);
        let payload = verified_payload(bytes, B::TYPE, signer, key)?;
        let statement: Statement<B> = crate::cbor::from_bytes(payload)?;
        if statement.issuer != owner {
            return Err(StatementError::Issuer);
        }
        Ok(Verified { statement, hash: Digest::of(bytes), signer })
    }

    /// What the statement says.
    #[must_use]
    pub fn body(&self) -> &B {
        &self.statement.body
    }
}

impl<B> Statement<B> {
    fn head(&self) -> Head {
        let Statement { issuer, sequence, previous, issued_at_ms, checkpoint, .. } = *self;
        Head { issuer, sequence, previous, issued_at_ms, checkpoint }
    }
}

/// The payload of an envelope of kind `typ` that `key`, of this fingerprint, signed.
fn verified_payload<'a>(
    bytes: &'a [u8],
    typ: &str,
    signer: Fingerprint,
    key: &IdentityKey,
) -> Result<&'a [u8], StatementError> {
    let envelope = envelope::Envelope::parse(bytes)?;
    if envelope.typ != typ {
        return Err(StatementError::Type);
    }
    let input = envelope::signing_input(typ, signer, envelope.payload);
    if envelope.signer != signer || !key.verifies(&input, &envelope.signature) {
        return Err(StatementError::Signature);
    }
    Ok(envelope.payload)
}

/// The body a statement claims, its signature not looked at: for a policy, which names the key it is then verified under, and
/// for what was verified before it was stored.
///
/// # Errors
/// As [`Verified::check`], but for the signature.
pub fn unverified_body<B: Body>(bytes: &[u8]) -> Result<B, StatementError> {
    let envelope = envelope::Envelope::parse(bytes)?;
    let statement: Statement<B> = crate::cbor::from_bytes(envelope.payload)?;
    Ok(statement.body)
}

/// The one of an owner's keys that a statement says it is signed by, before anything is verified: to choose which to try.
#[must_use]
pub fn signer_among(
    owner: OwnerId,
    keys: impl IntoIterator<Item = IdentityKey>,
    statement: &[u8],
) -> Option<IdentityKey> {
    let signer = envelope::Envelope::parse(statement).ok()?.signer;
    keys.into_iter().find(|key| key.fingerprint(owner) == signer)
}

#[cfg(test)]
mod tests;
