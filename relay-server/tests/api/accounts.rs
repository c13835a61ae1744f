//! Registration, login, sessions, contacts, reports.

use std::time::{Duration, Instant};

use keyferry_protocol::audit::Operation;
use keyferry_protocol::statement::{Contacts, Report};
use keyferry_protocol::wire::access::AuditPage;
use keyferry_protocol::wire::account::{
    Account, Login, LoginParameters, LoginParametersQuery, NewLock, NewReport, PublicIdentity, StoredContacts,
};
use keyferry_protocol::wire::bundle::{Bundle, KdfParameters, Lock};
use keyferry_protocol::{Bytes, Code, route};
use relay_server::config::RegistrationMode;

use crate::person::{Person, noise, sealed_box};
use crate::relay::Relay;

#[test]
fn a_registered_person_is_served_what_they_registered() {
    let relay = Relay::start();
    let person = Person::new(&relay, "ada");
    let registration = person.registration();
    let made = relay.call("POST", route::ACCOUNTS, None, Some(&registration));
    assert_eq!(made.status, 201);
    let mut person = person;
    person.log_in();
    let account: Account = person.read(route::ME);
    assert_eq!((account.identity, account.chain), (person.identity(), person.signer.head));
    assert_eq!(person.read::<Bundle>(route::MY_BUNDLE), registration.bundle);
    let query = LoginParametersQuery { email: person.email.clone() };
    let parameters: LoginParameters = relay.call("POST", route::LOGIN_PARAMETERS, None, Some(&query)).json();
    assert_eq!(parameters.kdf, registration.kdf);
    assert_eq!(person.read::<PublicIdentity>(&route::account(person.user)), person.identity());
}

#[test]
fn an_email_and_an_id_have_one_account() {
    let relay = Relay::start();
    let ada = Person::register(&relay, "ada");
    let mut twin = Person::new(&relay, "ada").registration();
    assert_eq!(relay.call("POST", route::ACCOUNTS, None, Some(&twin)).code(), Code::AlreadyExists);
    twin = ada.registration();
    twin.email = "other@example.org".into();
    assert_eq!(relay.call("POST", route::ACCOUNTS, None, Some(&twin)).code(), Code::AlreadyExists);
}

#[test]
fn a_registration_that_does_not_fit_together_is_refused() {
    let relay = Relay::start();
    let refused = |change: &dyn Fn(&mut keyferry_protocol::wire::account::Registration)| {
        let mut registration = Person::new(&relay, "eve").registration();
        change(&mut registration);
        relay.call("POST", route::ACCOUNTS, None, Some(&registration)).code()
    };
    assert_eq!(refused(&|r| r.email = "Upper@example.org".into()), Code::ValueInvalid);
    assert_eq!(refused(&|r| r.kdf.iterations = 599_999), Code::ValueInvalid);
    assert_eq!(refused(&|r| r.kdf.salt = noise(15)), Code::ValueInvalid);
    assert_eq!(refused(&|r| r.login_key = noise(31)), Code::ValueInvalid);
    assert_eq!(refused(&|r| r.bundle.version = 2), Code::ValueInvalid);
    assert_eq!(refused(&|r| r.bundle.locks.clear()), Code::ValueInvalid);
    assert_eq!(refused(&|r| r.bundle.keys.truncate(1)), Code::ValueInvalid);
    assert_eq!(refused(&|r| r.bundle.keys[1].public_key = noise(32)), Code::ValueInvalid);
    assert_eq!(refused(&|r| r.identity_key = Person::new(&relay, "x").signer.key), Code::StatementInvalid);
    assert_eq!(refused(&|r| r.key_certificate = Bytes(vec![1, 2, 3])), Code::Encoding);
    let other = Person::new(&relay, "mallory");
    assert_eq!(refused(&|r| r.key_certificate = other.certificate.clone()), Code::StatementInvalid);
}

#[test]
fn a_wrong_login_key_and_an_unknown_email_look_alike() {
    let relay = Relay::start();
    let ada = Person::register(&relay, "ada");
    let wrong = Login { email: ada.email.clone(), login_key: noise(32) };
    let unknown = Login { email: "nobody@example.org".into(), login_key: noise(32) };
    let short = Login { email: ada.email.clone(), login_key: noise(1) };
    let [first, second, third] = [wrong, unknown, short].map(|login| {
        let mut problem = relay.call("POST", route::SESSIONS, None, Some(&login)).problem();
        problem.instance.clear();
        problem
    });
    assert_eq!(first.code, Code::LoginFailed);
    assert!(first == second && first == third);
    let trail: AuditPage = ada.read(route::MY_AUDIT);
    let failed: Vec<_> = trail.events.iter().filter(|e| e.operation == Operation::LoginFailed).collect();
    assert_eq!(failed.len(), 2, "the two tries on this account");
    assert!(failed.iter().all(|event| !event.success));
}

