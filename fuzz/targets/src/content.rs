//! Content: streams in any pieces, changed in any way, and ranges of them.

use core::ops::Range;
use std::sync::OnceLock;

use bytes::Bytes;
use keyferry_crypto::content::{
    ContentHeader, ContentOpener, ContentSealer, HEADER_BYTES, OpenContentError, UnprovenReader,
    ciphertext_bytes, plaintext_bytes,
};
use keyferry_crypto::engine::{CHUNK_BYTES, SEALED_CHUNK_BYTES};
use keyferry_crypto::{Dek, Software};
use pollster::block_on;

use crate::fixture::{Vector, vectors};
use crate::input::Input;

const CONTEXT: &[u8] = b"a file version";
/// Lengths on both sides of a chunk's end and of a segment's.
const LENGTHS: [usize; 9] = [
    0,
    1,
    100,
    CHUNK_BYTES - 1,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
    2 * CHUNK_BYTES,
    3 * CHUNK_BYTES + 77,
    65 * CHUNK_BYTES + 5,
];
const VECTORS: &str = include_str!("../../../tests/vectors/content.json");

struct Stream {
    plaintext: Vec<u8>,
    ciphertext: Vec<u8>,
}

fn dek() -> Dek {
    Dek::take(&mut [0x5a; 32])
}

/// The stream that a plan begins with; the long one, which takes long, of few.
fn stream(plan: &mut Input<'_>) -> &'static Stream {
    let chosen = match plan.byte() {
        255 => LENGTHS.len() - 1,
        choice => usize::from(choice) % (LENGTHS.len() - 1),
    };
    sealed(chosen)
}

fn sealed(number: usize) -> &'static Stream {
    static STREAMS: [OnceLock<Stream>; LENGTHS.len()] = [const { OnceLock::new() }; LENGTHS.len()];
    STREAMS[number].get_or_init(|| seal(LENGTHS[number]))
}

fn seal(length: usize) -> Stream {
    let plaintext: Vec<u8> = (0..length).map(|i| ((i + length) % 251) as u8).collect();
    let ciphertext = block_on(async {
        let mut sealed = Vec::new();
        let mut sealer =
            ContentSealer::begin(&Software, &dek(), CONTEXT).await.expect("the native engine seals");
        let piece = Bytes::copy_from_slice(&plaintext);
        sealer.push(&Software, piece, &mut sealed).await.expect("the native engine seals");
        sealer.finish(&Software, &mut sealed).await.expect("the native engine seals");
        sealed.concat()
    });
    Stream { plaintext, ciphertext }
}

/// A good stream is changed and opened in pieces: what is given is the beginning of what was sealed, in whole chunks;
/// all of it if and only if nothing was changed; and the pieces make no difference.
pub fn content(bytes: &[u8]) {
    let mut plan = Input::new(bytes);
    let stream = stream(&mut plan);
    let mut ciphertext = stream.ciphertext.clone();
    for _ in 0..plan.byte() % 4 {
        change(&mut plan, &mut ciphertext);
    }
    let signed = if plan.byte().is_multiple_of(2) { header(&stream.ciphertext) } else { None };
    // Who asks for no signed header takes whatever was sealed with the key.
    let begun =
        || (0..LENGTHS.len()).map(sealed).find(|other| header(&other.ciphertext) == header(&ciphertext));
    let stream = if signed.is_none() { begun().unwrap_or(stream) } else { stream };
    let (opened, outcome) = open(&ciphertext, signed, usize::MAX, &mut Input::new(&[]));
    assert!(stream.plaintext.starts_with(&opened), "something was given that was not sealed");
    assert_eq!(outcome.is_ok(), ciphertext == stream.ciphertext, "{outcome:?}");
    assert!(outcome.is_ok() || opened.len() % CHUNK_BYTES == 0, "a part of a chunk was given");
    assert!(outcome.is_err() || opened == stream.plaintext);
    // A long stream in single bytes takes long and tells nothing new.
    let least = ciphertext.len() / 1_000;
    let most = least + plan.below(2 * SEALED_CHUNK_BYTES) + 1;
    let pieced = open(&ciphertext, signed, most, &mut plan);
    assert_eq!((pieced.0 == opened, pieced.1), (true, outcome), "in pieces it opens otherwise");
}

/// Streams of whole cloth: the first byte chooses the vector whose key opens, and only what was sealed with it does.
pub fn content_bytes(bytes: &[u8]) {
    static VECTORS_OF: OnceLock<Vec<Vector>> = OnceLock::new();
    let vectors = VECTORS_OF.get_or_init(|| {
        let opens = |vector: &Vector| {
            !vector.0["expected"].is_null() && (1..8_000).contains(&vector.text("ciphertext").len())
        };
        vectors(VECTORS).into_iter().filter(opens).collect()
    });
    let mut plan = Input::new(bytes);
    let vector = &vectors[usize::from(plan.byte()) % vectors.len()];
    let ciphertext = plan.rest();
    let mut opened = Vec::new();
    let outcome = block_on(async {
        let mut opener =
            ContentOpener::begin(Dek::take(&mut vector.array("dek")), vector.bytes("context"), None);
        opener.push(&Software, Bytes::copy_from_slice(ciphertext), &mut opened).await?;
        opener.finish(&Software, &mut opened).await
    });
    let sealed = |other: &Vector| {
        let same_key = ["dek", "context"].iter().all(|name| other.text(name) == vector.text(name));
        same_key && other.bytes("ciphertext") == ciphertext
    };
    assert_eq!(outcome.is_ok(), vectors.iter().any(sealed), "{outcome:?}");
    assert!(outcome.is_ok() || opened.concat().is_empty(), "a chunk of these is the last one");
}

