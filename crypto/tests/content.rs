//! Content: any split, any single change, any range; no chunk sealed twice; lies found before plaintext is given.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use bytes::Bytes;
use keyferry_crypto::content::{
    ContentHeader, ContentOpener, ContentSealer, HEADER_BYTES, OpenContentError, SEGMENT_CHUNKS,
    SealContentError, UnprovenReader, ciphertext_bytes,
};
use keyferry_crypto::engine::{CHUNK_BYTES, SEALED_CHUNK_BYTES};
use keyferry_crypto::{Dek, Engine, EngineError, Software};
use pollster::block_on;
use proptest::prelude::*;
use support::Watched;

const CONTEXT: &[u8] = b"a file version";
const SEGMENT_BYTES: usize = SEGMENT_CHUNKS * CHUNK_BYTES;

fn dek() -> Dek {
    Dek::take(&mut [0x5a; 32])
}

fn plaintext(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i % 251) as u8).collect()
}

fn join(pieces: &[Bytes]) -> Vec<u8> {
    pieces.concat()
}

/// Cuts `bytes` after each of `lengths`, over and over; zero lengths give empty pieces.
fn cut<'a>(bytes: &'a [u8], lengths: &'a [usize]) -> Vec<&'a [u8]> {
    let mut rest = bytes;
    let mut pieces = Vec::new();
    for length in lengths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at((*length).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

fn seal(plaintext: &[u8], lengths: &[usize]) -> Vec<u8> {
    block_on(async {
        let mut sealer = ContentSealer::begin(&Software, &dek(), CONTEXT).await.unwrap();
        let mut sealed = Vec::new();
        for piece in cut(plaintext, lengths) {
            sealer.push(&Software, Bytes::copy_from_slice(piece), &mut sealed).await.unwrap();
        }
        assert_eq!(sealer.plaintext_bytes(), plaintext.len() as u64);
        sealer.finish(&Software, &mut sealed).await.unwrap();
        join(&sealed)
    })
}

/// What the opener gave, and how it ended.
fn open_with(
    ciphertext: &[u8],
    lengths: &[usize],
    signed: Option<ContentHeader>,
) -> (Vec<u8>, Result<(), OpenContentError>) {
    let mut opened = Vec::new();
    let outcome = block_on(async {
        let mut opener = ContentOpener::begin(dek(), CONTEXT.to_vec(), signed);
        for piece in cut(ciphertext, lengths) {
            opener.push(&Software, Bytes::copy_from_slice(piece), &mut opened).await?;
        }
        opener.finish(&Software, &mut opened).await
    });
    (join(&opened), outcome)
}

fn open(ciphertext: &[u8], lengths: &[usize]) -> (Vec<u8>, Result<(), OpenContentError>) {
    open_with(ciphertext, lengths, None)
}

fn header(ciphertext: &[u8]) -> ContentHeader {
    ContentHeader::from_bytes(&ciphertext[..HEADER_BYTES]).unwrap()
}

/// At least one length that is not zero, so that cutting ends.
fn lengths() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..60_000usize, 0..5)
        .prop_flat_map(|rest| (1..60_000usize).prop_map(move |first| [vec![first], rest.clone()].concat()))
}