#[test]
fn an_unknown_email_always_has_the_same_salt() {
    let relay = Relay::start();
    let ask = |email: &str| {
        let query = LoginParametersQuery { email: email.into() };
        relay.call("POST", route::LOGIN_PARAMETERS, None, Some(&query)).json::<LoginParameters>().kdf
    };
    let first = ask("nobody@example.org");
    assert_eq!(first, ask("nobody@example.org"));
    assert_ne!(first.salt, ask("somebody@example.org").salt);
    assert_eq!((first.iterations, first.salt.0.len()), (600_000, 16));
}

#[test]
fn a_token_ends_with_its_session() {
    let relay = Relay::start();
    let ada = Person::register(&relay, "ada");
    assert_eq!(ada.get(route::ME).status, 200);
    assert_eq!(relay.call("DELETE", route::SESSION, Some(&ada.bearer), None::<&()>).status, 204);
    let refused = ada.get(route::ME);
    assert_eq!(refused.code(), Code::SessionInvalid);
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    let short = Relay::with(|options| options.session_hours = Some(0));
    let bob = Person::register(&short, "bob");
    assert_eq!(bob.get(route::ME).code(), Code::SessionExpired);
}

#[test]
fn every_serving_of_a_bundle_is_counted() {
    let relay = Relay::start();
    let mut ada = Person::register(&relay, "ada");
    ada.log_in();
    assert_eq!(ada.get(&route::my_bundle()).status, 200);
    let stored = rusqlite::Connection::open(relay.data.path().join("private-keys.db")).unwrap();
    // Counted beside the answer, so it may come after it.
    let patience = Instant::now() + Duration::from_secs(60);
    let counted =
        || stored.query_row("SELECT access_count FROM bundle", [], |row| row.get::<_, u64>(0)).unwrap();
    let reaches = |count| {
        while counted() < count {
            assert!(Instant::now() < patience, "{} of {count}", counted());
            std::thread::yield_now();
        }
        assert_eq!(counted(), count);
    };
    reaches(3);
    // A recovery code is a lock in a new document; who asks by it is served that one.
    let login_key = Bytes(vec![7; 32]);
    let lock = Lock::Recovery { nonce: noise(12), ciphertext: noise(48) };
    let new = NewLock {
        current_login_key: ada.login_key.clone(),
        login_key: login_key.clone(),
        bundle_version: 1,
        lock,
    };
    let late = NewLock { bundle_version: 2, ..new.clone() };
    let late = relay.call("PUT", &route::my_recovery(), Some(&ada.bearer), Some(&late));
    assert_eq!(late.code(), Code::ChainConflict, "a lock opens the bundle it was made for, and no other");
    assert_eq!(relay.call("PUT", &route::my_recovery(), Some(&ada.bearer), Some(&new)).status, 204);
    let asked = Login { email: ada.email.clone(), login_key };
    assert_eq!(relay.call("POST", &route::recovery(), None, Some(&asked)).status, 200);
    reaches(1);
}

#[test]
fn a_passphrase_is_replaced_by_a_lock_that_fits_and_the_proof_of_the_old_one() {
    let relay = Relay::start();
    let ada = Person::register(&relay, "ada");
    let Bundle { locks, .. } = ada.read(&route::my_bundle());
    let login_key = Bytes(vec![7; 32]);
    let send = |current: &Bytes, login_key: &Bytes, lock: &Lock| {
        let (current_login_key, login_key, lock) = (current.clone(), login_key.clone(), lock.clone());
        let reply = relay.call(
            "PUT",
            &route::my_passphrase(),
            Some(&ada.bearer),
            Some(&NewLock { current_login_key, login_key, bundle_version: 1, lock }),
        );
        if reply.status == 204 { None } else { Some(reply.code()) }
    };
    let with = |edit: &dyn Fn(&mut KdfParameters, &mut Bytes)| {
        let mut lock = locks[0].clone();
        if let Lock::Passphrase { kdf, ciphertext, .. } = &mut lock {
            edit(kdf, ciphertext);
        }
        lock
    };
    let fresh = with(&|kdf, _| kdf.salt.0[0] ^= 1);
    for unfit in [
        with(&|kdf, _| kdf.iterations = 599_999),
        with(&|kdf, _| kdf.salt.0.truncate(15)),
        with(&|_, ciphertext| ciphertext.0.truncate(47)),
        // The same salt, and no dearer.
        with(&|_, _| {}),
    ] {
        assert_eq!(send(&ada.login_key, &login_key, &unfit), Some(Code::ValueInvalid));
    }
    assert_eq!(send(&ada.login_key, &Bytes(vec![7; 31]), &fresh), Some(Code::ValueInvalid));
    assert_eq!(send(&login_key, &login_key, &fresh), Some(Code::LoginFailed));
    let unchanged: Bundle = ada.read(&route::my_bundle());
    assert_eq!(unchanged.locks, locks);

    assert_eq!(send(&ada.login_key, &login_key, &fresh), None);
    assert_eq!(send(&ada.login_key, &login_key, &fresh), None, "a lost answer is asked for again");
    assert_eq!(
        send(&ada.login_key, &Bytes(vec![8; 32]), &fresh),
        Some(Code::LoginFailed),
        "the old one proves nothing"
    );
    let changed: Bundle = ada.read(&route::my_bundle());
    assert_eq!(changed.locks, [fresh], "the old lock is served no more");
    let events: AuditPage = ada.read(&route::my_audit());
    let changes = events.events.iter().filter(|event| event.operation == Operation::PassphraseChanged);
    let outcomes: Vec<_> = changes.map(|event| event.success).collect();
    assert_eq!(outcomes, [false, true, false], "newest first, refusals included");
}

