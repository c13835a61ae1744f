//! Whether what must not tell secrets by its time does: the native comparisons and unwraps, by dudect (Welch's t-test over
//! two classes of inputs). `cargo xtask bench constant-time` runs this and reports.
//!
//! Both classes go through the same buffers in the same places: what differs is bytes, not addresses. The first benchmark
//! compares carelessly, on purpose: where it is not found to leak, this machine finds nothing.

use std::hint::black_box;

use dudect_bencher::rand::{Rng as _, RngExt as _};
use dudect_bencher::{BenchRng, Class, CtRunner, ctbench_main};
use keyferry_crypto::content::{ContentHeader, UnprovenReader};
use keyferry_crypto::key::DecryptionKey;
use keyferry_crypto::wrap::{unwrap_dek, wrap_dek};
use keyferry_crypto::{Dek, Secret, Software, bundle};
use keyferry_protocol::{Digest, FileId, OrganizationId, Suite};
use pollster::block_on;
use subtle::ConstantTimeEq as _;

const ORGANIZATION: OrganizationId = OrganizationId::from_random([1; 16]);
const FILE: FileId = FileId::from_random([2; 16]);

/// Times `work` on pairs of a `known` value and, on the left, the same, on the right one that differs in its first byte;
/// which, is drawn each time.
fn pairs<const N: usize>(
    runner: &mut CtRunner,
    rng: &mut BenchRng,
    rounds: usize,
    work: impl Fn(&[u8; N], &[u8; N]) -> bool,
) {
    let mut known = [0; N];
    rng.fill_bytes(&mut known);
    let mut offered = [0; N];
    for _ in 0..rounds {
        let same = rng.random::<bool>();
        offered = known;
        // A flip by zero is made, too, so that both classes are written to alike.
        offered[0] ^= u8::from(!same);
        runner.run_one(if same { Class::Left } else { Class::Right }, || {
            black_box(work(black_box(&known), black_box(&offered)))
        });
    }
    black_box(offered);
}

/// What leaks: byte by byte, until one differs.
fn control_careless_comparison(runner: &mut CtRunner, rng: &mut BenchRng) {
    pairs::<256>(runner, rng, 300_000, |known, offered| {
        known.iter().zip(offered).all(|(known, offered)| black_box(known) == black_box(offered))
    });
}

/// `Secret::matches`.
fn secret_matches(runner: &mut CtRunner, rng: &mut BenchRng) {
    let mut known = [0; 32];
    rng.fill_bytes(&mut known);
    let mut other = known;
    other[0] ^= 1;
    let (known, same, other) = (secret(known), secret(known), secret(other));
    // Chosen without a branch: the secrets live on the heap, and which one is compared must not show by its place.
    let offered = [same, other];
    for _ in 0..300_000 {
        let different = rng.random::<bool>();
        let copy = offered[usize::from(different)].clone();
        runner.run_one(class(different), || black_box(black_box(&known).matches(black_box(&copy))));
    }
}

fn secret(mut bytes: [u8; 32]) -> Secret<32> {
    Secret::take(&mut bytes)
}

const fn class(different: bool) -> Class {
    if different { Class::Right } else { Class::Left }
}

/// What a relay does with an offered login key: SHA-256, then a comparison with the stored verifier.
fn login_verifier(runner: &mut CtRunner, rng: &mut BenchRng) {
    pairs::<32>(runner, rng, 300_000, |known, offered| {
        Digest::of(black_box(offered)).0.ct_eq(&Digest::of(known).0).into()
    });
}

/// The commitment of a header, compared with what its salt and the DEK give.
fn header_commitment(runner: &mut CtRunner, rng: &mut BenchRng) {
    let dek = Dek::generate(&Software).expect("the system has randomness");
    let context = b"a file version";
    let header = block_on(keyferry_crypto::content::ContentSealer::begin(&Software, &dek, context))
        .expect("the native engine seals")
        .header();
    for _ in 0..100_000 {
        let last = rng.random::<bool>();
        // Both are refused: in the commitment's first byte or in its last.
        let mut commitment = header.commitment;
        commitment[0] ^= u8::from(!last);
        commitment[31] ^= u8::from(last);
        let header = ContentHeader { commitment, ..header };
        runner.run_one(class(last), || {
            black_box(
                block_on(UnprovenReader::begin(&Software, &dek, context, black_box(&header), 72)).is_ok(),
            )
        });
    }
}

/// Opens wraps that are refused: changed in the first byte of what is authenticated, or in the last.
fn corrupt_wraps(runner: &mut CtRunner, rng: &mut BenchRng, suite: Suite, first: usize, rounds: usize) {
    let (key, good) = wrapped(suite);
    let mut wrapped = good.clone();
    for _ in 0..rounds {
        let last = rng.random::<bool>();
        wrapped.copy_from_slice(&good);
        let end = wrapped.len() - 1;
        wrapped[first] ^= u8::from(!last);
        wrapped[end] ^= u8::from(last);
        runner.run_one(class(last), || black_box(opens(&key, black_box(&wrapped))));
    }
}

/// Opens a good wrap and a corrupt one. That one opens is no secret, and a good one is copied out: this may differ.
fn good_and_corrupt_wraps(runner: &mut CtRunner, rng: &mut BenchRng, suite: Suite, rounds: usize) {
    let (key, good) = wrapped(suite);
    let mut wrapped = good.clone();
    for _ in 0..rounds {
        let corrupt = rng.random::<bool>();
        wrapped.copy_from_slice(&good);
        let end = wrapped.len() - 1;
        wrapped[end] ^= u8::from(corrupt);
        runner.run_one(class(corrupt), || black_box(opens(&key, black_box(&wrapped))));
    }
}

fn wrapped(suite: Suite) -> (DecryptionKey<Software>, Vec<u8>) {
    let vault = block_on(bundle::generate_vault(&Software, ORGANIZATION, suite, 1)).expect("a vault");
    let key = vault.keys.encryption.expect("a vault has an encryption key");
    let dek = Dek::generate(&Software).expect("the system has randomness");
    let wrapped = block_on(wrap_dek(&Software, &key.public, ORGANIZATION, FILE, 1, &dek)).expect("it wraps");
    (key, wrapped)
}

fn opens(key: &DecryptionKey<Software>, wrapped: &[u8]) -> bool {
    block_on(unwrap_dek(&Software, key, ORGANIZATION, FILE, 1, wrapped)).is_ok()
}

fn x25519_corrupt_first_or_last(runner: &mut CtRunner, rng: &mut BenchRng) {
    // Behind the ephemeral key.
    corrupt_wraps(runner, rng, Suite::X25519Hpke, 32, 40_000);
}

fn x25519_good_or_corrupt(runner: &mut CtRunner, rng: &mut BenchRng) {
    good_and_corrupt_wraps(runner, rng, Suite::X25519Hpke, 40_000);
}

fn rsa_2048_corrupt_first_or_last(runner: &mut CtRunner, rng: &mut BenchRng) {
    corrupt_wraps(runner, rng, Suite::RsaOaep2048, 1, 6_000);
}

fn rsa_2048_good_or_corrupt(runner: &mut CtRunner, rng: &mut BenchRng) {
    good_and_corrupt_wraps(runner, rng, Suite::RsaOaep2048, 6_000);
}

ctbench_main!(
    control_careless_comparison,
    secret_matches,
    login_verifier,
    header_commitment,
    x25519_corrupt_first_or_last,
    x25519_good_or_corrupt,
    rsa_2048_corrupt_first_or_last,
    rsa_2048_good_or_corrupt
);
