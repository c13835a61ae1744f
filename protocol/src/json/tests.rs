use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::*;
use crate::encoding::{Bytes, Digest};
use crate::grant::GrantState;
use crate::id::{GrantId, OrganizationId, RequestId, UserId};
use crate::request::RequestState;
use crate::role::Role;
use crate::statement::ChainHead;
use crate::suite::Suite;
use crate::wire::account::{Account, LoginParameters, PublicIdentity};
use crate::wire::bundle::{Bundle, BundleKind, KdfParameters, KeyField, Lock, SealedKey};
use crate::wire::notice::Notice;
use crate::wire::organization::InvitationState;
use crate::wire::problem::Problem;
use crate::{Code, IdentityKey};

fn same<T: Json + Serialize + DeserializeOwned + PartialEq + core::fmt::Debug>(value: &T) {
    let text = to_text(value);
    assert_eq!(text, serde_json::to_string(value).unwrap());
    assert_eq!(&from_text::<T>(text.as_bytes()).unwrap(), value);
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value);
}

fn identity() -> PublicIdentity {
    let secret = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    PublicIdentity {
        user: UserId::from_random([1; 16]),
        email: "a\"b\\\u{1}é@x".into(),
        identity_key: IdentityKey::parse(secret.verifying_key().as_bytes()).unwrap(),
        key_certificate: Bytes(vec![1, 2, 3]),
        successions: vec![Bytes(vec![4]), Bytes(vec![5])],
    }
}

#[test]
fn clients_and_relay_write_the_same_json() {
    let kdf = KdfParameters { iterations: 600_000, salt: Bytes(vec![9; 16]) };
    same(&LoginParameters { kdf: kdf.clone() });
    same(&Account { identity: identity(), chain: ChainHead::EMPTY, created_at_ms: 1 << 52 });
    let key = SealedKey {
        field: KeyField::Encryption,
        public_key: Bytes(vec![]),
        nonce: Bytes(vec![0; 12]),
        ciphertext: Bytes(vec![255]),
    };
    let locks = vec![
        Lock::Passphrase { kdf, nonce: Bytes(vec![1]), ciphertext: Bytes(vec![2]) },
        Lock::Recovery { nonce: Bytes(vec![1]), ciphertext: Bytes(vec![2]) },
        Lock::Member {
            user: UserId::from_random([2; 16]),
            recipient_key: Digest([3; 32]),
            wrapped: Bytes(vec![4]),
            statement: Bytes(vec![5]),
            signer: UserId::from_random([6; 16]),
        },
    ];
    same(&Bundle { kind: BundleKind::Vault, suite: Suite::X25519Hpke, version: 2, keys: vec![key], locks });
    let grant = GrantId::from_random([4; 16]);
    for state in [
        RequestState::Pending,
        RequestState::Approved { grant },
        RequestState::Denied,
        RequestState::Withdrawn,
    ] {
        same(&state);
    }
    same(&GrantState::Active);
    same(&GrantState::Revoked { revoked_at_ms: 5 });
    let organization = OrganizationId::from_random([5; 16]);
    let request = RequestId::from_random([6; 16]);
    for notice in [
        Notice::Membership { organization },
        Notice::Request { organization, request },
        Notice::Grant { organization, grant },
        Notice::File { organization, file: crate::FileId::from_random([1; 16]) },
        Notice::Invitation { invitation: crate::InvitationId::from_random([1; 16]), organization },
    ] {
        same(&notice);
    }
    for state in [InvitationState::Pending, InvitationState::Accepted, InvitationState::Completed] {
        same(&state);
    }
    Role::ALL.iter().for_each(same);
    Code::ALL.iter().for_each(same);
    crate::audit::Operation::ALL.iter().for_each(same);
    let problem = Problem {
        kind: "urn:keyferry:problem:locked".into(),
        status: 429,
        code: Code::RateLimited,
        detail: "wait".into(),
        instance: "abc".into(),
    };
    same(&problem);
}

#[test]
fn every_character_is_written_as_serde_writes_it() {
    let text: String =
        (0..0x250).filter_map(char::from_u32).chain(['\u{2028}', '\u{fffd}', '\u{1f511}']).collect();
    same(&text);
}

#[test]
fn loose_json_is_refused() {
    for text in [
        "",
        "nul",
        "1.0",
        "-1",
        "01",
        "1e3",
        "18446744073709551616",
        "[1,]",
        "{\"a\":1,}",
        "\"\u{1}\"",
        "\"\\x\"",
        "\"\\ud800\"",
        "{a:1}",
        "[1] x",
        "\"",
        "{\"a\" 1}",
        "+1",
    ] {
        assert!(Value::parse(text.as_bytes()).is_err(), "{text}");
    }
    assert!(Value::parse(b"\"\xff\"").is_err());
    assert!(Value::parse("[".repeat(100_000).as_bytes()).is_err(), "depth is bounded");
    assert_eq!(
        Value::parse(b"{\"a\":1,\"a\":2}"),
        Err(JsonError::Encoding(EncodingError("a name stands twice")))
    );
    assert!(from_text::<ChainHead>(br#"{"sequence":1}"#).is_err());
    let unknown = format!(r#"{{"sequence":1,"hash":"{}","more":1}}"#, Digest::ZERO);
    assert!(matches!(from_text::<ChainHead>(unknown.as_bytes()), Err(JsonError::Shape(_))));
}

proptest! {
    #[test]
    fn every_string_survives(text in ".{0,40}") {
        let value = Value::String(text.clone());
        prop_assert_eq!(Value::parse(value.to_text().as_bytes()), Ok(value));
        prop_assert_eq!(Value::parse(serde_json::to_string(&text).unwrap().as_bytes()), Ok(Value::String(text)));
    }

    #[test]
    fn what_parses_is_json(bytes in proptest::collection::vec(any::<u8>(), 0..48)) {
        if let Ok(value) = Value::parse(&bytes) {
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
            prop_assert_eq!(Value::parse(value.to_text().as_bytes()), Ok(value));
        }
    }

    #[test]
    fn what_looks_like_json_never_panics(text in r#"[\[\]{}",:0-9a-z\\ ]{0,48}"#) {
        if Value::parse(text.as_bytes()).is_ok() {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        }
    }
}
