//! Signed statements.

use core::fmt::Debug;

use keyferry_protocol::cbor::{Writer, from_bytes, to_bytes};
use keyferry_protocol::statement::{
    AccessRequest, Body, Contacts, Denial, FileVersion, Grant, KeyCertificate, MAX_STATEMENT_BYTES,
    Membership, Policy, Report, Revocation, Rotation, Succession, Withdrawal, Wrap, statement_type,
};
use keyferry_protocol::{Digest, OwnerId, Statement, StatementError, UserId, Verified};

use crate::cbor::item;
use crate::fixture::signer;
use crate::input::Input;

/// Whose statements these are.
const OWNER: OwnerId = OwnerId::User(UserId::from_random([1; 16]));

/// The first byte says what the rest is: a whole statement, or the payload of one of each kind, which is then signed.
/// A statement verifies if and only if it was signed, and says what was signed.
pub fn statement(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let choice = input.byte();
    match choice % 16 {
        0 => whole(input.rest()),
        1 => signed::<KeyCertificate>(input.rest()),
        2 => signed::<Policy>(input.rest()),
        3 => signed::<Membership>(input.rest()),
        4 => signed::<FileVersion>(input.rest()),
        5 => signed::<AccessRequest>(input.rest()),
        6 => signed::<Grant>(input.rest()),
        7 => signed::<Wrap>(input.rest()),
        8 => signed::<Denial>(input.rest()),
        9 => signed::<Withdrawal>(input.rest()),
        10 => signed::<Revocation>(input.rest()),
        11 => signed::<Contacts>(input.rest()),
        12 => signed::<Report>(input.rest()),
        13 => changed(input),
        // Last, so that inputs that were kept mean what they meant.
        14 => signed::<Rotation>(input.rest()),
        _ => signed::<Succession>(input.rest()),
    }
}

/// Nobody signed these bytes with our key, unless they are the one statement of [`changed`].
fn whole(bytes: &[u8]) {
    if let Ok(typ) = statement_type(bytes) {
        assert!(bytes.len() <= MAX_STATEMENT_BYTES);
        assert_eq!(item(bytes), Some(&[] as &[u8]), "a frame of another form");
        assert!(bytes.windows(typ.len()).any(|window| window == typ.as_bytes()));
    }
    macro_rules! each {
        ($($kind:ty),*) => {$(
            let found = Verified::<$kind>::check(bytes, OWNER, &signer(0).key);
            assert!(found.is_err() || bytes == sample(), "a forgery: {found:?}");
        )*};
    }
    each!(KeyCertificate, Policy, Membership, FileVersion, AccessRequest, Grant);
    each!(Wrap, Denial, Withdrawal, Revocation, Contacts, Report, Rotation, Succession);
}

fn signed<B: Body + PartialEq + Debug>(payload: &[u8]) {
    let bytes = envelope(B::TYPE, payload);
    let found = Verified::<B>::check(&bytes, OWNER, &signer(0).key);
    if bytes.len() > MAX_STATEMENT_BYTES {
        assert_eq!(found, Err(StatementError::Encoding));
        return;
    }
    assert_eq!(statement_type(&bytes), Ok(B::TYPE));
    let said = from_bytes::<Statement<B>>(payload);
    match (&found, said) {
        (Ok(verified), Ok(said)) => {
            assert_eq!(verified.statement, said);
            assert_eq!((said.issuer, verified.hash), (OWNER, Digest::of(&bytes)));
            assert_eq!(to_bytes(&said), payload);
            let said = said.unsigned();
            let signature = signer(0).sign(&said.signing_input(verified.signer));
            assert_eq!(said.signed(verified.signer, &signature), bytes, "it has a second form");
        }
        (Err(error), Ok(said)) => {
            assert!(said.issuer != OWNER && *error == StatementError::Issuer, "refused: {error:?}");
        }
        (Err(error), Err(_)) => assert_eq!(*error, StatementError::Encoding),
        (Ok(verified), Err(error)) => unreachable!("{verified:?} is no statement: {error}"),
    }
    // Another key, another owner and another kind see nothing in it.
    assert_eq!(Verified::<B>::check(&bytes, OWNER, &signer(1).key).err(), Some(StatementError::Signature));
    let other = OwnerId::User(UserId::from_random([2; 16]));
    assert_eq!(Verified::<B>::check(&bytes, other, &signer(0).key).err(), Some(StatementError::Signature));
    let kind = if B::TYPE == Denial::TYPE {
        Verified::<Revocation>::check(&bytes, OWNER, &signer(0).key).err()
    } else {
        Verified::<Denial>::check(&bytes, OWNER, &signer(0).key).err()
    };
    assert_eq!(kind, Some(StatementError::Type));
}

/// A good statement, changed: it verifies only where nothing was.
fn changed(plan: Input<'_>) {
    let mut bytes = sample();
    plan.edit(&mut bytes);
    let found = Verified::<Report>::check(&bytes, OWNER, &signer(0).key);
    assert_eq!(found.is_ok(), bytes == sample(), "{bytes:02x?}");
}

fn sample() -> Vec<u8> {
    let body = Report { operation: "key_unwrapped".into(), organization: None, file: None, grant: None };
    let statement = Statement::following(keyferry_protocol::ChainHead::EMPTY, OWNER, 5, body);
    envelope(Report::TYPE, &to_bytes(&statement))
}

/// COSE_Sign1 as docs/formats.md §4 has it, around any payload.
pub(crate) fn envelope(typ: &str, payload: &[u8]) -> Vec<u8> {
    let signer = signer(0);
    let kid = signer.key.fingerprint(OWNER).0.0;
    let protected = [&[0xa3, 0x01, 0x27, 0x04, 0x58, 0x20], kid.as_slice(), &[0x10], &text(typ)].concat();
    let mut input = Writer::default();
    input.array(4).text("Signature1").bytes(&protected).bytes(b"").bytes(payload);
    let signature = signer.sign(&input.finish());
    let mut frame = Writer::default();
    frame.tag(18).array(4).bytes(&protected).map(0).bytes(payload).bytes(&signature);
    frame.finish()
}

fn text(text: &str) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.text(text);
    writer.finish()
}
