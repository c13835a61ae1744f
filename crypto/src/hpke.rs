//! HPKE (RFC 9180), base mode, single shot: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, empty AAD.
//!
//! Written once over the engine's X25519 and AES-GCM, since no crate leaves those two to the platform. Held to the
//! RFC's own vectors and, in both directions, to the `hpke` crate.

use std::sync::OnceLock;

use hkdf::Hkdf;
use hkdf::hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::engine::{Engine, EngineError};
use crate::{Secret, record};

/// Bytes of an encapsulated key: an X25519 public key.
const ENC_BYTES: usize = 32;
/// "KEM" and kem_id 0x0020 (§4.1).
const KEM_SUITE: &[u8] = b"KEM\x00\x20";
/// "HPKE", kem_id 0x0020, kdf_id 0x0001, aead_id 0x0002 (§5.1).
const HPKE_SUITE: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x02";
/// mode_base (§5, table 1).
const MODE_BASE: u8 = 0;
/// `LabeledExtract("", "psk_id_hash", "")` of this suite, which is the same for every message in base mode (§5.1).
const PSK_ID_HASH: [u8; 32] = [
    0x4c, 0xe5, 0x47, 0x2e, 0xcd, 0xd5, 0x09, 0x3b, 0xa0, 0xae, 0xcb, 0x8f, 0x87, 0x1f, 0xf1, 0x3f, 0x1f,
    0xbc, 0x90, 0xee, 0x76, 0xf0, 0xe1, 0x8a, 0xce, 0x1a, 0x1b, 0x7e, 0x56, 0x5b, 0xaf, 0xa3,
];

/// HMAC under no salt.
static UNSALTED: OnceLock<Hmac<Sha256>> = OnceLock::new();

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
    let (key, nonce) = message_key(&agree(engine, ephemeral, recipient, enc, recipient).await?, info);
    let ciphertext = record::seal(&key, &nonce, b"", plaintext)?;
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
    let (key, nonce) = message_key(&agree(engine, key, enc, enc, public_key).await?, info);
    record::open(&key, &nonce, b"", ciphertext)
}

