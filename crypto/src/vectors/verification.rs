//! Statements to verify: bytes that an owner signed as some kind, or that must be refused as that.

use keyferry_protocol::statement::{
    AccessRequest, Body, Contacts, Denial, FileVersion, Grant, KeyCertificate, Membership, Policy, Report,
    Revocation, Rotation, Succession, Withdrawal, Wrap,
};
use keyferry_protocol::{IdentityKey, Verified};
use serde_json::{Value, json};

use super::input::{Failure, Inputs};

pub(super) fn verification(inputs: &Inputs<'_>) -> Result<Value, Failure> {
    match inputs.text("typ")? {
        KeyCertificate::TYPE => verify::<KeyCertificate>(inputs),
        Policy::TYPE => verify::<Policy>(inputs),
        Membership::TYPE => verify::<Membership>(inputs),
        FileVersion::TYPE => verify::<FileVersion>(inputs),
        AccessRequest::TYPE => verify::<AccessRequest>(inputs),
        Grant::TYPE => verify::<Grant>(inputs),
        Wrap::TYPE => verify::<Wrap>(inputs),
        Denial::TYPE => verify::<Denial>(inputs),
        Withdrawal::TYPE => verify::<Withdrawal>(inputs),
        Revocation::TYPE => verify::<Revocation>(inputs),
        Contacts::TYPE => verify::<Contacts>(inputs),
        Report::TYPE => verify::<Report>(inputs),
        Rotation::TYPE => verify::<Rotation>(inputs),
        Succession::TYPE => verify::<Succession>(inputs),
        other => Err(Failure::Broken(format!("no statement is a {other}"))),
    }
}

fn verify<B: Body>(inputs: &Inputs<'_>) -> Result<Value, Failure> {
    let key = IdentityKey::parse(&inputs.bytes("public_key")?)
        .map_err(|error| Failure::Broken(error.to_string()))?;
    let verified = Verified::<B>::check(&inputs.bytes("statement")?, inputs.owner()?, &key)
        .map_err(|error| Failure::of(Some(error.code()), error))?;
    let statement = &verified.statement;
    Ok(json!({
        "sequence": statement.sequence,
        "previous": statement.previous.to_string(),
        "issued_at_ms": statement.issued_at_ms,
        "hash": verified.hash.to_string(),
    }))
}
