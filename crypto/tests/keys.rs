//! Bundles, locks, wraps and passphrases over the software engine: what must open opens, nothing else does.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use std::sync::OnceLock;

use keyferry_crypto::bundle::{self, BundleKeys, NewBundle};
use keyferry_crypto::lock::{
    UnlockError, lock_for_member, lock_with_passphrase, unlock_as_member, unlock_with_passphrase,
};
use keyferry_crypto::passphrase::{
    MIN_ITERATIONS, PassphraseError, PassphraseKeys, derive_keys, generate_parameters,
};
use keyferry_crypto::sealed_box::{open_box, seal_box};
use keyferry_crypto::sign::sign_statement;
use keyferry_crypto::wrap::{UnwrapError, WrapError, unwrap_dek, wrap_dek};
use keyferry_crypto::{Dek, Software};
use keyferry_protocol::context::WrapScope;
use keyferry_protocol::statement::Report;
use keyferry_protocol::wire::bundle::{Bundle, KdfParameters, KeyField, Lock, SealedKey};
use keyferry_protocol::wire::sealed_box::SealedBox;
use keyferry_protocol::{
    Bytes, ChainHead, Digest, EncryptionKey, FileId, OrganizationId, OwnerId, Statement, Suite, UserId,
    Verified,
};
use pollster::block_on;
use support::Watched;

const USER: UserId = UserId::from_random([1; 16]);
const ORGANIZATION: OrganizationId = OrganizationId::from_random([2; 16]);
const FILE: FileId = FileId::from_random([3; 16]);
const SUITE: Suite = Suite::X25519Hpke;

fn owner() -> OwnerId {
    OwnerId::User(USER)
}

fn identity(suite: Suite) -> NewBundle<Software> {
    block_on(bundle::generate_identity(&Software, USER, suite, 1)).unwrap()
}

/// The keys of one of two passphrases; derived once, as it takes a while.
fn passphrase_keys(which: usize) -> &'static (KdfParameters, PassphraseKeys) {
    static KEYS: [OnceLock<(KdfParameters, PassphraseKeys)>; 2] = [OnceLock::new(), OnceLock::new()];
    KEYS[which].get_or_init(|| {
        let kdf = generate_parameters(&Software, MIN_ITERATIONS).unwrap();
        let keys = block_on(derive_keys(&Software, "ada@example.com", &format!("passphrase {which}"), &kdf));
        (kdf, keys.unwrap())
    })
}

fn locked(new: &NewBundle<Software>, which: usize) -> Bundle {
    let (kdf, keys) = passphrase_keys(which);
    let mut bundle = new.bundle.clone();
    let lock = lock_with_passphrase(&Software, owner(), &bundle, kdf.clone(), &keys.lock, &new.bundle_key);
    bundle.locks.push(block_on(lock).unwrap());
    bundle
}

fn unlock(bundle: &Bundle, which: usize) -> Result<BundleKeys<Software>, UnlockError> {
    block_on(async {
        let key = unlock_with_passphrase(&Software, owner(), bundle, &passphrase_keys(which).1.lock).await?;
        bundle::open(&Software, owner(), bundle, &key).await
    })
}

#[test]
fn a_bundle_of_every_suite_opens_with_its_passphrase_and_with_no_other() {
    for suite in Suite::ALL {
        let bundle = locked(&identity(suite), 0);
        let keys = unlock(&bundle, 0).unwrap();
        assert_eq!(keys.encryption.unwrap().public.suite, suite);
        assert_eq!(keys.signing.unwrap().owner, owner());
        assert_eq!(unlock(&bundle, 1).err(), Some(UnlockError::Failed));
    }
}

