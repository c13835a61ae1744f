use ed25519_dalek::{Signer as _, SigningKey};
use proptest::prelude::*;

use super::*;
use crate::id::{GrantId, OrganizationId, RequestId, UserId};

fn signer() -> (SigningKey, IdentityKey, OwnerId) {
    let secret = SigningKey::from_bytes(&[7; 32]);
    let key = IdentityKey::parse(secret.verifying_key().as_bytes()).unwrap();
    (secret, key, OwnerId::User(UserId::from_random([1; 16])))
}

fn revocation(head: ChainHead, owner: OwnerId) -> Statement<Revocation> {
    let body = Revocation {
        organization: OrganizationId::from_random([2; 16]),
        grant_id: GrantId::from_random([3; 16]),
        grant: Digest([4; 32]),
        membership: Digest([5; 32]),
    };
    Statement::following(head, owner, 1_700_000_000_000, body)
}

fn sign<B: Body>(
    statement: &Statement<B>,
    secret: &SigningKey,
    key: &IdentityKey,
    owner: OwnerId,
) -> Vec<u8> {
    let (signer, statement) = (key.fingerprint(owner), statement.unsigned());
    let signature = secret.sign(&statement.signing_input(signer)).to_bytes();
    statement.signed(signer, &signature)
}

#[test]
fn a_signed_statement_verifies_and_says_what_was_signed() {
    let (secret, key, owner) = signer();
    let statement = revocation(ChainHead::EMPTY, owner);
    let bytes = sign(&statement, &secret, &key, owner);
    let verified = Verified::<Revocation>::check(&bytes, owner, &key).unwrap();
    assert_eq!(verified.statement, statement);
    assert_eq!(verified.hash, Digest::of(&bytes));
    assert_eq!(statement_type(&bytes).unwrap(), "keyferry/v1/revocation");
}

#[test]
fn no_flipped_bit_is_accepted() {
    let (secret, key, owner) = signer();
    let bytes = sign(&revocation(ChainHead::EMPTY, owner), &secret, &key, owner);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            assert!(Verified::<Revocation>::check(&changed, owner, &key).is_err(), "byte {at} bit {bit}");
        }
    }
    assert!(Verified::<Revocation>::check(&bytes[..bytes.len() - 1], owner, &key).is_err());
    let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
    assert_eq!(Verified::<Revocation>::check(&longer, owner, &key), Err(StatementError::Encoding));
}

#[test]
fn a_statement_is_not_taken_for_another_kind() {
    let (secret, key, owner) = signer();
    // A denial and a revocation have fields of the same shapes; only `typ` tells them apart.
    let bytes = sign(&revocation(ChainHead::EMPTY, owner), &secret, &key, owner);
    assert_eq!(Verified::<Denial>::check(&bytes, owner, &key), Err(StatementError::Type));
}

#[test]
fn another_owner_with_the_same_key_is_another_issuer() {
    let (secret, key, owner) = signer();
    let other = OwnerId::User(UserId::from_random([9; 16]));
    let bytes = sign(&revocation(ChainHead::EMPTY, owner), &secret, &key, owner);
    assert_eq!(Verified::<Revocation>::check(&bytes, other, &key), Err(StatementError::Signature));
    // Signed under the right fingerprint, but naming somebody else inside.
    let forged = sign(&revocation(ChainHead::EMPTY, other), &secret, &key, owner);
    assert_eq!(Verified::<Revocation>::check(&forged, owner, &key), Err(StatementError::Issuer));
}

#[test]
fn a_chain_takes_only_the_next_statement() {
    let (secret, key, owner) = signer();
    let check = |statement: &Statement<Revocation>| {
        Verified::<Revocation>::check(&sign(statement, &secret, &key, owner), owner, &key).unwrap()
    };
    let first = check(&revocation(ChainHead::EMPTY, owner));
    let head = ChainHead::EMPTY.after(&first).unwrap();
    let second = check(&revocation(head, owner));
    assert_eq!(head.after(&second).unwrap().sequence, 2);
    assert_eq!(head.after(&first), Err(StatementError::Chain));
    assert_eq!(ChainHead::EMPTY.after(&second), Err(StatementError::Chain));
}

#[test]
fn neither_the_number_nor_the_hash_before_it_may_be_another() {
    let (secret, key, owner) = signer();
    let check = |statement: &Statement<Revocation>| {
        Verified::<Revocation>::check(&sign(statement, &secret, &key, owner), owner, &key).unwrap()
    };
    let head = ChainHead { sequence: 4, hash: Digest([9; 32]) };
    let next = revocation(head, owner);
    assert_eq!(head.after(&check(&next)).unwrap().sequence, 5);
    for sequence in [0, 3, 4, 6, u64::MAX] {
        assert_eq!(head.after(&check(&Statement { sequence, ..next.clone() })), Err(StatementError::Chain));
    }
    let previous = Digest([8; 32]);
    assert_eq!(head.after(&check(&Statement { previous, ..next.clone() })), Err(StatementError::Chain));
    // No number follows the last.
    let last = ChainHead { sequence: u64::MAX, ..head };
    assert_eq!(last.after(&check(&Statement { sequence: 0, ..next })), Err(StatementError::Chain));
}

#[test]
fn a_statement_may_be_as_long_as_the_limit_and_no_longer() {
    let (secret, key, owner) = signer();
    let long = |name: usize| {
        let organization = OrganizationId::from_random([2; 16]);
        let body = Policy { organization, name: "n".repeat(name), root_key: key, max_grant_ms: 1 };
        sign(&Statement::following(ChainHead::EMPTY, owner, 1, body), &secret, &key, owner)
    };
    let name = 4_000 - (long(4_000).len() - MAX_STATEMENT_BYTES);
    assert_eq!(long(name).len(), MAX_STATEMENT_BYTES);
    assert!(Verified::<Policy>::check(&long(name), owner, &key).is_ok());
    assert_eq!(Verified::<Policy>::check(&long(name + 1), owner, &key), Err(StatementError::Encoding));
    assert_eq!(Verified::<Policy>::check(&long(name + 2), owner, &key), Err(StatementError::Encoding));
}

#[test]
fn a_checkpoint_is_signed_with_the_statement() {
    let (secret, key, owner) = signer();
    let checkpoint = Checkpoint { size: 9, root: Digest([6; 32]) };
    assert_eq!(crate::cbor::to_bytes(&checkpoint), [&[0x82, 0x09, 0x58, 0x20], [6; 32].as_slice()].concat());
    let statement = Statement { checkpoint: Some(checkpoint), ..revocation(ChainHead::EMPTY, owner) };
    let bytes = sign(&statement, &secret, &key, owner);
    let verified = Verified::<Revocation>::check(&bytes, owner, &key).unwrap();
    assert_eq!(verified.statement.checkpoint, Some(checkpoint));
}

proptest! {
    #[test]
    fn every_body_has_one_encoding(request in any::<[u8; 16]>(), at in any::<u64>(), version in any::<u32>()) {
        let body = AccessRequest {
            request: RequestId::from_random(request),
            organization: OrganizationId::from_random([1; 16]),
            file: crate::id::FileId::from_random([2; 16]),
            version,
            reason: Digest([3; 32]),
            expires_at_ms: at,
        };
        let bytes = crate::cbor::to_bytes(&body);
        prop_assert_eq!(crate::cbor::from_bytes::<AccessRequest>(&bytes), Ok(body));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
        let (_, key, owner) = signer();
        prop_assert!(Verified::<Grant>::check(&bytes, owner, &key).is_err());
    }
}
