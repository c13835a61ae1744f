//! Passkeys, by an authenticator in software.

use std::cell::RefCell;

use keyferry_client::platform::{
    Authenticator, AuthenticatorError, Credential, NewCredential, Response, TransportError,
};
use keyferry_client::{Client, Credentials, LostPassphrase, NewKeys, Pin, Session, Watch};
use keyferry_crypto::Secret;
use keyferry_protocol::wire::account;
use keyferry_protocol::wire::bundle::{Bundle, Lock};
use keyferry_protocol::{Bytes, Code, UserId, route};

use crate::authenticator::{Answer, SoftwareAuthenticator};
use crate::passphrase::{NEW, elsewhere, operations};
use crate::people::{Acme, PASSPHRASE, Someone, content};
use crate::relay::Relay;
use crate::wire::Wired;

pub const APP: &str = "https://app.example";

/// A page with an authenticator. What its PRF gave is written down, and what it was told to forget.
pub struct Page {
    device: SoftwareAuthenticator,
    has_prf: bool,
    given: RefCell<Vec<[u8; 32]>>,
    forgotten: RefCell<Vec<Bytes>>,
}

impl Page {
    fn new() -> Self {
        let device = SoftwareAuthenticator::at(APP);
        Page { device, has_prf: true, given: RefCell::default(), forgotten: RefCell::default() }
    }

    fn answer(&self, answer: Answer) -> Result<Credential, AuthenticatorError> {
        if !self.has_prf {
            let message = "no PRF".into();
            return Err(AuthenticatorError { code: Code::PlatformUnsupported, message });
        }
        self.given.borrow_mut().push(answer.prf);
        let Answer { credential, client_data, authenticator_data, signature, user, prf } = answer;
        let prf = Secret::from_slice(&prf).unwrap();
        Ok(Credential { credential, client_data, authenticator_data, signature, user, prf })
    }
}

impl Authenticator for Page {
    fn rp_id(&self) -> String {
        self.device.rp_id.clone()
    }

    async fn create(&self, asked: NewCredential<'_>) -> Result<Credential, AuthenticatorError> {
        self.answer(self.device.create(asked.challenge, asked.user.as_bytes(), asked.salt))
    }

    async fn get(&self, challenge: &[u8], salt: &[u8; 32]) -> Result<Credential, AuthenticatorError> {
        self.answer(self.device.get(challenge, salt))
    }

    fn forget(&self, credential: &Bytes) {
        self.forgotten.borrow_mut().push(credential.clone());
    }
}

async fn with_passkey(relay: &Relay) -> (Someone, Page) {
    let ann = Someone::register(relay, "ann").await;
    let page = Page::new();
    ann.session.passkeys().add(&page, "Laptop", PASSPHRASE).await.unwrap();
    (ann, page)
}

async fn fails(client: &Client<Wired>, page: &Page) -> Code {
    client.login_with_passkey(page).await.map(|_| ()).unwrap_err().code
}

async fn locks(session: &Session<Wired>) -> usize {
    session.passkeys().list().await.unwrap().len()
}

#[tokio::test]
async fn a_passkey_opens_the_account_on_a_new_device_and_its_prf_stays_there() {
    let Acme { relay, owner: ann, organization, .. } = Acme::found().await;
    let file = ann.upload(organization.id, &content(70_000)).await;
    let page = Page::new();
    ann.session.passkeys().add(&page, "Laptop", PASSPHRASE).await.unwrap();
    ann.session
        .people()
        .pin_organization(organization.id, organization.fingerprint, Pin::Verified)
        .await
        .unwrap();
    let device = elsewhere(&relay);
    let session = device.login_with_passkey(&page).await.unwrap();
    assert_eq!(session.me(), ann.me());
    let pinned = session.organizations().get(organization.id).await.unwrap();
    assert_eq!(pinned.pin, Pin::Verified, "contacts come with the session");
    let sent = device.platform().wire().bodies();
    let again = Someone { email: ann.email.clone(), device: Default::default(), client: device, session };
    assert_eq!(again.read(&file).await.unwrap(), content(70_000));
    let listed = again.session.passkeys().list().await.unwrap();
    assert_eq!((listed[0].name.as_str(), listed[0].rp_id.as_str()), ("Laptop", "app.example"));
    assert!(listed[0].used_at_ms.is_some());
    let seen = operations(&again.session).await;
    assert!(seen.contains(&"passkey_added") && seen.contains(&"private_key_decrypted"), "{seen:?}");

    let sent = [ann.wire().bodies(), sent].concat();
    let holds = |needle: &[u8]| sent.windows(needle.len()).any(|window| window == needle);
    assert!(holds(listed[0].credential.to_string().as_bytes()), "what is sent is seen");
    assert_eq!(page.given.borrow().len(), 2);
    for prf in page.given.borrow().iter() {
        let lock_key = keyferry_crypto::passkey::lock_key(&Secret::from_slice(prf).unwrap());
        for secret in [prf.as_slice(), lock_key.expose()] {
            let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(!holds(secret) && !holds(hex.as_bytes()));
            assert!(!holds(&Bytes(secret.to_vec()).to_string().as_bytes()[..42]), "base64url");
        }
    }
}