#[test]
fn every_changed_byte_of_a_bundle_gives_the_same_failure() {
    let bundle = locked(&identity(SUITE), 0);
    let refused = |changed: &Bundle, what: &str, at: usize| {
        assert_eq!(unlock(changed, 0).err(), Some(UnlockError::Failed), "{what} {at}");
    };
    for key in 0..bundle.keys.len() {
        type Part = fn(&mut SealedKey) -> &mut Bytes;
        let parts: [(&str, Part); 3] = [
            ("public key", |key| &mut key.public_key),
            ("nonce", |key| &mut key.nonce),
            ("ciphertext", |key| &mut key.ciphertext),
        ];
        for (what, part) in parts {
            for at in 0..part(&mut bundle.keys[key].clone()).0.len() {
                let mut changed = bundle.clone();
                part(&mut changed.keys[key]).0[at] ^= 0x40;
                refused(&changed, what, at);
            }
        }
    }
    let Lock::Passphrase { kdf, nonce, ciphertext } = &bundle.locks[0] else { unreachable!() };
    for at in 0..16 + nonce.0.len() + ciphertext.0.len() {
        let (mut kdf, mut nonce, mut ciphertext) = (kdf.clone(), nonce.clone(), ciphertext.clone());
        let mut bytes = kdf.salt.0.iter_mut().chain(&mut nonce.0).chain(&mut ciphertext.0);
        *bytes.nth(at).unwrap() ^= 1;
        let mut changed = bundle.clone();
        changed.locks[0] = Lock::Passphrase { kdf, nonce, ciphertext };
        refused(&changed, "lock", at);
    }
}

#[test]
fn a_bundle_of_another_owner_does_not_open() {
    let new = identity(SUITE);
    let other = OwnerId::User(UserId::from_random([9; 16]));
    let outcome = block_on(bundle::open(&Software, other, &new.bundle, &new.bundle_key));
    assert_eq!(outcome.err(), Some(UnlockError::Failed));
}

#[test]
fn the_login_key_unlocks_nothing() {
    let (_, keys) = passphrase_keys(0);
    assert_ne!(keys.login.expose(), keys.lock.expose());
    assert_ne!(passphrase_keys(0).1.login.expose(), passphrase_keys(1).1.login.expose());
}

#[test]
fn parameters_out_of_bounds_are_refused_before_anything_is_derived() {
    let engine = Watched::default();
    let salt = generate_parameters(&Software, MIN_ITERATIONS).unwrap().salt;
    for iterations in [0, 1, 599_999, 10_000_001, u32::MAX] {
        let kdf = KdfParameters { iterations, salt: salt.clone() };
        let outcome = block_on(derive_keys(&engine, "ada@example.com", "x", &kdf));
        assert_eq!(outcome.err(), Some(PassphraseError::KdfPolicy));
    }
    assert_eq!(engine.derivations.get(), 0);
}

#[test]
fn a_member_opens_the_vault_until_another_version_is_locked_without_them() {
    block_on(async {
        let organization = OwnerId::Organization(ORGANIZATION);
        let member = identity(SUITE).keys.encryption.unwrap();
        for version in [1, 2] {
            let vault =
                bundle::generate_vault(&Software, ORGANIZATION, Suite::RsaOaep2048, version).await.unwrap();
            let mut stored = vault.bundle.clone();
            let wrapped =
                lock_for_member(&Software, organization, &stored, &member.public, &vault.bundle_key)
                    .await
                    .unwrap();
            let lock = |user, wrapped: &[u8]| Lock::Member {
                user,
                recipient_key: member.public.id(),
                wrapped: wrapped.to_vec().into(),
                statement: Bytes::default(),
                signer: USER,
            };
            stored.locks = vec![lock(UserId::from_random([8; 16]), &[0; 80]), lock(USER, &wrapped)];
            let key = unlock_as_member(&Software, organization, &stored, USER, &member).await.unwrap();
            assert!(key.matches(&vault.bundle_key));
            let keys = bundle::open(&Software, organization, &stored, &key).await.unwrap();
            assert!(keys.signing.is_none() && keys.encryption.is_some());

            stored.version += 1;
            let outcome = unlock_as_member(&Software, organization, &stored, USER, &member).await;
            assert_eq!(outcome.err(), Some(UnlockError::Failed));
        }
    });
}

#[test]
fn a_root_bundle_signs_and_unwraps_nothing() {
    let root = block_on(bundle::generate_root(&Software, ORGANIZATION, SUITE, 1)).unwrap();
    assert!(root.keys.signing.is_some() && root.keys.encryption.is_none());
    let owner = OwnerId::Organization(ORGANIZATION);
    assert!(block_on(bundle::open(&Software, owner, &root.bundle, &root.bundle_key)).is_ok());
}

