//! Wrapped keys, public keys, bundles and their locks.

use std::sync::OnceLock;

use keyferry_crypto::bundle;
use keyferry_crypto::key::DecryptionKey;
use keyferry_crypto::lock::{unlock_as_member, unlock_with_passphrase};
use keyferry_crypto::vectors::lock_key;
use keyferry_crypto::wrap::{unwrap_dek, wrap_dek};
use keyferry_crypto::{BundleKey, Dek, LockKey, Software};
use keyferry_protocol::json::{from_text, to_text};
use keyferry_protocol::wire::bundle::KeyField::{Encryption, Signing};
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, Lock};
use keyferry_protocol::{Bytes, EncryptionKey, FileId, OrganizationId, OwnerId, Suite, UserId};
use pollster::block_on;

use crate::fixture::{Vector, hex, vector};
use crate::input::Input;
use crate::json::agree;

const WRAPS: &str = include_str!("../../../tests/vectors/wrap.json");
const BUNDLES: &str = include_str!("../../../tests/vectors/bundle.json");

/// A DEK wrapped to a key that is known here.
struct Wrapped {
    key: DecryptionKey<Software>,
    organization: OrganizationId,
    file: FileId,
    version: u32,
    bytes: Vec<u8>,
    dek: Vec<u8>,
}

impl Wrapped {
    fn of(vector: &Vector) -> Self {
        Wrapped {
            key: vector.decryption_key(),
            organization: vector.organization(),
            file: vector.file(),
            version: vector.number("version") as u32,
            bytes: vector.bytes("wrapped"),
            dek: hex(vector.0["expected"]["dek"].as_str().unwrap_or_default()),
        }
    }

    fn open(&self, organization: OrganizationId, file: FileId, version: u32, bytes: &[u8]) -> Option<Dek> {
        block_on(unwrap_dek(&Software, &self.key, organization, file, version, bytes)).ok()
    }
}

fn wrapped(rsa: bool) -> &'static Wrapped {
    static X25519: OnceLock<Wrapped> = OnceLock::new();
    static RSA: OnceLock<Wrapped> = OnceLock::new();
    if rsa {
        RSA.get_or_init(|| Wrapped::of(&vector(WRAPS, "rsa-oaep-2048")))
    } else {
        X25519.get_or_init(|| Wrapped::of(&vector(WRAPS, "x25519-hpke")))
    }
}

/// A wrap opens if and only if it is the one that was made, for the very file and version; what it is wrapped to is
/// a key that docs/formats.md §1.4 allows.
pub fn wrap(bytes: &[u8]) {
    let mut plan = Input::new(bytes);
    match plan.byte() % 5 {
        choice @ (0 | 1) => opens_only_as_made(wrapped(choice == 1), plan.rest()),
        choice @ (2 | 3) => {
            let wrapped = wrapped(choice == 3);
            let mut bytes = wrapped.bytes.clone();
            plan.edit(&mut bytes);
            opens_only_as_made(wrapped, &bytes);
        }
        _ => public_key(plan),
    }
}

fn opens_only_as_made(wrapped: &Wrapped, bytes: &[u8]) {
    let Wrapped { organization, file, version, dek, .. } = wrapped;
    let opened = wrapped.open(*organization, *file, *version, bytes);
    assert_eq!(opened.is_some(), bytes == wrapped.bytes, "{bytes:02x?}");
    // It is the test's own key.
    assert!(opened.is_none_or(|opened| opened.expose().as_slice() == dek));
    if bytes == wrapped.bytes {
        let elsewhere = FileId::from_random([9; 16]);
        assert!(wrapped.open(*organization, elsewhere, *version, bytes).is_none());
        assert!(wrapped.open(*organization, *file, version + 1, bytes).is_none());
    }
}

fn public_key(mut plan: Input<'_>) {
    let suite = Suite::ALL[usize::from(plan.byte() % 4)];
    let public_key = plan.rest();
    let recipient = EncryptionKey { suite, public_key: Bytes(public_key.to_vec()) };
    let Wrapped { organization, file, version, .. } = wrapped(false);
    let dek = Dek::take(&mut [7; 32]);
    let Ok(made) = block_on(wrap_dek(&Software, &recipient, *organization, *file, *version, &dek)) else {
        return;
    };
    assert_eq!(made.len(), suite.wrapped_bytes());
    match suite.modulus_bits() {
        None => assert_eq!(public_key.len(), 32),
        Some(bits) => {
            // SEQUENCE, SEQUENCE, BIT STRING, SEQUENCE, INTEGER of 33 bytes before the modulus, 5 of exponent after it.
            let modulus = &public_key[33..33 + bits / 8];
            assert_eq!(public_key.len(), 33 + bits / 8 + 5);
            assert!(
                public_key.ends_with(&[2, 3, 1, 0, 1])
                    && modulus[0] >= 0x80
                    && modulus[bits / 8 - 1] % 2 == 1
            );
        }
    }
}