fn header(ciphertext: &[u8]) -> Option<ContentHeader> {
    ContentHeader::from_bytes(ciphertext.get(..HEADER_BYTES)?)
}

fn change(plan: &mut Input<'_>, ciphertext: &mut Vec<u8>) {
    let step = plan.byte();
    let whole = ciphertext.len().saturating_sub(HEADER_BYTES) / SEALED_CHUNK_BYTES;
    let chunk = |place: usize| {
        HEADER_BYTES + place * SEALED_CHUNK_BYTES..HEADER_BYTES + (place + 1) * SEALED_CHUNK_BYTES
    };
    match step % 8 {
        0 | 1 => {
            let at = plan.below(ciphertext.len() + 1);
            if let Some(byte) = ciphertext.get_mut(at) {
                *byte ^= plan.byte();
            }
        }
        2 => ciphertext.truncate(plan.below(ciphertext.len() + 1)),
        3 => ciphertext.extend_from_slice(&plan.array::<20>()[..usize::from(step / 8 % 20)]),
        4 if whole > 0 => drop(ciphertext.drain(chunk(plan.below(whole)))),
        5 if whole > 0 => {
            let doubled = ciphertext[chunk(plan.below(whole))].to_vec();
            let at = chunk(plan.below(whole)).start;
            ciphertext.splice(at..at, doubled);
        }
        6 if whole > 1 => {
            let (one, other) = (chunk(plan.below(whole)), chunk(plan.below(whole)));
            let (first, second) = (ciphertext[one.clone()].to_vec(), ciphertext[other.clone()].to_vec());
            ciphertext[one].copy_from_slice(&second);
            ciphertext[other].copy_from_slice(&first);
        }
        7 => {
            // The same key, another salt.
            let other = &stream(plan).ciphertext;
            let at = plan.below(ciphertext.len() + 1);
            ciphertext.truncate(at);
            ciphertext.extend_from_slice(other.get(at..).unwrap_or_default());
        }
        _ => {}
    }
}

/// Opens in pieces of at most `most` bytes, each as long as the plan says.
fn open(
    ciphertext: &[u8],
    signed: Option<ContentHeader>,
    most: usize,
    plan: &mut Input<'_>,
) -> (Vec<u8>, Result<(), OpenContentError>) {
    let mut opened = Vec::new();
    let outcome = block_on(async {
        let mut opener = ContentOpener::begin(dek(), CONTEXT.to_vec(), signed);
        let mut rest = ciphertext;
        while !rest.is_empty() {
            // Where the plan has ended, pieces are as long as may be.
            let length = if plan.is_empty() { most } else { plan.below(most + 1) };
            let (piece, after) = rest.split_at(length.min(rest.len()));
            opener.push(&Software, Bytes::copy_from_slice(piece), &mut opened).await?;
            rest = after;
        }
        opener.finish(&Software, &mut opened).await
    });
    (opened.concat(), outcome)
}

/// A relay serves a stream, some of it changed and of a length it says: a range that opens is that range of what was
/// sealed, and with nothing changed every range opens.
pub fn content_range(bytes: &[u8]) {
    let mut plan = Input::new(bytes);
    let stream = stream(&mut plan);
    let mut served = stream.ciphertext.clone();
    for _ in 0..plan.byte() % 3 {
        change(&mut plan, &mut served);
    }
    let said = if plan.byte() % 4 == 3 { plan.number() } else { served.len() as u64 };
    let header = header(&stream.ciphertext).expect("a ciphertext begins with a header");
    let slice = |range: &Range<u64>| {
        let end = range.end.min(served.len() as u64);
        let there = &served[range.start.min(end) as usize..end as usize];
        // A relay that lies about the length makes up the bytes, up to a chunk.
        let mut sealed = there.to_vec();
        sealed.resize(((range.end - range.start) as usize).min(4 * SEALED_CHUNK_BYTES).max(there.len()), 0);
        Bytes::from(sealed)
    };
    let reader = block_on(async {
        let reader = UnprovenReader::begin(&Software, &dek(), CONTEXT, &header, said).await?;
        let last = slice(&reader.final_chunk());
        reader.prove(&Software, last).await
    });
    let honest = served == stream.ciphertext && said == served.len() as u64;
    let Ok(reader) = reader else {
        assert!(!honest, "an honest relay is not believed");
        return;
    };
    assert_eq!(
        (said, reader.plaintext_bytes()),
        (stream.ciphertext.len() as u64, stream.plaintext.len() as u64)
    );
    assert_eq!(plaintext_bytes(said), Some(reader.plaintext_bytes()));
    assert_eq!(ciphertext_bytes(reader.plaintext_bytes()), Some(said));
    let length = stream.plaintext.len() as u64;
    let (start, end) = (plan.number() % (length + 2), plan.number() % (length + 20));
    let range = start..end;
    let fetched = reader.ciphertext_range(range.clone());
    let opened = block_on(reader.open_range(&Software, range, slice(&fetched)));
    let expected =
        &stream.plaintext[(start.min(length)) as usize..(end.min(length).max(start.min(length))) as usize];
    match opened {
        Ok(opened) => assert!(opened == expected, "another range was given"),
        Err(error) => assert!(!honest, "{start}..{end} of {length} does not open: {error}"),
    }
}
