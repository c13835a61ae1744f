//! A person with keys of their own, who signs statements.

use ed25519_dalek::{Signer as _, SigningKey};
use keyferry_protocol::statement::{Body, KeyCertificate};
use keyferry_protocol::wire::account::{Login, PublicIdentity, Registration, Session};
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KdfParameters, KeyField, Lock, SealedKey};
use keyferry_protocol::wire::sealed_box::SealedBox;
use keyferry_protocol::{
    Bytes, ChainHead, Digest, EncryptionKey, IdentityKey, OwnerId, Statement, Suite, UserId, route,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::relay::{Http, Reply};

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

pub fn noise(count: usize) -> Bytes {
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes).unwrap();
    Bytes(bytes)
}

pub fn now_ms() -> u64 {
    u64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()
}

/// A signing key and the chain it signs.
pub struct Signer {
    pub owner: OwnerId,
    pub key: IdentityKey,
    pub head: ChainHead,
    secret: SigningKey,
}

impl Signer {
    pub fn new(owner: OwnerId) -> Self {
        let secret = SigningKey::from_bytes(&random());
        let key = IdentityKey::parse(secret.verifying_key().as_bytes()).unwrap();
        Signer { owner, key, head: ChainHead::EMPTY, secret }
    }

    /// Signs the next statement, and takes it for accepted.
    pub fn sign<B: Body>(&mut self, body: B) -> Bytes {
        let bytes = self.sign_at(self.head, body);
        self.take(&bytes);
        bytes
    }

    /// Takes a statement that follows for accepted.
    pub fn take(&mut self, statement: &Bytes) {
        self.head = ChainHead { sequence: self.head.sequence + 1, hash: Digest::of(&statement.0) };
    }

    /// Signs a statement that follows `head`.
    pub fn sign_at<B: Body>(&self, head: ChainHead, body: B) -> Bytes {
        let statement = Statement::following(head, self.owner, now_ms(), body).unsigned();
        let signer = self.key.fingerprint(self.owner);
        let signature = self.secret.sign(&statement.signing_input(signer)).to_bytes();
        Bytes(statement.signed(signer, &signature))
    }
}

pub fn sealed_key(field: KeyField, public_key: &[u8]) -> SealedKey {
    SealedKey { field, public_key: Bytes(public_key.to_vec()), nonce: noise(12), ciphertext: noise(80) }
}

pub fn sealed_box(key: &EncryptionKey) -> SealedBox {
    SealedBox {
        suite: key.suite,
        recipient_key: key.id(),
        wrapped: noise(key.suite.wrapped_bytes()),
        nonce: noise(12),
        ciphertext: noise(60),
    }
}

pub struct Person {
    pub http: Http,
    pub user: UserId,
    pub email: String,
    pub signer: Signer,
    pub encryption: EncryptionKey,
    pub certificate: Bytes,
    pub login_key: Bytes,
    pub bearer: String,
}

impl Person {
    /// A person who has not registered yet.
    pub fn new(http: &Http, name: &str) -> Self {
        let user = UserId::from_random(random());
        let mut signer = Signer::new(user.into());
        let encryption = EncryptionKey { suite: Suite::X25519Hpke, public_key: noise(32) };
        let certificate = signer.sign(KeyCertificate {
            suite: encryption.suite,
            public_key: encryption.public_key.clone(),
            version: 1,
        });
        Person {
            http: http.clone(),
            user,
            email: format!("{name}@example.org"),
            signer,
            encryption,
            certificate,
            login_key: noise(32),
            bearer: String::new(),
        }
    }

    pub fn registration(&self) -> Registration {
        let kdf = KdfParameters { iterations: 600_000, salt: noise(16) };
        let lock = Lock::Passphrase { kdf: kdf.clone(), nonce: noise(12), ciphertext: noise(48) };
        Registration {
            user: self.user,
            email: self.email.clone(),
            kdf,
            login_key: self.login_key.clone(),
            identity_key: self.signer.key,
            key_certificate: self.certificate.clone(),
            bundle: Bundle {
                kind: BundleKind::Identity,
                suite: self.encryption.suite,
                version: 1,
                keys: vec![
                    sealed_key(KeyField::Signing, self.signer.key.as_bytes()),
                    sealed_key(KeyField::Encryption, &self.encryption.public_key.0),
                ],
                locks: vec![lock],
            },
            invitation: None,
        }
    }

    /// Registers and logs in.
    pub fn register(http: &Http, name: &str) -> Self {
        let mut person = Self::new(http, name);
        let reply = http.call("POST", route::ACCOUNTS, None, Some(&person.registration()));
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
        person.log_in();
        person
    }

    pub fn login(&self) -> Login {
        Login { email: self.email.clone(), login_key: self.login_key.clone() }
    }

    pub fn log_in(&mut self) {
        let session: Session = self.http.call("POST", route::SESSIONS, None, Some(&self.login())).json();
        assert_eq!(session.user, self.user);
        self.bearer = format!("Bearer {}", session.token);
    }

    pub fn identity(&self) -> PublicIdentity {
        PublicIdentity {
            user: self.user,
            email: self.email.clone(),
            identity_key: self.signer.key,
            key_certificate: self.certificate.clone(),
            successions: Vec::new(),
        }
    }

    pub fn get(&self, path: &str) -> Reply {
        self.http.get(path, Some(&self.bearer))
    }

    pub fn read<T: DeserializeOwned>(&self, path: &str) -> T {
        self.get(path).json()
    }

    pub fn post(&self, path: &str, body: &impl Serialize) -> Reply {
        self.http.call("POST", path, Some(&self.bearer), Some(body))
    }

    /// Posts what this person signed last; their chain is then where the relay says, or where it was before.
    pub fn submit(&mut self, before: ChainHead, path: &str, body: &impl Serialize) -> Reply {
        let reply = self.post(path, body);
        if reply.status == 201 {
            let accepted: keyferry_protocol::wire::account::Accepted = reply.json();
            assert_eq!(accepted.chain, self.signer.head, "the relay and the signer agree on the chain");
        } else {
            self.signer.head = before;
        }
        reply
    }
}