#[tokio::test]
async fn without_a_prf_or_the_passphrase_nothing_is_stored() {
    let relay = Relay::start();
    let ann = Someone::register(&relay, "ann").await;
    let page = Page { has_prf: false, ..Page::new() };
    let passkeys = ann.session.passkeys();
    let refused = passkeys.add(&page, "Key", PASSPHRASE).await.unwrap_err();
    assert_eq!(refused.code, Code::PlatformUnsupported);
    let page = Page::new();
    let refused = passkeys.add(&page, "Key", "not the passphrase").await.unwrap_err();
    assert_eq!(refused.code, Code::LoginFailed);
    assert!(page.device.held.borrow().is_empty(), "the authenticator was not even asked");
    let refused = passkeys.add(&page, "", PASSPHRASE).await.unwrap_err();
    assert_eq!(refused.code, Code::ValueInvalid);
    assert_eq!(page.forgotten.borrow().len(), 1, "what the relay refused, the authenticator may forget");
    assert_eq!(locks(&ann.session).await, 0);
    assert!(!operations(&ann.session).await.contains(&"passkey_removed"));
}

#[tokio::test]
async fn a_passkey_outlives_a_change_of_passphrase_and_ends_with_its_removal() {
    let relay = Relay::start();
    let (ann, page) = with_passkey(&relay).await;
    ann.session.change_passphrase(PASSPHRASE, NEW).await.unwrap();
    let code = ann.session.create_recovery_code(NEW).await.unwrap();
    ann.session.test_recovery_code(&code).await.unwrap();
    let session = elsewhere(&relay).login_with_passkey(&page).await.unwrap();
    session.change_passphrase(NEW, PASSPHRASE).await.unwrap();
    let credential = session.passkeys().list().await.unwrap()[0].credential.clone();
    session.passkeys().remove(&credential).await.unwrap();
    assert_eq!(fails(&elsewhere(&relay), &page).await, Code::LoginFailed);
    let again = session.passkeys().remove(&credential).await.unwrap_err();
    assert_eq!(again.code, Code::NotFound);
    elsewhere(&relay).login(Credentials::new(&ann.email, PASSPHRASE)).await.unwrap();
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    let relay = Relay::start();
    let ann = Someone::register(&relay, "ann").await;
    let once = std::cell::Cell::new(true);
    ann.wire().turn(move |method, path, response| {
        let lose = method == "POST" && path == route::my_passkeys() && once.replace(false);
        if lose { Err(TransportError("lost".into())) } else { Ok(response) }
    });
    let page = Page::new();
    ann.session.passkeys().add(&page, "Laptop", PASSPHRASE).await.unwrap();
    assert_eq!(locks(&ann.session).await, 1);
    elsewhere(&relay).login_with_passkey(&page).await.unwrap();
}

#[tokio::test]
async fn keys_that_are_renewed_recovered_reported_or_erased_leave_no_passkey() {
    let relay = Relay::start();
    let (ann, page) = with_passkey(&relay).await;
    let passkeys = ann.session.passkeys();
    let keys = NewKeys { passphrase: PASSPHRASE, new_passphrase: None, identity: false };
    ann.session.rotate_keys(keys, &Watch::default()).await.unwrap();
    assert_eq!(fails(&elsewhere(&relay), &page).await, Code::LoginFailed, "rotation");
    assert_eq!(locks(&ann.session).await, 0);
    assert!(operations(&ann.session).await.contains(&"passkey_removed"));

    let page = Page::new();
    passkeys.add(&page, "Laptop", PASSPHRASE).await.unwrap();
    let code = ann.session.create_recovery_code(PASSPHRASE).await.unwrap();
    elsewhere(&relay).login_with_passkey(&page).await.unwrap();
    let lost = LostPassphrase { email: &ann.email, code: &code, passphrase: NEW };
    let code = elsewhere(&relay).recover(lost).await.unwrap();
    assert_eq!(fails(&elsewhere(&relay), &page).await, Code::LoginFailed, "recovery");
    let session = elsewhere(&relay).login(Credentials::new(&ann.email, NEW)).await.unwrap();
    let bundle: Bundle = served_bundle(&relay, &ann.email).await;
    assert!(!bundle.locks.iter().any(|lock| matches!(lock, Lock::Passkey { .. })));

    let page = Page::new();
    session.passkeys().add(&page, "Laptop", NEW).await.unwrap();
    session.test_recovery_code(&code).await.unwrap();
    session.report_compromise(NEW).await.unwrap();
    assert_eq!(fails(&elsewhere(&relay), &page).await, Code::LoginFailed, "compromise");
    let lost = LostPassphrase { email: &ann.email, code: &code, passphrase: PASSPHRASE };
    elsewhere(&relay).recover(lost).await.unwrap();
    assert_eq!(fails(&elsewhere(&relay), &page).await, Code::LoginFailed, "and it does not come back");

    let session = elsewhere(&relay).login(Credentials::new(&ann.email, PASSPHRASE)).await.unwrap();
    let page = Page::new();
    session.passkeys().add(&page, "Laptop", PASSPHRASE).await.unwrap();
    session.erase_account(PASSPHRASE).await.unwrap();
    assert_eq!(fails(&elsewhere(&relay), &page).await, Code::LoginFailed, "erasure");
}

