//! Passkeys: what the relay takes as one, and what it takes for a login.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::wire::access::AuditPage;
use keyferry_protocol::wire::account::Session;
use keyferry_protocol::wire::bundle::{Bundle, Lock};
use keyferry_protocol::wire::passkey::{NewPasskey, Passkey, PasskeyChallenge, PasskeyLogin};
use keyferry_protocol::{Bytes, Code, UserId, route};

use crate::authenticator::{
    Answer, BACKED_UP, BACKUP_ELIGIBLE, SoftwareAuthenticator, USER_PRESENT, USER_VERIFIED,
};
use crate::person::{Person, noise, random};
use crate::relay::{Http, Relay, Reply};

const APP: &str = "https://app.example";
const SALT: &[u8] = b"salt";

fn relay() -> Relay {
    Relay::with(|options| options.allow_origin = vec![APP.into(), "https://other.example".into()])
}

pub fn challenge(http: &Http) -> Vec<u8> {
    let given: PasskeyChallenge = http.get(route::PASSKEY_CHALLENGE, None).json();
    given.challenge.0
}

pub fn registration(person: &Person, rp_id: &str, made: Answer) -> NewPasskey {
    NewPasskey {
        current_login_key: person.login_key.clone(),
        name: "Laptop".into(),
        bundle_version: 1,
        lock: Lock::Passkey {
            rp_id: rp_id.into(),
            credential: made.credential,
            nonce: noise(12),
            ciphertext: noise(48),
        },
        client_data: made.client_data,
        authenticator_data: made.authenticator_data,
    }
}

/// Adds a passkey of `authenticator`.
pub fn add(person: &Person, authenticator: &SoftwareAuthenticator) -> NewPasskey {
    let made = authenticator.create(&challenge(&person.http), person.user.as_bytes(), SALT);
    let new = registration(person, &authenticator.rp_id, made);
    let reply = person.post(route::MY_PASSKEYS, &new);
    assert_eq!(reply.status, 204, "{}", String::from_utf8_lossy(&reply.body));
    new
}

fn login(answer: Answer) -> PasskeyLogin {
    let user = UserId::from_random(answer.user.0.try_into().unwrap());
    PasskeyLogin {
        credential: answer.credential,
        user,
        client_data: answer.client_data,
        authenticator_data: answer.authenticator_data,
        signature: answer.signature,
    }
}

pub fn log_in(http: &Http, authenticator: &SoftwareAuthenticator) -> Reply {
    let body = login(authenticator.get(&challenge(http), SALT));
    http.call("POST", route::PASSKEY_SESSIONS, None, Some(&body))
}

fn refused(http: &Http, body: &PasskeyLogin) -> Code {
    http.call("POST", route::PASSKEY_SESSIONS, None, Some(body)).code()
}

fn why(person: &Person) -> Option<String> {
    let page: AuditPage = person.read(route::MY_AUDIT);
    let last = page.events.into_iter().find(|event| event.operation == Operation::LoginFailed).unwrap();
    assert!(!last.success);
    last.details
}

#[test]
fn a_passkey_logs_in_and_is_served_its_lock() {
    let relay = relay();
    let ada = Person::register(&relay, "ada");
    let authenticator = SoftwareAuthenticator::at(APP);
    let new = add(&ada, &authenticator);
    assert_eq!(ada.post(route::MY_PASSKEYS, &new).status, 204, "an answer that was lost is asked for again");
    let listed: Vec<Passkey> = ada.read(route::MY_PASSKEYS);
    assert_eq!((listed.len(), listed[0].name.as_str(), listed[0].used_at_ms), (1, "Laptop", None));

    let session: Session = log_in(&relay, &authenticator).json();
    assert_eq!((session.user, session.account.identity), (ada.user, ada.identity()));
    assert!(session.bundle.locks.contains(&new.lock));
    let listed: Vec<Passkey> = ada.read(route::MY_PASSKEYS);
    assert!(listed[0].used_at_ms.is_some());
    let page: AuditPage = ada.read(route::MY_AUDIT);
    assert!(page.events.iter().any(|event| event.operation == Operation::PasskeyAdded && event.success));
    let by = page.events.iter().find(|event| event.operation == Operation::Login).unwrap();
    assert_eq!(by.details.as_deref(), Some("by passkey"));
    // A second one, of the other algorithm, that counts on.
    let eddsa = SoftwareAuthenticator::at(APP);
    let made = eddsa.create_eddsa(&challenge(&relay), ada.user.as_bytes(), SALT);
    assert_eq!(ada.post(route::MY_PASSKEYS, &registration(&ada, "app.example", made)).status, 204);
    for authenticator in [&eddsa, &authenticator, &eddsa] {
        assert_eq!(log_in(&relay, authenticator).status, 201);
    }
}