#[test]
fn a_routine_rotation_keeps_the_identity_and_changes_everything_else() {
    let old = identity(SUITE);
    let next =
        bundle::rotate_encryption(&Software, owner(), &old.bundle, &old.bundle_key, Suite::RsaOaep2048);
    let next = block_on(next).unwrap();
    assert_eq!(next.bundle.version, 2);
    let public = |bundle: &Bundle, field| bundle.key(field).unwrap().public_key.clone();
    assert_eq!(public(&next.bundle, KeyField::Signing), public(&old.bundle, KeyField::Signing));
    assert_ne!(public(&next.bundle, KeyField::Encryption), public(&old.bundle, KeyField::Encryption));
    assert!(!next.bundle_key.matches(&old.bundle_key));
    assert!(block_on(bundle::open(&Software, owner(), &next.bundle, &next.bundle_key)).is_ok());
    let outcome = block_on(bundle::open(&Software, owner(), &next.bundle, &old.bundle_key));
    assert_eq!(outcome.err(), Some(UnlockError::Failed));
}

#[test]
fn a_wrap_opens_for_its_key_file_and_version_only() {
    block_on(async {
        let (key, other) =
            (identity(SUITE).keys.encryption.unwrap(), identity(SUITE).keys.encryption.unwrap());
        let dek = Dek::generate(&Software).unwrap();
        let wrapped = wrap_dek(&Software, &key.public, ORGANIZATION, FILE, 1, &dek).await.unwrap();
        let opened = unwrap_dek(&Software, &key, ORGANIZATION, FILE, 1, &wrapped).await.unwrap();
        assert!(opened.matches(&dek));
        let elsewhere = [
            unwrap_dek(&Software, &key, ORGANIZATION, FILE, 2, &wrapped).await,
            unwrap_dek(&Software, &key, ORGANIZATION, FileId::from_random([4; 16]), 1, &wrapped).await,
            unwrap_dek(&Software, &key, OrganizationId::from_random([4; 16]), FILE, 1, &wrapped).await,
            unwrap_dek(&Software, &other, ORGANIZATION, FILE, 1, &wrapped).await,
        ];
        assert!(elsewhere.into_iter().all(|outcome| outcome.err() == Some(UnwrapError::Failed)));
    });
}

#[test]
fn a_box_that_names_another_suite_or_another_key_does_not_open() {
    block_on(async {
        let key = identity(SUITE).keys.encryption.unwrap();
        let scope = WrapScope::Contacts { user: USER, version: 1 };
        let sealed = seal_box(&Software, &key.public, scope, b"text").await.unwrap();
        assert_eq!(*open_box(&Software, &key, scope, &sealed).await.unwrap(), b"text");
        let others = [
            SealedBox { suite: Suite::RsaOaep2048, ..sealed.clone() },
            SealedBox { recipient_key: Digest([9; 32]), ..sealed },
        ];
        for other in others {
            assert_eq!(open_box(&Software, &key, scope, &other).await.err(), Some(UnwrapError::Failed));
        }
    });
}

#[test]
fn low_order_points_are_refused_even_where_the_platform_takes_them() {
    let engine = Watched { lax_x25519: true, ..Watched::default() };
    let recipient = EncryptionKey { suite: SUITE, public_key: vec![0; 32].into() };
    let dek = Dek::generate(&engine).unwrap();
    let outcome = block_on(wrap_dek(&engine, &recipient, ORGANIZATION, FILE, 1, &dek));
    assert_eq!(outcome, Err(WrapError::KeyInvalid));
}

#[test]
fn a_signed_statement_verifies_and_only_its_owner_can_make_it() {
    block_on(async {
        let key = identity(SUITE).keys.signing.unwrap();
        let body =
            Report { operation: "key_unwrapped".into(), organization: None, file: Some(FILE), grant: None };
        let statement = Statement::following(ChainHead::EMPTY, owner(), 5, body.clone());
        let signed = sign_statement(&Software, &key, &statement.unsigned()).await.unwrap();
        let verified = Verified::<Report>::check(&signed, owner(), &key.public).unwrap();
        assert_eq!(verified.body(), &body);
        let foreign = Statement::following(ChainHead::EMPTY, OwnerId::Organization(ORGANIZATION), 5, body);
        assert!(sign_statement(&Software, &key, &foreign.unsigned()).await.is_err());
    });
}