/// The bundle that a login by `NEW` is served.
async fn served_bundle(relay: &Relay, email: &str) -> Bundle {
    let device = elsewhere(relay);
    let seen = std::rc::Rc::new(RefCell::new(None));
    let kept = seen.clone();
    device.platform().wire().turn(move |_, path, response| {
        if path == route::sessions() {
            let session: account::Session = serde_json::from_slice(&response.body).unwrap();
            *kept.borrow_mut() = Some(session.bundle);
        }
        Ok(response)
    });
    device.login(Credentials::new(email, NEW)).await.unwrap();
    seen.take().unwrap()
}

/// What a relay does to the session that it serves for a passkey.
fn lie(client: &Client<Wired>, lie: impl Fn(&mut account::Session) + 'static) {
    client.platform().wire().turn(move |_, path, response| {
        if path != route::passkey_sessions() {
            return Ok(response);
        }
        let mut session: account::Session = serde_json::from_slice(&response.body).unwrap();
        lie(&mut session);
        Ok(Response { body: serde_json::to_vec(&session).unwrap(), ..response })
    });
}

#[tokio::test]
async fn a_relay_that_lies_to_a_passkey_is_noticed_as_by_a_passphrase() {
    let relay = Relay::start();
    let (ann, page) = with_passkey(&relay).await;
    let before = ann.device.snapshot();
    let asks = async |cheat: fn(&mut account::Session)| {
        lie(&ann.client, cheat);
        ann.wire().asked();
        let code = fails(&ann.client, &page).await;
        let after =
            [format!("GET {}", route::PASSKEY_CHALLENGE), format!("POST {}", route::PASSKEY_SESSIONS)];
        assert_eq!(ann.wire().asked(), after, "nothing is sent after it was noticed");
        code
    };
    assert_eq!(asks(|served| served.user = UserId::from_random([9; 16])).await, Code::KeyChanged);
    let mauled = |served: &mut account::Session| {
        for lock in &mut served.bundle.locks {
            if let Lock::Passkey { ciphertext, .. } = lock {
                ciphertext.0[3] ^= 1;
            }
        }
    };
    assert_eq!(asks(mauled).await, Code::UnlockFailed);
    let none = |served: &mut account::Session| {
        served.bundle.locks.retain(|lock| !matches!(lock, Lock::Passkey { .. }));
    };
    assert_eq!(asks(none).await, Code::UnlockFailed);
    let later = |served: &mut account::Session| served.bundle.version += 1;
    assert_eq!(asks(later).await, Code::UnlockFailed, "a lock is bound to its bundle's version");
    assert_eq!(asks(|served| served.bundle.keys.clear()).await, Code::StateMissing);
    let others = |served: &mut account::Session| served.bundle.keys[1].public_key = Bytes(vec![9; 32]);
    assert_eq!(asks(others).await, Code::UnlockFailed);
    let older = |served: &mut account::Session| served.account.chain = keyferry_protocol::ChainHead::EMPTY;
    assert_eq!(asks(older).await, Code::Rollback);
    assert_eq!(ann.device.snapshot(), before, "the device's memory is what it was");
    ann.wire().straight();
    ann.client.login_with_passkey(&page).await.unwrap();
}

#[tokio::test]
async fn a_device_remembers_the_passphrases_parameters_through_a_passkey_login() {
    let relay = Relay::start();
    let (ann, page) = with_passkey(&relay).await;
    let known = |snapshot: std::collections::BTreeMap<String, String>| {
        snapshot.into_iter().find(|(key, _)| key.starts_with("login")).unwrap()
    };
    let before = known(ann.device.snapshot());
    ann.client.login_with_passkey(&page).await.unwrap();
    assert_eq!(known(ann.device.snapshot()), before);
    ann.wire().turn(|_, path, response| {
        if path != route::login_parameters() {
            return Ok(response);
        }
        let mut served: account::LoginParameters = serde_json::from_slice(&response.body).unwrap();
        served.kdf.salt.0[0] ^= 1;
        Ok(Response { body: serde_json::to_vec(&served).unwrap(), ..response })
    });
    let code = ann.client.login(Credentials::new(&ann.email, PASSPHRASE)).await.map(|_| ()).unwrap_err().code;
    assert_eq!(code, Code::KdfChanged);
}