#[test]
fn a_removed_passkey_has_no_lock_and_logs_in_no_more() {
    let relay = relay();
    let ada = Person::register(&relay, "ada");
    let authenticator = SoftwareAuthenticator::at(APP);
    let new = add(&ada, &authenticator);
    let Lock::Passkey { credential, .. } = &new.lock else { unreachable!() };
    let eve = Person::register(&relay, "eve");
    let path = route::my_passkey(credential);
    let remove = |bearer: &str| relay.call("DELETE", &path, Some(bearer), None::<&()>);
    assert_eq!(remove(&eve.bearer).code(), Code::NotFound, "it is ada's");
    assert_eq!(log_in(&relay, &authenticator).status, 201);
    assert_eq!(remove(&ada.bearer).status, 204);
    assert_eq!(remove(&ada.bearer).code(), Code::NotFound);
    assert_eq!(log_in(&relay, &authenticator).code(), Code::LoginFailed);
    let bundle: Bundle = ada.read(route::MY_BUNDLE);
    assert!(matches!(bundle.locks.as_slice(), [Lock::Passphrase { .. }]));
    assert!(ada.read::<Vec<Passkey>>(route::MY_PASSKEYS).is_empty());
    let page: AuditPage = ada.read(route::MY_AUDIT);
    assert!(page.events.iter().any(|event| event.operation == Operation::PasskeyRemoved));
}

#[test]
fn a_session_alone_adds_no_passkey() {
    let relay = relay();
    let ada = Person::register(&relay, "ada");
    let authenticator = SoftwareAuthenticator::at(APP);
    let made = authenticator.create(&challenge(&relay), ada.user.as_bytes(), SALT);
    let stolen = NewPasskey { current_login_key: noise(32), ..registration(&ada, "app.example", made) };
    assert_eq!(ada.post(route::MY_PASSKEYS, &stolen).code(), Code::LoginFailed);
    let page: AuditPage = ada.read(route::MY_AUDIT);
    let tried = page.events.iter().find(|event| event.operation == Operation::PasskeyAdded).unwrap();
    assert!(!tried.success);
    assert_eq!(ada.read::<Bundle>(route::MY_BUNDLE).locks.len(), 1);
}

