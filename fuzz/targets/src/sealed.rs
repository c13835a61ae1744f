//! Manifests and sealed boxes.

use std::sync::OnceLock;

use hkdf::Hkdf;
use keyferry_crypto::key::DecryptionKey;
use keyferry_crypto::manifest::{Manifest, open_manifest};
use keyferry_crypto::sealed_box::open_box;
use keyferry_crypto::{Dek, Engine as _, Secret, Software};
use keyferry_protocol::cbor::{from_bytes, to_bytes};
use keyferry_protocol::context::{WrapScope, manifest_context};
use keyferry_protocol::wire::sealed_box::SealedBox;
use keyferry_protocol::{Digest, RequestId};
use pollster::block_on;
use sha2::Sha256;

use crate::cbor::item;
use crate::fixture::{Vector, hex, vector, vectors};
use crate::input::Input;
use crate::json::agree;

const MANIFESTS: &str = include_str!("../../../tests/vectors/manifest.json");
const BOXES: &str = include_str!("../../../tests/vectors/sealed_box.json");

fn good_manifest() -> &'static Vector {
    static VECTOR: OnceLock<Vector> = OnceLock::new();
    VECTOR.get_or_init(|| vector(MANIFESTS, "a manifest"))
}

/// Whether these bytes are one of the manifests that the vectors seal for one file under one DEK.
fn was_sealed(sealed: &[u8]) -> bool {
    static ALL: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let good = &good_manifest().0["inputs"];
        let same = |vector: &Vector| {
            let named = |name| vector.0["inputs"][name] == good[name];
            ["dek", "organization", "file", "version"].into_iter().all(named)
                && !vector.0["expected"].is_null()
        };
        vectors(MANIFESTS).into_iter().filter(same).map(|vector| vector.bytes("sealed")).collect()
    });
    all.iter().any(|one| one == sealed)
}

/// What opens as a manifest was sealed as one. The first byte says whether the rest is sealed already, is to be sealed
/// here, or changes a good one.
pub fn manifest(bytes: &[u8]) {
    let mut plan = Input::new(bytes);
    let good = good_manifest();
    match plan.byte() % 3 {
        0 => {
            let sealed = plan.rest();
            assert_eq!(open_sealed(sealed).is_some(), was_sealed(sealed));
        }
        1 => {
            let plaintext = plan.rest();
            match open_sealed(&seal(plaintext)) {
                Some(opened) => {
                    assert_eq!(to_bytes(&opened), plaintext);
                    assert_eq!(item(plaintext), Some(&[] as &[u8]));
                }
                None => assert!(from_bytes::<Manifest>(plaintext).is_err(), "a manifest does not open"),
            }
        }
        _ => {
            let mut sealed = good.bytes("sealed");
            plan.edit(&mut sealed);
            assert_eq!(open_sealed(&sealed).is_some(), was_sealed(&sealed));
        }
    }
}

fn open_sealed(sealed: &[u8]) -> Option<Manifest> {
    let good = good_manifest();
    let dek = Dek::take(&mut good.array("dek"));
    let (organization, file, version) = (good.organization(), good.file(), good.number("version") as u32);
    block_on(open_manifest(&Software, &dek, organization, file, version, sealed)).ok()
}

/// As docs/formats.md §5 says, of any plaintext.
fn seal(plaintext: &[u8]) -> Vec<u8> {
    let good = good_manifest();
    let mut key = Secret::zeroed();
    Hkdf::<Sha256>::new(None, &good.bytes("dek"))
        .expand(b"keyferry/v1/manifest", key.expose_mut())
        .expect("32 bytes are within HKDF's limit");
    let aad = manifest_context(good.organization(), good.file(), good.number("version") as u32);
    let sealed = block_on(Software.aes_gcm_seal(&key, &[3; 12], &aad, plaintext));
    [&[3; 12], sealed.expect("the native engine seals").as_slice()].concat()
}

struct Box {
    key: DecryptionKey<Software>,
    scope: WrapScope,
    other_scope: WrapScope,
    sealed: SealedBox,
    text: Vec<u8>,
}

fn good_box() -> &'static Box {
    static BOX: OnceLock<Box> = OnceLock::new();
    BOX.get_or_init(|| {
        let vector = vector(BOXES, "x25519-hpke");
        let (organization, file) = (vector.organization(), vector.file());
        let key = vector.decryption_key();
        Box {
            scope: WrapScope::Reason { organization, file, request: vector.request() },
            other_scope: WrapScope::Reason { organization, file, request: RequestId::from_random([0; 16]) },
            sealed: SealedBox {
                suite: key.public.suite,
                recipient_key: key.public.id(),
                wrapped: vector.bytes("wrapped").into(),
                nonce: vector.bytes("nonce").into(),
                ciphertext: vector.bytes("ciphertext").into(),
            },
            key,
            text: hex(vector.0["expected"]["text"].as_str().unwrap_or_default()),
        }
    })
}

/// A box opens if and only if it is the one that was sealed, for the very purpose, and no two boxes share a digest.
/// The first byte says whether the rest is JSON, CBOR or a change of the good one.
pub fn sealed_box(bytes: &[u8]) {
    let mut plan = Input::new(bytes);
    let sealed = match plan.byte() % 3 {
        0 => agree::<SealedBox>(plan.rest()),
        1 => from_bytes(plan.rest()).ok(),
        _ => Some(changed(plan)),
    };
    let Some(sealed) = sealed else { return };
    let encoded = to_bytes(&sealed);
    assert_eq!(item(&encoded), Some(&[] as &[u8]));
    assert_eq!(from_bytes::<SealedBox>(&encoded).as_ref(), Ok(&sealed));
    assert_eq!(sealed.digest(), Digest::of(&encoded));
    let Box { key, scope, other_scope, sealed: good, text } = good_box();
    let opened = block_on(open_box(&Software, key, *scope, &sealed)).ok();
    assert_eq!(opened.is_some(), sealed == *good);
    assert_eq!(sealed.digest() == good.digest(), sealed == *good);
    assert!(opened.is_none_or(|opened| *opened == *text));
    assert!(block_on(open_box(&Software, key, *other_scope, &sealed)).is_err());
}

fn changed(mut plan: Input<'_>) -> SealedBox {
    let mut sealed = good_box().sealed.clone();
    match plan.byte() % 4 {
        0 => plan.edit(&mut sealed.wrapped.0),
        1 => plan.edit(&mut sealed.nonce.0),
        2 => plan.edit(&mut sealed.ciphertext.0),
        _ => sealed.recipient_key.0[plan.below(32)] ^= plan.byte(),
    }
    sealed
}