/// A bundle that opens, with the person's passphrase, as a member and by its key.
struct Locked {
    user: UserId,
    lock_key: LockKey,
    bundle: Bundle,
    bundle_key: BundleKey,
    key: DecryptionKey<Software>,
}

fn locked() -> &'static Locked {
    static LOCKED: OnceLock<Locked> = OnceLock::new();
    LOCKED.get_or_init(|| {
        let vector = vector(BUNDLES, "x25519-hpke");
        let bundle: Bundle =
            from_text(vector.0["inputs"]["bundle"].to_string().as_bytes()).expect("a bundle");
        let (user, lock_key) = (vector.user(), lock_key(&mut vector.array("lock_key")));
        let owner = OwnerId::User(user);
        let bundle_key =
            block_on(unlock_with_passphrase(&Software, owner, &bundle, &lock_key)).expect("it unlocks");
        let keys = block_on(bundle::open(&Software, owner, &bundle, &bundle_key)).expect("it opens");
        let key = keys.encryption.expect("a person has an encryption key");
        Locked { user, lock_key, bundle, bundle_key, key }
    })
}

/// What is read as a bundle, from JSON or by changing a good one, opens to the keys that were sealed or to none.
pub fn bundle(bytes: &[u8]) {
    let mut plan = Input::new(bytes);
    if plan.byte().is_multiple_of(2) {
        if let Some(bundle) = agree::<Bundle>(plan.rest()) {
            opens_only_to_what_was_sealed(&bundle);
        }
        return;
    }
    let good = &locked().bundle;
    let mut bundle = good.clone();
    while !plan.is_empty() {
        change(&mut plan, &mut bundle);
    }
    let unlocked = opens_only_to_what_was_sealed(&bundle);
    assert!(unlocked || bundle != *good, "the good bundle does not open");
    assert_eq!(from_text::<Bundle>(to_text(&bundle).as_bytes()), Ok(bundle));
}

fn opens_only_to_what_was_sealed(bundle: &Bundle) -> bool {
    let Locked { user, lock_key, bundle: good, bundle_key, key } = locked();
    let owner = OwnerId::User(*user);
    let by_passphrase = block_on(unlock_with_passphrase(&Software, owner, bundle, lock_key)).ok();
    let as_member = block_on(unlock_as_member(&Software, owner, bundle, *user, key)).ok();
    for opened in by_passphrase.iter().chain(&as_member) {
        assert!(opened.matches(bundle_key), "another key came out of a lock");
    }
    let Ok(keys) = block_on(bundle::open(&Software, owner, bundle, bundle_key)) else { return false };
    let public = |field| good.key(field).map(|key| key.public_key.0.clone());
    assert!(keys.signing.is_none_or(|key| Some(key.public.as_bytes().to_vec()) == public(Signing)));
    assert!(keys.encryption.is_none_or(|key| Some(key.public.public_key.0) == public(Encryption)));
    by_passphrase.is_some() && as_member.is_some()
}

fn change(plan: &mut Input<'_>, bundle: &mut Bundle) {
    match plan.byte() % 10 {
        0 => bundle.version = plan.number() as u32,
        1 => bundle.suite = Suite::ALL[usize::from(plan.byte() % 4)],
        2 => {
            bundle.kind =
                [BundleKind::Identity, BundleKind::Root, BundleKind::Vault][usize::from(plan.byte() % 3)]
        }
        3 => bundle.keys.reverse(),
        4 => drop(bundle.keys.pop()),
        5 => bundle.locks.reverse(),
        6 => drop(bundle.locks.pop()),
        7 => {
            if let Some(key) = bundle.keys.first().cloned() {
                bundle.keys.push(key);
            }
        }
        8 => {
            let count = bundle.keys.len().max(1);
            let Some(key) = bundle.keys.get_mut(plan.below(count)) else { return };
            let part = [&mut key.public_key, &mut key.nonce, &mut key.ciphertext];
            flip(plan, part);
        }
        _ => {
            let count = bundle.locks.len().max(1);
            match bundle.locks.get_mut(plan.below(count)) {
                Some(Lock::Passphrase { kdf, nonce, ciphertext }) => {
                    flip(plan, [&mut kdf.salt, nonce, ciphertext])
                }
                Some(Lock::Recovery { nonce, ciphertext }) => flip(plan, [nonce, ciphertext]),
                Some(Lock::Passkey { credential, nonce, ciphertext, .. }) => {
                    flip(plan, [credential, nonce, ciphertext])
                }
                Some(Lock::Member { wrapped, statement, .. }) => flip(plan, [wrapped, statement]),
                None => {}
            }
        }
    }
}

fn flip<const N: usize>(plan: &mut Input<'_>, parts: [&mut Bytes; N]) {
    let chosen = plan.below(N);
    for (place, part) in parts.into_iter().enumerate() {
        let at = plan.below(part.0.len().max(1));
        if place == chosen && at < part.0.len() {
            part.0[at] ^= plan.byte();
        }
    }
}