/// `Encap` and `Decap` (§4.1), which differ in whose key meets whose: the KEM's shared secret.
pub(crate) async fn agree<E: Engine>(
    engine: &E,
    private_key: &E::DecryptionKey,
    public_key: &[u8; 32],
    enc: &[u8; 32],
    recipient: &[u8; 32],
) -> Result<Secret<32>, EngineError> {
    Ok(shared_secret(&dh(engine, private_key, public_key).await?, enc, recipient))
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
pub(crate) fn message_key(shared_secret: &Secret<32>, info: &[u8]) -> (Secret<32>, [u8; 12]) {
    let mut context = vec![MODE_BASE];
    context.extend(PSK_ID_HASH);
    context.extend(*labeled_extract(HPKE_SUITE, b"", b"info_hash", info));
    // The shared secret goes only into an HMAC state, which wipes itself when dropped.
    let schedule = Labeled::extract(HPKE_SUITE, shared_secret.expose(), b"secret", b"");
    let mut key = Secret::zeroed();
    let mut nonce = [0; 12];
    schedule.expand(b"key", &context, key.expose_mut());
    schedule.expand(b"base_nonce", &context, &mut nonce);
    (key, nonce)
}

/// `LabeledExtract` (§4). HKDF's extraction is HMAC under the salt (RFC 5869 §2.2); not every key it gives is expanded.
fn labeled_extract(suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> Zeroizing<[u8; 32]> {
    let keyed = |salt| Hmac::<Sha256>::new_from_slice(salt).expect("HMAC takes keys of any length");
    // Without a salt it is the same state for every message, and no secret: it need not be hashed again.
    let mut mac = if salt.is_empty() { UNSALTED.get_or_init(|| keyed(b"")).clone() } else { keyed(salt) };
    [b"HPKE-v1", suite, label, ikm].into_iter().for_each(|part| mac.update(part));
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// An extracted key that is expanded (`LabeledExpand`, §4).
struct Labeled {
    suite: &'static [u8],
    expanding: Hkdf<Sha256>,
}

impl Labeled {
    fn extract(suite: &'static [u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> Self {
        let key = labeled_extract(suite, salt, label, ikm);
        let expanding = Hkdf::from_prk(key.as_slice()).expect("the key is as long as a SHA-256");
        Self { suite, expanding }
    }

    fn expand(&self, label: &[u8], info: &[u8], out: &mut [u8]) {
        let length = u16::try_from(out.len()).expect("HPKE outputs here are at most 32 bytes").to_be_bytes();
        self.expanding
            .expand_multi_info(&[&length, b"HPKE-v1", self.suite, label, info], out)
            .expect("32 bytes are within HKDF's limit of 255 blocks");
    }
}

#[cfg(test)]
#[cfg(feature = "software")]
mod tests {
    use super::*;
    use crate::Software;
    use crate::engine::PrivateKeySeal;
    use hpke::aead::AesGcm256;
    use hpke::kdf::HkdfSha256;
    use hpke::kem::X25519HkdfSha256;
    use hpke::{Deserializable as _, Kem, OpModeR, OpModeS, Serializable as _};
    use pollster::block_on;

    type Oracle = X25519HkdfSha256;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        core::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
    }

    /// RFC 9180 A.1.1: the KEM is the same for every AEAD.
    #[test]
    fn the_shared_secret_is_that_of_the_rfc() {
        let enc = bytes("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431");
        let recipient = bytes("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
        let ephemeral = bytes("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736");
        let dh = x25519_dalek::x25519(ephemeral, recipient);
        let shared = shared_secret(&Secret::from_slice(&dh).unwrap(), &enc, &recipient);
        let expected: [u8; 32] = bytes("fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc");
        assert_eq!(shared.expose(), &expected);
    }

    #[test]
    fn what_is_the_same_for_every_message_is_what_the_rfc_computes() {
        assert_eq!(*labeled_extract(HPKE_SUITE, b"", b"psk_id_hash", b""), PSK_ID_HASH);
    }

    #[test]
    fn the_hpke_crate_opens_what_we_seal() {
        let (private, public) = Oracle::gen_keypair();
        let recipient: [u8; 32] = public.to_bytes().into();
        let sealed = block_on(seal(&Software, &recipient, b"info", b"a key")).unwrap();
        let enc = <Oracle as Kem>::EncappedKey::from_bytes(&sealed[..32]).unwrap();
        let opened = hpke::single_shot_open::<AesGcm256, HkdfSha256, Oracle>(
            &OpModeR::Base,
            &private,
            &enc,
            b"info",
            &sealed[32..],
            b"",
        );
        assert_eq!(opened.unwrap(), b"a key");
    }

    #[test]
    fn we_open_what_the_hpke_crate_seals() {
        let key = Secret::zeroed();
        let seal = PrivateKeySeal { key: &key, nonce: [0; 12], aad: &|_| Vec::new() };
        let pair =
            block_on(Software.generate_decryption_key(keyferry_protocol::Suite::X25519Hpke, &seal)).unwrap();
        let public = <Oracle as Kem>::PublicKey::from_bytes(&pair.public_key).unwrap();
        let (enc, ciphertext) = hpke::single_shot_seal::<AesGcm256, HkdfSha256, Oracle>(
            &OpModeS::Base,
            &public,
            b"info",
            b"a key",
            b"",
        )
        .unwrap();
        let sealed = [enc.to_bytes().as_slice(), &ciphertext].concat();
        let recipient: [u8; 32] = pair.public_key.try_into().unwrap();
        let opened = block_on(open(&Software, &pair.handle, &recipient, b"info", &sealed)).unwrap();
        assert_eq!(opened.as_slice(), b"a key");
        assert!(block_on(open(&Software, &pair.handle, &recipient, b"other", &sealed)).is_err());
    }
}