#[test]
fn a_registration_that_does_not_fit_together_is_refused() {
    let relay = relay();
    let ada = Person::register(&relay, "ada");
    let page = |origin: &str| SoftwareAuthenticator::at(origin);
    let made_by = |authenticator: &SoftwareAuthenticator| {
        let made = authenticator.create(&challenge(&relay), ada.user.as_bytes(), SALT);
        registration(&ada, &authenticator.rp_id, made)
    };
    let send = |new: &NewPasskey| ada.post(route::MY_PASSKEYS, new).code();
    let of_lock = |rp: &str, id: Bytes| Lock::Passkey {
        rp_id: rp.into(),
        credential: id,
        nonce: noise(12),
        ciphertext: noise(48),
    };

    let known = made_by(&page(APP));
    assert_eq!(ada.post(route::MY_PASSKEYS, &known).status, 204);
    let Lock::Passkey { credential, .. } = &known.lock else { unreachable!() };
    let replayed = NewPasskey { lock: of_lock("app.example", credential.clone()), ..known.clone() };
    assert_eq!(send(&replayed), Code::ValueInvalid, "its challenge is used up");

    let never_given = page(APP).create(&random::<32>(), ada.user.as_bytes(), SALT);
    assert_eq!(send(&registration(&ada, "app.example", never_given)), Code::ValueInvalid, "challenge");
    assert_eq!(send(&made_by(&page("https://evil.example"))), Code::ValueInvalid, "origin");
    assert_eq!(send(&made_by(&page("http://app.example"))), Code::ValueInvalid, "scheme");
    let neighbour = SoftwareAuthenticator { rp_id: "app.example".into(), ..page("https://other.example") };
    assert_eq!(send(&made_by(&neighbour)), Code::ValueInvalid, "an origin whose host is not the RP id");
    let hash_of_another = SoftwareAuthenticator { rp_id: "other.example".into(), ..page(APP) };
    let mut new = made_by(&hash_of_another);
    new.lock = match new.lock {
        Lock::Passkey { credential, .. } => of_lock("app.example", credential),
        other => other,
    };
    assert_eq!(send(&new), Code::ValueInvalid, "rpIdHash");
    for flags in [USER_PRESENT, USER_VERIFIED, USER_PRESENT | USER_VERIFIED | BACKED_UP] {
        let authenticator = SoftwareAuthenticator { flags, ..page(APP) };
        assert_eq!(send(&made_by(&authenticator)), Code::ValueInvalid, "flags {flags:#b}");
    }
    let refused = |change: &dyn Fn(&mut NewPasskey)| {
        let mut new = made_by(&page(APP));
        change(&mut new);
        send(&new)
    };
    assert_eq!(refused(&|new| new.lock = of_lock("app.example", noise(32))), Code::ValueInvalid);
    assert_eq!(refused(&|new| new.name = String::new()), Code::ValueInvalid);
    assert_eq!(refused(&|new| new.name = "x".repeat(65)), Code::ValueInvalid);
    assert_eq!(refused(&|new| new.name = "two\nlines".into()), Code::ValueInvalid);
    assert_eq!(refused(&|new| new.bundle_version = 2), Code::ChainConflict);
    assert_eq!(refused(&|new| new.authenticator_data.0.push(0)), Code::ValueInvalid);
    assert_eq!(refused(&|new| new.authenticator_data.0.truncate(100)), Code::ValueInvalid);
    assert_eq!(refused(&|new| new.authenticator_data.0.truncate(37)), Code::ValueInvalid);
    // The key's algorithm, and a point that is not on the curve.
    assert_eq!(refused(&|new| new.authenticator_data.0[37 + 18 + 32 + 4] = 0x27), Code::ValueInvalid);
    assert_eq!(refused(&|new| new.authenticator_data.0[37 + 18 + 32 + 12] ^= 1), Code::ValueInvalid);
    assert_eq!(refused(&|new| new.client_data = Bytes(b"{}".to_vec())), Code::ValueInvalid);
    let recovery = Lock::Recovery { nonce: noise(12), ciphertext: noise(48) };
    assert_eq!(refused(&|new| new.lock = recovery.clone()), Code::ValueInvalid);
    let assertion = page(APP);
    assertion.create(&challenge(&relay), ada.user.as_bytes(), SALT);
    let signed = assertion.get(&challenge(&relay), SALT);
    assert_eq!(send(&registration(&ada, "app.example", signed)), Code::ValueInvalid, "type");

    let eve = Person::register(&relay, "eve");
    let hers = page(APP);
    add(&eve, &hers);
    let mut held = hers.held.borrow()[0].clone();
    held.user = ada.user.as_bytes().to_vec();
    let mut again = made_by(&page(APP));
    again.lock = of_lock("app.example", Bytes(held.id.clone()));
    again.authenticator_data.0[37 + 18..37 + 18 + 32].copy_from_slice(&held.id);
    assert_eq!(send(&again), Code::AlreadyExists, "a credential id has one account");
    assert_eq!(ada.read::<Vec<Passkey>>(route::MY_PASSKEYS).len(), 1);
}