#[test]
fn registration_by_invitation_takes_the_secret_or_the_invited() {
    let relay = Relay::with(|options| {
        options.registration = Some(RegistrationMode::Invitation);
        options.registration_secret = Some("open sesame".parse().unwrap());
    });
    let mut registration = Person::new(&relay, "ada").registration();
    assert_eq!(
        relay.call("POST", route::ACCOUNTS, None, Some(&registration)).code(),
        Code::RegistrationClosed
    );
    registration.invitation = Some("open sesam".into());
    assert_eq!(
        relay.call("POST", route::ACCOUNTS, None, Some(&registration)).code(),
        Code::RegistrationClosed
    );
    registration.invitation = Some("open sesame".into());
    assert_eq!(relay.call("POST", route::ACCOUNTS, None, Some(&registration)).status, 201);
}

#[test]
fn contacts_follow_each_other_and_are_served_as_stored() {
    let relay = Relay::start();
    let mut ada = Person::register(&relay, "ada");
    assert_eq!(ada.read::<Option<StoredContacts>>(route::MY_CONTACTS), None);
    for version in [1, 2] {
        let sealed = sealed_box(&ada.encryption);
        let statement = ada.signer.sign(Contacts { version, sealed: sealed.digest() });
        let contacts = StoredContacts { sealed, statement };
        let reply = relay.call("PUT", route::MY_CONTACTS, Some(&ada.bearer), Some(&contacts));
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        assert_eq!(ada.read::<StoredContacts>(route::MY_CONTACTS), contacts);
    }
    let sealed = sealed_box(&ada.encryption);
    let replayed = ada.signer.sign_at(ada.signer.head, Contacts { version: 2, sealed: sealed.digest() });
    let contacts = StoredContacts { sealed, statement: replayed };
    let reply = relay.call("PUT", route::MY_CONTACTS, Some(&ada.bearer), Some(&contacts));
    assert_eq!(reply.code(), Code::StatementInvalid);
}

#[test]
fn a_report_is_kept_apart_from_what_the_relay_saw() {
    let relay = Relay::start();
    let mut ada = Person::register(&relay, "ada");
    let before = ada.signer.head;
    let report =
        |operation: &str| Report { operation: operation.into(), organization: None, file: None, grant: None };
    let statement = ada.signer.sign(report("private_key_decrypted"));
    assert_eq!(ada.submit(before, route::REPORTS, &NewReport { statement: statement.clone() }).status, 201);
    assert_eq!(ada.post(route::REPORTS, &NewReport { statement }).code(), Code::ChainConflict);
    let statement = ada.signer.sign_at(ada.signer.head, report("access_granted"));
    assert_eq!(ada.post(route::REPORTS, &NewReport { statement }).code(), Code::ValueInvalid);
    let trail: AuditPage = ada.read(route::MY_AUDIT);
    let reported: Vec<_> = trail.events.iter().filter(|event| event.reported).collect();
    assert_eq!(reported.len(), 1);
    assert_eq!(reported[0].operation, Operation::PrivateKeyDecrypted);
    let page: AuditPage = ada.read(&format!("{}?limit=1", route::MY_AUDIT));
    assert_eq!((page.events.len(), page.next_before), (1, Some(trail.events[0].number)));
    let rest: AuditPage = ada.read(&format!("{}?before={}", route::MY_AUDIT, trail.events[0].number));
    assert_eq!(rest.events, trail.events[1..]);
}