fn length() -> impl Strategy<Value = usize> {
    prop_oneof![
        0..3 * CHUNK_BYTES,
        Just(0),
        Just(CHUNK_BYTES),
        Just(SEGMENT_BYTES),
        SEGMENT_BYTES - 2..SEGMENT_BYTES + 2,
        Just(2 * SEGMENT_BYTES + CHUNK_BYTES),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn however_the_streams_are_split_the_plaintext_comes_back(
        length in length(), sealing in lengths(), opening in lengths(),
    ) {
        let plaintext = plaintext(length);
        let ciphertext = seal(&plaintext, &sealing);
        prop_assert_eq!(Some(ciphertext.len() as u64), ciphertext_bytes(length as u64));
        let (opened, outcome) = open_with(&ciphertext, &opening, Some(header(&ciphertext)));
        prop_assert_eq!(outcome, Ok(()));
        prop_assert!(opened == plaintext);
    }

    #[test]
    fn any_changed_byte_is_found_and_nothing_at_or_after_it_is_given(
        length in 0..3 * CHUNK_BYTES, at in any::<prop::sample::Index>(), flip in 1..=255u8, opening in lengths(),
    ) {
        let plaintext = plaintext(length);
        let mut ciphertext = seal(&plaintext, &[9_999]);
        let at = at.index(ciphertext.len());
        ciphertext[at] ^= flip;
        let (opened, outcome) = open(&ciphertext, &opening);
        if at < HEADER_BYTES {
            prop_assert_eq!(outcome, Err(OpenContentError::CommitmentMismatch));
            prop_assert!(opened.is_empty());
        } else {
            let chunk = (at - HEADER_BYTES) / SEALED_CHUNK_BYTES;
            prop_assert_eq!(outcome, Err(OpenContentError::Corrupt { chunk: chunk as u64 }));
            prop_assert!(opened == plaintext[..chunk * CHUNK_BYTES]);
        }
    }

    #[test]
    fn any_cut_is_found_and_only_whole_chunks_before_it_are_given(
        length in 0..3 * CHUNK_BYTES, at in any::<prop::sample::Index>(), opening in lengths(),
    ) {
        let plaintext = plaintext(length);
        let ciphertext = seal(&plaintext, &[9_999]);
        let cut = at.index(ciphertext.len());
        let (opened, outcome) = open(&ciphertext[..cut], &opening);
        let found = matches!(outcome, Err(OpenContentError::Truncated | OpenContentError::Corrupt { .. }));
        prop_assert!(found, "{outcome:?}");
        let chunks = cut.saturating_sub(HEADER_BYTES) / SEALED_CHUNK_BYTES;
        prop_assert!(opened == plaintext[..chunks * CHUNK_BYTES]);
    }

    #[test]
    fn any_chunk_removed_doubled_or_moved_is_found_and_only_what_came_before_is_given(
        chunks in 1..4usize, rest in 0..CHUNK_BYTES, at in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(), doubled in any::<bool>(), removed in any::<bool>(), opening in lengths(),
    ) {
        let plaintext = plaintext(chunks * CHUNK_BYTES + rest);
        let ciphertext = seal(&plaintext, &[9_999]);
        let (header, sealed) = ciphertext.split_at(HEADER_BYTES);
        let mut pieces: Vec<&[u8]> = sealed.chunks(SEALED_CHUNK_BYTES).collect();
        let piece = pieces[at.index(pieces.len())];
        if !doubled {
            pieces.remove(at.index(pieces.len()));
        }
        if doubled || !removed {
            pieces.insert(to.index(pieces.len() + 1), piece);
        }
        let changed = [header, &pieces.concat()].concat();
        prop_assume!(changed != ciphertext);
        let (opened, outcome) = open(&changed, &opening);
        let found = matches!(outcome, Err(OpenContentError::Truncated | OpenContentError::Corrupt { .. }));
        prop_assert!(found, "{outcome:?}");
        let same = changed.iter().zip(&ciphertext).take_while(|(changed, whole)| changed == whole).count();
        let untouched = same.saturating_sub(HEADER_BYTES) / SEALED_CHUNK_BYTES * CHUNK_BYTES;
        prop_assert!(opened == plaintext[..untouched], "{} bytes were given of {untouched}", opened.len());
    }

    #[test]
    fn a_range_of_which_any_byte_changed_gives_nothing(
        length in 1..3 * CHUNK_BYTES, start in any::<prop::sample::Index>(), end in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(), flip in 1..=255u8,
    ) {
        let ciphertext = seal(&plaintext(length), &[1 << 20]);
        let (start, end) = (start.index(length), end.index(length));
        let range = start.min(end) as u64..start.max(end) as u64 + 1;
        let (chunk, opened) = block_on(async {
            let length = ciphertext.len() as u64;
            let slice = |range: std::ops::Range<u64>| ciphertext[range.start as usize..range.end as usize].to_vec();
            let reader = UnprovenReader::begin(&Software, &dek(), CONTEXT, &header(&ciphertext), length).await.unwrap();
            let last = slice(reader.final_chunk()).into();
            let reader = reader.prove(&Software, last).await.unwrap();
            let mut sealed = slice(reader.ciphertext_range(range.clone()));
            let at = at.index(sealed.len());
            sealed[at] ^= flip;
            let chunk = range.start / CHUNK_BYTES as u64 + (at / SEALED_CHUNK_BYTES) as u64;
            (chunk, reader.open_range(&Software, range.clone(), sealed.into()).await)
        });
        prop_assert_eq!(opened, Err(OpenContentError::Corrupt { chunk }));
    }

    #[test]
    fn any_range_opens_as_that_range(
        length in length(), start in any::<prop::sample::Index>(), end in any::<prop::sample::Index>(),
    ) {
        let plaintext = plaintext(length);
        let ciphertext = seal(&plaintext, &[1 << 20]);
        let (start, end) = (start.index(length + 1), end.index(length + 1));
        let range = start.min(end) as u64..start.max(end) as u64;
        let opened = block_on(async {
            let length = ciphertext.len() as u64;
            let slice = |range: std::ops::Range<u64>| {
                Bytes::copy_from_slice(&ciphertext[range.start as usize..range.end as usize])
            };
            let reader = UnprovenReader::begin(&Software, &dek(), CONTEXT, &header(&ciphertext), length).await?;
            let last = slice(reader.final_chunk());
            let reader = reader.prove(&Software, last).await?;
            let sealed = slice(reader.ciphertext_range(range.clone()));
            reader.open_range(&Software, range.clone(), sealed).await
        });
        prop_assert_eq!(opened.as_deref(), Ok(&plaintext[range.start as usize..range.end as usize]));
    }
}

#[test]
fn every_changed_header_byte_is_refused_before_decryption() {
    let ciphertext = seal(&plaintext(100), &[100]);
    for at in 0..HEADER_BYTES {
        let mut changed = ciphertext.clone();
        changed[at] ^= 1;
        assert_eq!(
            open(&changed, &[1 << 20]),
            (vec![], Err(OpenContentError::CommitmentMismatch)),
            "byte {at}"
        );
    }
}

#[test]
fn dropped_final_chunks_are_a_truncation() {
    let ciphertext = seal(&plaintext(2 * CHUNK_BYTES + 5), &[1 << 20]);
    for chunks in [0, 1, 2] {
        let kept = &ciphertext[..HEADER_BYTES + chunks * SEALED_CHUNK_BYTES];
        let (opened, outcome) = open(kept, &[4_321]);
        assert_eq!(outcome, Err(OpenContentError::Truncated));
        assert_eq!(opened, plaintext(chunks * CHUNK_BYTES));
    }
}

#[test]
fn swapped_chunks_are_corrupt() {
    let mut ciphertext = seal(&plaintext(2 * CHUNK_BYTES + 5), &[1 << 20]);
    let chunks = &mut ciphertext[HEADER_BYTES..][..2 * SEALED_CHUNK_BYTES];
    chunks.rotate_left(SEALED_CHUNK_BYTES);
    let (opened, outcome) = open(&ciphertext, &[1 << 20]);
    assert_eq!((opened, outcome), (vec![], Err(OpenContentError::Corrupt { chunk: 0 })));
}

#[test]
fn content_other_than_the_signed_one_is_refused_before_decryption() {
    let plaintext = plaintext(100);
    let (signed, other) = (seal(&plaintext, &[50]), seal(&plaintext, &[50]));
    let (opened, outcome) = open_with(&other, &[1 << 20], Some(header(&signed)));
    assert_eq!((opened, outcome), (vec![], Err(OpenContentError::CommitmentMismatch)));
}

#[test]
fn a_lie_about_the_length_is_found_before_a_range_is_read() {
    let ciphertext = seal(&plaintext(2 * CHUNK_BYTES + 500), &[1 << 20]);
    let whole = ciphertext.len() as u64;
    for said in
        [whole - 1, whole - 100, whole - 516, whole + 1, (HEADER_BYTES + SEALED_CHUNK_BYTES + 20) as u64]
    {
        let outcome = block_on(async {
            let reader =
                UnprovenReader::begin(&Software, &dek(), CONTEXT, &header(&ciphertext), said).await?;
            let range = reader.final_chunk();
            // The relay answers with as many bytes as its lie needs.
            let mut last = vec![0; (range.end - range.start) as usize];
            let there = &ciphertext[range.start as usize..(range.end as usize).min(ciphertext.len())];
            last[..there.len()].copy_from_slice(there);
            reader.prove(&Software, last.into()).await.map(|_| ())
        });
        assert!(
            matches!(outcome, Err(OpenContentError::Truncated | OpenContentError::Corrupt { .. })),
            "{said}: {outcome:?}"
        );
    }
}

#[test]
fn no_chunk_number_is_sealed_twice() {
    block_on(async {
        let engine = Watched::default();
        let mut sealer = ContentSealer::begin(&engine, &dek(), CONTEXT).await.unwrap();
        let mut sealed = Vec::new();
        for _ in 0..7 {
            sealer.push(&engine, engine.buffer_from(&plaintext(400_000)), &mut sealed).await.unwrap();
        }
        sealer.finish(&engine, &mut sealed).await.unwrap();
        let chunks = engine.sealed_chunks.into_inner();
        assert_eq!(chunks, (0..chunks.len() as u64).collect::<Vec<_>>());
    });
}

#[test]
fn after_a_failure_a_sealer_seals_nothing_more() {
    block_on(async {
        let engine = Watched::default();
        engine.failing_seal.set(1);
        let mut sealer = ContentSealer::begin(&engine, &dek(), CONTEXT).await.unwrap();
        let mut sealed = Vec::new();
        let segment = engine.buffer_from(&plaintext(SEGMENT_BYTES));
        let failed = sealer.push(&engine, segment.clone(), &mut sealed).await;
        assert_eq!(failed, Err(SealContentError::Engine(EngineError::Unavailable)));
        assert_eq!(sealer.push(&engine, segment, &mut sealed).await, Err(SealContentError::Spent));
        assert_eq!(sealer.finish(&engine, &mut sealed).await, Err(SealContentError::Spent));
        assert_eq!(engine.sealed_chunks.borrow().len(), SEGMENT_CHUNKS);
    });
}

#[test]
fn two_sealings_share_no_salt() {
    assert_ne!(header(&seal(b"x", &[1])).salt, header(&seal(b"x", &[1])).salt);
}