#[test]
fn an_assertion_that_does_not_verify_logs_nobody_in_and_the_trail_says_why() {
    let relay = relay();
    let ada = Person::register(&relay, "ada");
    let authenticator = SoftwareAuthenticator::at(APP);
    add(&ada, &authenticator);
    let asserted = || login(authenticator.get(&challenge(&relay), SALT));
    let held = || authenticator.held.borrow()[0].clone();
    let resigned = |mut body: PasskeyLogin, change: &dyn Fn(&mut PasskeyLogin)| {
        change(&mut body);
        body.signature = held().sign(&body.authenticator_data, &body.client_data);
        body
    };
    let fails = |body: &PasskeyLogin, reason: &str| {
        assert_eq!(refused(&relay, body), Code::LoginFailed, "{reason}");
        assert!(why(&ada).unwrap().contains(reason), "{reason}: {:?}", why(&ada));
    };

    let good = asserted();
    assert_eq!(relay.call("POST", route::PASSKEY_SESSIONS, None, Some(&good)).status, 201);
    fails(&good, "challenge was answered before");
    fails(&login(authenticator.get(&random::<32>(), SALT)), "challenge");

    let mut tampered = asserted();
    *tampered.signature.0.last_mut().unwrap() ^= 1;
    fails(&tampered, "signature");
    let mut tampered = asserted();
    tampered.authenticator_data.0[36] ^= 0x40;
    fails(&tampered, "signature");
    let mut foreign = asserted();
    foreign.user = UserId::from_random(random());
    fails(&foreign, "another person");

    let said = |body: &PasskeyLogin, from: &str, to: &str| {
        let text = String::from_utf8(body.client_data.0.clone()).unwrap();
        assert!(text.contains(from));
        Bytes(text.replace(from, to).into_bytes())
    };
    let with = |from: &'static str, to: &'static str| {
        let body = asserted();
        let client_data = said(&body, from, to);
        resigned(body, &|body| body.client_data = client_data.clone())
    };
    fails(&with("webauthn.get", "webauthn.create"), "another ceremony");
    fails(&with("https://app.example", "https://evil.example"), "none of this relay's");
    fails(&with("https://app.example", "https://other.example"), "none of this relay's");
    fails(&with("https://app.example", "http://app.example"), "none of this relay's");
    fails(&with("\"crossOrigin\":false", "\"crossOrigin\":true"), "frame");
    fails(&with("\"later\":", "\"topOrigin\":\"https://x.example\",\"later\":"), "frame");

    let flagged = |flags: u8| resigned(asserted(), &|body| body.authenticator_data.0[32] = flags);
    fails(&flagged(USER_PRESENT), "did not verify its user");
    fails(&flagged(USER_VERIFIED), "did not verify its user");
    fails(&flagged(USER_PRESENT | USER_VERIFIED | BACKUP_ELIGIBLE), "may be copied");
    fails(&resigned(asserted(), &|body| body.authenticator_data.0[0] ^= 1), "another host");
    fails(&resigned(asserted(), &|body| body.authenticator_data.0[33..37].fill(0)), "counter went back");
    fails(
        &resigned(asserted(), &|body| body.authenticator_data.0[33..37].copy_from_slice(&[0, 0, 0, 1])),
        "counter",
    );

    let stranger = SoftwareAuthenticator::at(APP);
    stranger.create(&challenge(&relay), ada.user.as_bytes(), SALT);
    assert_eq!(log_in(&relay, &stranger).code(), Code::LoginFailed, "never added");
    assert_eq!(log_in(&relay, &authenticator).status, 201, "the real one goes on");
}

#[test]
fn an_authenticator_that_counts_nothing_logs_in_again_and_again() {
    let relay = relay();
    let ada = Person::register(&relay, "ada");
    let authenticator = SoftwareAuthenticator::at(APP);
    add(&ada, &authenticator);
    for _ in 0..2 {
        let mut body = login(authenticator.get(&challenge(&relay), SALT));
        body.authenticator_data.0[33..37].fill(0);
        let held = authenticator.held.borrow()[0].clone();
        body.signature = held.sign(&body.authenticator_data, &body.client_data);
        assert_eq!(relay.call("POST", route::PASSKEY_SESSIONS, None, Some(&body)).status, 201);
    }
}

#[test]
fn a_page_of_the_relay_itself_needs_no_setting() {
    let relay = Relay::start();
    let ada = Person::register(&relay, "ada");
    let port = relay.url.rsplit(':').next().unwrap();
    let host = format!("localhost:{port}");
    let authenticator = SoftwareAuthenticator::at(&format!("http://{host}"));
    let made = authenticator.create(&challenge(&relay), ada.user.as_bytes(), SALT);
    let body = serde_json::to_vec(&registration(&ada, "localhost", made)).unwrap();
    let post = |host: &str, path: &str, body: &[u8]| {
        let json = ("content-type", "application/json");
        relay.raw("POST", path, &[json, ("host", host), ("authorization", &ada.bearer)], body)
    };
    assert_eq!(post("localhost:1", route::MY_PASSKEYS, &body).code(), Code::ValueInvalid, "another port");
    let made = authenticator.create(&challenge(&relay), ada.user.as_bytes(), SALT);
    let body = serde_json::to_vec(&registration(&ada, "localhost", made)).unwrap();
    assert_eq!(post(&host, route::MY_PASSKEYS, &body).status, 204);
    let asserted = login(authenticator.get(&challenge(&relay), SALT));
    let body = serde_json::to_vec(&asserted).unwrap();
    assert_eq!(post(&host, route::PASSKEY_SESSIONS, &body).status, 201);
}

#[test]
fn an_account_has_a_bounded_number_of_passkeys() {
    let relay = relay();
    let ada = Person::register(&relay, "ada");
    let authenticator = SoftwareAuthenticator::at(APP);
    for _ in 0..20 {
        add(&ada, &authenticator);
    }
    let made = authenticator.create(&challenge(&relay), ada.user.as_bytes(), SALT);
    let code = ada.post(route::MY_PASSKEYS, &registration(&ada, "app.example", made)).code();
    assert_eq!(code, Code::ValueInvalid);
}
