//! What is sealed and signed here, once, with the keys of `tests/vectors`: what opens must be this.

use std::sync::OnceLock;

use ed25519_dalek::{Signer as _, SigningKey};
use keyferry_crypto::engine::SealedPrivateKey;
use keyferry_crypto::key::DecryptionKey;
use keyferry_crypto::{Engine as _, Secret, Software};
use keyferry_protocol::{EncryptionKey, FileId, IdentityKey, OrganizationId, RequestId, Suite, UserId};
use pollster::block_on;
use serde_json::Value;

/// A vector's inputs.
pub(crate) struct Vector(pub Value);

impl Vector {
    pub fn text(&self, name: &str) -> &str {
        self.0["inputs"][name].as_str().unwrap_or_default()
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        hex(self.text(name))
    }

    pub fn array<const N: usize>(&self, name: &str) -> [u8; N] {
        self.bytes(name).try_into().expect("a vector's field has its length")
    }

    pub fn number(&self, name: &str) -> u64 {
        self.0["inputs"][name].as_u64().unwrap_or_default()
    }

    pub fn user(&self) -> UserId {
        UserId::from_random(self.array("user"))
    }

    pub fn organization(&self) -> OrganizationId {
        OrganizationId::from_random(self.array("organization"))
    }

    pub fn file(&self) -> FileId {
        FileId::from_random(self.array("file"))
    }

    pub fn request(&self) -> RequestId {
        RequestId::from_random(self.array("request"))
    }

    /// The private key that a vector seals, open.
    pub fn decryption_key(&self) -> DecryptionKey<Software> {
        let suite = Suite::parse(self.text("suite")).expect("a vector's suite is one of ours");
        let sealed = SealedPrivateKey {
            nonce: self.array("seal_nonce"),
            ciphertext: self.bytes("sealed_private_key"),
        };
        let key = Secret::take(&mut self.array("seal_key"));
        let aad = self.bytes("seal_aad");
        let handle = block_on(Software.open_decryption_key(suite, &key, &aad, &sealed));
        DecryptionKey {
            public: EncryptionKey { suite, public_key: self.bytes("public_key").into() },
            handle: handle.expect("a vector's key opens"),
        }
    }
}

/// The vectors of one file of `tests/vectors`.
pub(crate) fn vectors(json: &str) -> Vec<Vector> {
    let list: Vec<Value> = serde_json::from_str(json).expect("the shared vectors are JSON");
    list.into_iter().map(Vector).collect()
}

/// The vector of one file that has this name.
pub(crate) fn vector(json: &str, name: &str) -> Vector {
    vectors(json)
        .into_iter()
        .find(|vector| vector.0["name"] == name)
        .expect("the shared vectors have this one")
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default() as u8;
    text.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// A signer whose key everybody knows.
pub(crate) struct Signer {
    secret: SigningKey,
    pub key: IdentityKey,
}

impl Signer {
    pub fn new(seed: u8) -> Self {
        let secret = SigningKey::from_bytes(&[seed; 32]);
        let key = IdentityKey::parse(secret.verifying_key().as_bytes()).expect("a generated key is a point");
        Signer { secret, key }
    }

    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }
}

/// The signers 0 to 7.
pub(crate) fn signer(number: usize) -> &'static Signer {
    static SIGNERS: OnceLock<Vec<Signer>> = OnceLock::new();
    &SIGNERS.get_or_init(|| (1..=8).map(Signer::new).collect())[number % 8]
}
