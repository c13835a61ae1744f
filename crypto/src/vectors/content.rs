//! Content: opened in several splits, sealed again, read in ranges.

use core::ops::Range;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::input::{Failure, Inputs, hex};
use crate::content::{
    ContentHeader, ContentOpener, ContentSealer, HEADER_BYTES, OpenContentError, UnprovenReader,
};
use crate::engine::Engine;
use crate::secret::Dek;

/// Lengths of the pieces a stream is fed in; a byte at a time last.
const PIECES: [usize; 4] = [usize::MAX, 16_384, 1_000, 1];

pub(super) async fn content<E: Engine>(engine: &E, inputs: &Inputs<'_>) -> Result<Value, Failure> {
    let dek = Dek::take(&mut inputs.array("dek")?);
    let context = inputs.bytes("context")?;
    if !inputs.has("ciphertext") {
        let plaintext = pattern(inputs.number("plaintext_pattern")? as usize);
        let ciphertext = seal(engine, &dek, &context, inputs.array("salt")?, &plaintext, 1_000_003).await?;
        return Ok(json!({ "ciphertext_sha256": hex(&Sha256::digest(&ciphertext)) }));
    }
    let ciphertext = inputs.bytes("ciphertext")?;
    let mut opened = Vec::new();
    for piece in PIECES {
        opened.push(open(engine, &dek, &context, &ciphertext, piece).await);
    }
    let plaintext = same(opened)?.map_err(|error| Failure::of(error.code(), error))?;
    if plaintext != pattern(plaintext.len()) {
        return Err(Failure::Broken("another plaintext".into()));
    }
    reseal(engine, &dek, &context, &plaintext, &ciphertext).await?;
    read_ranges(engine, &dek, &context, &plaintext, &ciphertext).await?;
    Ok(json!({ "plaintext_pattern": plaintext.len() }))
}

/// What every split gave, if it was the same.
fn same<T: PartialEq>(mut outcomes: Vec<T>) -> Result<T, Failure> {
    let last = outcomes.pop().ok_or_else(|| Failure::Broken("nothing was tried".into()))?;
    if outcomes.iter().all(|outcome| *outcome == last) {
        Ok(last)
    } else {
        Err(Failure::Broken("the outcome depends on how the stream is split".into()))
    }
}

async fn open<E: Engine>(
    engine: &E,
    dek: &Dek,
    context: &[u8],
    ciphertext: &[u8],
    piece: usize,
) -> Result<Vec<u8>, OpenContentError> {
    let mut opener = ContentOpener::begin(dek.clone(), context.to_vec(), None);
    let mut opened = Vec::new();
    for piece in ciphertext.chunks(piece) {
        opener.push(engine, engine.buffer_from(piece), &mut opened).await?;
    }
    opener.finish(engine, &mut opened).await?;
    Ok(engine.buffer_to_vec(&engine.buffer_concat(&opened)))
}

async fn seal<E: Engine>(
    engine: &E,
    dek: &Dek,
    context: &[u8],
    salt: [u8; 24],
    plaintext: &[u8],
    piece: usize,
) -> Result<Vec<u8>, Failure> {
    let mut sealer = ContentSealer::begin_with_salt(engine, dek, context, salt).await?;
    let mut sealed = Vec::new();
    for piece in plaintext.chunks(piece) {
        sealer
            .push(engine, engine.buffer_from(piece), &mut sealed)
            .await
            .map_err(|error| Failure::of(None, error))?;
    }
    sealer.finish(engine, &mut sealed).await.map_err(|error| Failure::of(None, error))?;
    Ok(engine.buffer_to_vec(&engine.buffer_concat(&sealed)))
}

async fn reseal<E: Engine>(
    engine: &E,
    dek: &Dek,
    context: &[u8],
    plaintext: &[u8],
    ciphertext: &[u8],
) -> Result<(), Failure> {
    let header = header(ciphertext)?;
    for piece in PIECES {
        if seal(engine, dek, context, header.salt, plaintext, piece).await? != ciphertext {
            return Err(Failure::Broken("sealed again, the ciphertext is another".into()));
        }
    }
    Ok(())
}

async fn read_ranges<E: Engine>(
    engine: &E,
    dek: &Dek,
    context: &[u8],
    plaintext: &[u8],
    ciphertext: &[u8],
) -> Result<(), Failure> {
    let fail = |error: OpenContentError| Failure::Broken(error.to_string());
    let slice = |range: Range<u64>| engine.buffer_from(&ciphertext[range.start as usize..range.end as usize]);
    let reader = UnprovenReader::begin(engine, dek, context, &header(ciphertext)?, ciphertext.len() as u64)
        .await
        .map_err(fail)?;
    let last = slice(reader.final_chunk());
    let reader = reader.prove(engine, last).await.map_err(fail)?;
    let length = plaintext.len() as u64;
    for range in
        [0..length, 0..1, length / 2..length, 16_000..17_000, length..length + 5, 16_383..16_385, 3..3]
    {
        let sealed = slice(reader.ciphertext_range(range.clone()));
        let opened = reader.open_range(engine, range.clone(), sealed).await.map_err(fail)?;
        let end = range.end.min(length) as usize;
        let expected = &plaintext[(range.start as usize).min(end)..end];
        if engine.buffer_to_vec(&opened) != expected {
            return Err(Failure::Broken(format!("range {range:?} opens as something else")));
        }
    }
    Ok(())
}

fn header(ciphertext: &[u8]) -> Result<ContentHeader, Failure> {
    ciphertext
        .get(..HEADER_BYTES)
        .and_then(ContentHeader::from_bytes)
        .ok_or_else(|| Failure::Broken("no header".into()))
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 + (i >> 8)) as u8).collect()
}
