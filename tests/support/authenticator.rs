//! An authenticator in software, with a page before it: WebAuthn Level 3 §6, its PRF by HMAC. For tests of the relay and of
//! the flows.

#![allow(dead_code, reason = "each of them uses a part")]

use std::cell::RefCell;

use ed25519_dalek::Signer as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use keyferry_protocol::{Bytes, Digest};
use sha2::Sha256;

pub const USER_PRESENT: u8 = 1;
pub const USER_VERIFIED: u8 = 1 << 2;
pub const BACKUP_ELIGIBLE: u8 = 1 << 3;
pub const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;

/// An authenticator, and the page that asks it.
pub struct SoftwareAuthenticator {
    pub origin: String,
    pub rp_id: String,
    pub flags: u8,
    pub held: RefCell<Vec<Held>>,
}

/// A credential it holds.
#[derive(Clone)]
pub struct Held {
    pub id: Vec<u8>,
    pub user: Vec<u8>,
    pub count: u32,
    key: Key,
    prf: [u8; 32],
}

#[derive(Clone)]
enum Key {
    Es256(p256::ecdsa::SigningKey),
    EdDsa(ed25519_dalek::SigningKey),
}

/// What it answers.
#[derive(Clone)]
pub struct Answer {
    pub credential: Bytes,
    pub client_data: Bytes,
    pub authenticator_data: Bytes,
    pub signature: Bytes,
    pub user: Bytes,
    pub prf: [u8; 32],
}

impl SoftwareAuthenticator {
    /// One before a page of `origin`.
    pub fn at(origin: &str) -> Self {
        let host = origin.split_once("://").unwrap().1.split(':').next().unwrap();
        SoftwareAuthenticator {
            origin: origin.to_owned(),
            rp_id: host.to_owned(),
            flags: USER_PRESENT | USER_VERIFIED,
            held: RefCell::default(),
        }
    }

    /// Makes a credential of ES256.
    pub fn create(&self, challenge: &[u8], user: &[u8], salt: &[u8]) -> Answer {
        let secret = p256::ecdsa::SigningKey::from_slice(&random::<32>()).unwrap();
        let point = secret.verifying_key().to_sec1_point(false);
        let (x, y) = point.as_bytes()[1..].split_at(32);
        let head = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        let cose = [head.as_slice(), x, &[0x22, 0x58, 0x20], y].concat();
        self.make(challenge, user, salt, Key::Es256(secret), &cose)
    }

    /// Makes a credential of EdDSA.
    pub fn create_eddsa(&self, challenge: &[u8], user: &[u8], salt: &[u8]) -> Answer {
        let secret = ed25519_dalek::SigningKey::from_bytes(&random());
        let head = [0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20];
        let cose = [head.as_slice(), secret.verifying_key().as_bytes()].concat();
        self.make(challenge, user, salt, Key::EdDsa(secret), &cose)
    }

    fn make(&self, challenge: &[u8], user: &[u8], salt: &[u8], key: Key, cose: &[u8]) -> Answer {
        let id = random::<32>().to_vec();
        let held = Held { id: id.clone(), user: user.to_vec(), count: 0, key, prf: random() };
        let length = u16::try_from(id.len()).unwrap().to_be_bytes();
        let attested = [[0; 16].as_slice(), &length, &id, cose].concat();
        let answer = Answer {
            credential: Bytes(id),
            client_data: self.client_data("webauthn.create", challenge),
            authenticator_data: self.authenticator_data(ATTESTED, 0, &attested),
            signature: Bytes::default(),
            user: Bytes::default(),
            prf: held.evaluate(salt),
        };
        self.held.borrow_mut().push(held);
        answer
    }

    /// Signs with the credential made last.
    pub fn get(&self, challenge: &[u8], salt: &[u8]) -> Answer {
        let mut all = self.held.borrow_mut();
        let held = all.last_mut().unwrap();
        held.count += 1;
        let client_data = self.client_data("webauthn.get", challenge);
        let authenticator_data = self.authenticator_data(0, held.count, &[]);
        let signature = held.sign(&authenticator_data, &client_data);
        let (credential, user) = (Bytes(held.id.clone()), Bytes(held.user.clone()));
        Answer { credential, client_data, authenticator_data, signature, user, prf: held.evaluate(salt) }
    }

    fn client_data(&self, kind: &str, challenge: &[u8]) -> Bytes {
        let challenge = Bytes(challenge.to_vec());
        let said = serde_json::json!({
            "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false, "later": {"any": 1}
        });
        Bytes(said.to_string().into_bytes())
    }

    fn authenticator_data(&self, flags: u8, count: u32, attested: &[u8]) -> Bytes {
        let hash = Digest::of(self.rp_id.as_bytes()).0;
        Bytes([hash.as_slice(), &[self.flags | flags], &count.to_be_bytes(), attested].concat())
    }
}

impl Held {
    /// Signs an assertion, however it came about.
    pub fn sign(&self, authenticator_data: &Bytes, client_data: &Bytes) -> Bytes {
        let signed = [authenticator_data.as_ref(), &Digest::of(&client_data.0).0].concat();
        Bytes(match &self.key {
            Key::Es256(key) => {
                let signature: p256::ecdsa::Signature = p256::ecdsa::signature::Signer::sign(key, &signed);
                signature.to_der().as_bytes().to_vec()
            }
            Key::EdDsa(key) => key.sign(&signed).to_bytes().to_vec(),
        })
    }

    fn evaluate(&self, salt: &[u8]) -> [u8; 32] {
        Hmac::<Sha256>::new_from_slice(&self.prf).unwrap().chain_update(salt).finalize().into_bytes().into()
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}
