//! HPKE (RFC 9180), base mode, single shot: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, empty AAD.
//!
//! Written once over the engine's X25519 and AES-GCM, since no crate leaves those two to the platform. Held to the
//! RFC's own vectors and, in both directions, to the `hpke` crate.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Secret;
use crate::engine::{Engine, EngineError};

/// Bytes of an encapsulated key: an X25519 public key.
const ENC_BYTES: usize = 32;
/// "KEM" and kem_id 0x0020 (§4.1).
const KEM_SUITE: &[u8] = b"KEM\x00\x20";
/// "HPKE", kem_id 0x0020, kdf_id 0x0001, aead_id 0x0002 (§5.1).
const HPKE_SUITE: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x02";
/// mode_base (§5, table 1).
const MODE_BASE: u8 = 0;

/// `SealBase` (§6.1) to `recipient`, with a fresh ephemeral key: `enc || ciphertext`.
pub(crate) async fn seal<E: Engine>(
    engine: &E,
    recipient: &[u8; 32],
    info: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, EngineError> {
    let (ephemeral, enc) = engine.generate_ephemeral_x25519().await?;
    seal_from(engine, &ephemeral, &enc, recipient, info, plaintext).await
}

async fn seal_from<E: Engine>(
    engine: &E,
    ephemeral: &E::DecryptionKey,
    enc: &[u8; 32],
    recipient: &[u8; 32],
    info: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, EngineError> {
    let (key, nonce) =
        message_key(&shared_secret(&dh(engine, ephemeral, recipient).await?, enc, recipient), info);
    let ciphertext = engine.aes_gcm_seal(&key, &nonce, b"", plaintext).await?;
    Ok([enc.as_slice(), &ciphertext].concat())
}

/// `OpenBase` (§6.1). `public_key` belongs to `key`; a wrong one fails like any wrong ciphertext.
pub(crate) async fn open<E: Engine>(
    engine: &E,
    key: &E::DecryptionKey,
    public_key: &[u8; 32],
    info: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, EngineError> {
    let (enc, ciphertext) = sealed.split_first_chunk::<ENC_BYTES>().ok_or(EngineError::Refused)?;
    let (key, nonce) = message_key(&shared_secret(&dh(engine, key, enc).await?, enc, public_key), info);
    engine.aes_gcm_open(&key, &nonce, b"", ciphertext).await
}

/// X25519, all-zero outputs refused whatever the platform does (§7.1.4).
async fn dh<E: Engine>(
    engine: &E,
    private_key: &E::DecryptionKey,
    public_key: &[u8; 32],
) -> Result<Secret<32>, EngineError> {
    let shared = engine.x25519(private_key, public_key).await?;
    if shared.matches(&Secret::zeroed()) { Err(EngineError::Refused) } else { Ok(shared) }
}

/// `ExtractAndExpand` (§4.1): the KEM's shared secret.
fn shared_secret(dh: &Secret<32>, enc: &[u8; 32], recipient: &[u8; 32]) -> Secret<32> {
    let mut shared_secret = Secret::zeroed();
    // The Diffie-Hellman output goes only into an HMAC state, which wipes itself when dropped.
    Labeled::extract(KEM_SUITE, b"", b"eae_prk", dh.expose()).expand(
        b"shared_secret",
        &[enc.as_slice(), recipient].concat(),
        shared_secret.expose_mut(),
    );
    shared_secret
}

/// `KeySchedule` (§5.1): key and nonce of the first and only message.
fn message_key(shared_secret: &Secret<32>, info: &[u8]) -> (Secret<32>, [u8; 12]) {
    let mut context = vec![MODE_BASE];
    context.extend(*Labeled::extract(HPKE_SUITE, b"", b"psk_id_hash", b"").prk);
    context.extend(*Labeled::extract(HPKE_SUITE, b"", b"info_hash", info).prk);
    // The shared secret goes only into an HMAC state, which wipes itself when dropped.
    let schedule = Labeled::extract(HPKE_SUITE, shared_secret.expose(), b"secret", b"");
    let mut key = Secret::zeroed();
    let mut nonce = [0; 12];
    schedule.expand(b"key", &context, key.expose_mut());
    schedule.expand(b"base_nonce", &context, &mut nonce);
    (key, nonce)
}

/// `LabeledExtract` and `LabeledExpand` (§4).
struct Labeled {
    suite: &'static [u8],
    prk: Zeroizing<[u8; 32]>,
}

impl Labeled {
    fn extract(suite: &'static [u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> Self {
        let labeled_ikm = Zeroizing::new([b"HPKE-v1".as_slice(), suite, label, ikm].concat());
        Self { suite, prk: Zeroizing::new(Hkdf::<Sha256>::extract(Some(salt), &labeled_ikm).0.into()) }
    }

    fn expand(&self, label: &[u8], info: &[u8], out: &mut [u8]) {
        let length = u16::try_from(out.len()).expect("HPKE outputs here are at most 32 bytes").to_be_bytes();
        Hkdf::<Sha256>::from_prk(self.prk.as_slice())
            .expect("a 32-byte pseudorandom key is as long as the hash")
            .expand_multi_info(&[&length, b"HPKE-v1", self.suite, label, info], out)
            .expect("32 bytes are within HKDF's limit of 255 blocks");
    }
}
