//! Keys in somebody else's hands: what ends at once, what opens the account again, and what is refused.

use std::io::Read as _;
use std::process::Command;

use keyferry_protocol::audit::Operation;
use keyferry_protocol::grant::GrantState;
use keyferry_protocol::request::RequestState;
use keyferry_protocol::wire::access::{AuditPage, GrantEntry, RequestEntry};
use keyferry_protocol::wire::account::{Login, NewLock, Proof, Recoverable, Recovery};
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KdfParameters, Lock};
use keyferry_protocol::wire::organization::OrganizationView;
use keyferry_protocol::{Bytes, Code, Role, route};

use crate::company::Company;
use crate::person::{Person, noise};
use crate::relay::{Relay, Reply};
use crate::restart::Process;

impl Person {
    pub fn prove(&self, path: &str, login_key: &Bytes) -> Reply {
        self.post(path, &Proof { login_key: login_key.clone() })
    }

    pub fn report_compromise(&self) -> Reply {
        self.prove(route::MY_COMPROMISE, &self.login_key)
    }

    /// Sets a recovery code and returns its login key.
    pub fn set_code(&self) -> Bytes {
        let login_key = noise(32);
        let lock = Lock::Recovery { nonce: noise(12), ciphertext: noise(48) };
        let new = NewLock {
            current_login_key: self.login_key.clone(),
            login_key: login_key.clone(),
            bundle_version: 1,
            lock,
        };
        let reply = self.http.call("PUT", route::MY_RECOVERY, Some(&self.bearer), Some(&new));
        assert_eq!(reply.status, 204);
        login_key
    }

    /// Takes another passphrase by the code, and logs in.
    pub fn recover(&mut self, code: Bytes) {
        let kdf = KdfParameters { iterations: 600_000, salt: noise(16) };
        self.login_key = noise(32);
        let recovery = Recovery {
            bundle_version: 1,
            email: self.email.clone(),
            used_login_key: code,
            login_key: self.login_key.clone(),
            lock: Lock::Passphrase { kdf, nonce: noise(12), ciphertext: noise(48) },
            recovery_login_key: noise(32),
            recovery_lock: Lock::Recovery { nonce: noise(12), ciphertext: noise(48) },
        };
        assert_eq!(self.http.call("PUT", route::RECOVERY, None, Some(&recovery)).status, 204);
        self.log_in();
    }

    fn try_login(&self) -> Reply {
        self.http.call("POST", route::SESSIONS, None, Some(&self.login()))
    }

    fn operations(&self, path: &str) -> Vec<Operation> {
        self.read::<AuditPage>(path).events.iter().map(|event| event.operation).collect()
    }
}

fn due(person: &Person, company: &Company) -> Vec<BundleKind> {
    let view: OrganizationView = person.read(&route::organization(company.id));
    let due = [(BundleKind::Root, view.root_due_since_ms), (BundleKind::Vault, view.vault_due_since_ms)];
    due.into_iter().filter(|(_, since)| since.is_some()).map(|(kind, _)| kind).collect()
}

#[test]
fn a_compromised_consultant_loses_sessions_grants_and_requests_at_once() {
    let relay = Relay::start();
    let mut owner = Person::register(&relay, "owner");
    let mut consultant = Person::register(&relay, "consultant");
    let mut company = Company::found(&mut owner);
    company.admit(&mut owner, &consultant, Role::Consultant);
    let files = [company.upload(&mut owner, b"one"), company.upload(&mut owner, b"two")];
    let asked = company.request(&mut consultant, files[0]);
    company.approve(&mut owner, &consultant, &asked);
    let pending = company.request(&mut consultant, files[1]);
    assert_eq!(consultant.get(&route::key(files[0], 1)).status, 200);
    assert_eq!(consultant.get(&route::content(files[0], 1)).status, 200);

    assert_eq!(consultant.prove(route::MY_COMPROMISE, &noise(32)).code(), Code::LoginFailed);
    assert_eq!(consultant.get(route::ME).status, 200, "who does not know the passphrase suspends nobody");
    let told: AuditPage = consultant.report_compromise().json();
    assert_eq!(told.next_before, None);
    let written = told.events.iter().map(|event| (event.operation, event.organization, event.file));
    let (it, company_id, file) = (Operation::AccountCompromised, Some(company.id), Some(files[0]));
    let expected = [
        (it, company_id, None),
        (it, None, None),
        (Operation::FileDownloaded, company_id, file),
        (Operation::WrappedKeyServed, company_id, file),
    ];
    assert_eq!(written.collect::<Vec<_>>(), expected, "the last and the first time of what was fetched");

    assert_eq!(consultant.get(route::ME).code(), Code::SessionInvalid);
    assert_eq!(consultant.try_login().code(), Code::AccountSuspended);
    let guess = Login { email: consultant.email.clone(), login_key: noise(32) };
    assert_eq!(relay.call("POST", route::SESSIONS, None, Some(&guess)).code(), Code::LoginFailed);
    let grants: Vec<GrantEntry> = owner.read(&route::organization_grants(company.id));
    assert!(matches!(grants[0].state, GrantState::Revoked { .. }));
    assert_eq!(grants[0].revocation, None, "no approver signed it");
    let stored = rusqlite::Connection::open(relay.data.path().join("registry.db")).unwrap();
    let wraps = stored.query_row("SELECT count(*) FROM grant_wraps", [], |row| row.get::<_, u64>(0));
    assert_eq!(wraps.unwrap(), 0, "the wrapped DEK is deleted");
    let requests: Vec<RequestEntry> = owner.read(&route::organization_requests(company.id));
    let closed = requests.iter().find(|request| request.request == pending.request).unwrap();
    assert_eq!(closed.state, RequestState::Withdrawn);
    assert_eq!(due(&owner, &company), [], "a consultant holds no lock");
    let seen = owner.operations(&route::organization_audit(company.id));
    for operation in [Operation::AccountCompromised, Operation::AccessRevoked, Operation::RequestWithdrawn] {
        assert_eq!(seen.iter().filter(|one| **one == operation).count(), 1, "{operation:?}");
    }
}

#[test]
fn a_compromised_owner_loses_the_locks_and_the_keys_are_due_for_rotation() {
    let relay = Relay::start();
    let mut owner = Person::register(&relay, "owner");
    let other = Person::register(&relay, "other");
    let auditor = Person::register(&relay, "auditor");
    let mut company = Company::found(&mut owner);
    company.admit(&mut owner, &other, Role::Owner);
    company.admit(&mut owner, &auditor, Role::Auditor);
    assert_eq!(due(&other, &company), []);
    owner.report_compromise().json::<AuditPage>();
    assert_eq!(due(&other, &company), [BundleKind::Root, BundleKind::Vault]);
    assert_eq!(due(&auditor, &company), [], "who cannot rotate is not asked to");
    for kind in [BundleKind::Root, BundleKind::Vault] {
        let bundle: Bundle = other.read(&route::organization_bundle(company.id, kind));
        assert_eq!(bundle.locks.len(), 1, "the other owner's lock stays");
    }
    let stored = rusqlite::Connection::open(relay.data.path().join("private-keys.db")).unwrap();
    let holds = "SELECT count(*) FROM bundle WHERE locks LIKE '%' || ?1 || '%'";
    let held = stored.query_row(holds, [owner.user.to_string()], |row| row.get::<_, u64>(0)).unwrap();
    // The other owner's locks name who signed them.
    assert_eq!(held, 2);
    let locks = "SELECT sum(json_array_length(locks)) FROM bundle";
    let locks = stored.query_row(locks, [], |row| row.get::<_, u64>(0)).unwrap();
    assert_eq!(locks, 4, "two of the other owner's, two passphrases of others; the identity's are gone");

    // The one who is left is now the last, and cannot go without a way back.
    let refused = other.report_compromise().problem();
    assert_eq!(refused.code, Code::LastOwner);
    assert!(refused.detail.contains("Acme") && refused.detail.contains(&company.id.to_string()));
    assert_eq!(other.get(route::ME).status, 200, "nothing changed");
}

#[test]
fn a_tested_recovery_code_keeps_the_last_owner_and_lifts_the_suspension() {
    let relay = Relay::start();
    let mut owner = Person::register(&relay, "owner");
    let company = Company::found(&mut owner);
    let code = owner.set_code();
    assert_eq!(owner.report_compromise().code(), Code::LastOwner, "a code that nobody tested is no way back");
    assert_eq!(owner.prove(route::MY_RECOVERY_TEST, &noise(32)).code(), Code::LoginFailed);
    assert_eq!(owner.report_compromise().code(), Code::LastOwner);
    assert_eq!(owner.prove(route::MY_RECOVERY_TEST, &code).status, 204);
    let second = owner.set_code();
    assert_eq!(owner.report_compromise().code(), Code::LastOwner, "another code has not been tested");
    assert_eq!(owner.prove(route::MY_RECOVERY_TEST, &second).status, 204);
    assert_eq!(owner.prove(route::MY_RECOVERY_TEST, &second).status, 204, "testing does not use it up");
    owner.report_compromise().json::<AuditPage>();
    assert_eq!(owner.try_login().code(), Code::AccountSuspended);

    let asked = Login { email: owner.email.clone(), login_key: second.clone() };
    let served: Recoverable = relay.call("POST", route::RECOVERY, None, Some(&asked)).json();
    assert!(matches!(served.bundle.locks.as_slice(), [Lock::Recovery { .. }]));
    owner.recover(second);
    assert_eq!(due(&owner, &company), [BundleKind::Root, BundleKind::Vault]);
    let vault: Bundle = owner.read(&route::organization_bundle(company.id, BundleKind::Vault));
    assert_eq!(vault.locks.len(), 1, "a last owner keeps the locks, to rotate");
}

#[test]
fn without_a_tested_code_every_lock_is_gone_for_good() {
    let relay = Relay::start();
    let ada = Person::register(&relay, "ada");
    let code = ada.set_code();
    ada.report_compromise().json::<AuditPage>();
    let asked = Login { email: ada.email.clone(), login_key: code };
    assert_eq!(relay.call("POST", route::RECOVERY, None, Some(&asked)).code(), Code::LoginFailed);
    let stored = rusqlite::Connection::open(relay.data.path().join("private-keys.db")).unwrap();
    let locks = stored.query_row("SELECT locks FROM bundle", [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(locks, "[]");
}

#[test]
fn nobody_admits_or_promotes_a_suspended_account() {
    let relay = Relay::start();
    let mut owner = Person::register(&relay, "owner");
    let approver = Person::register(&relay, "approver");
    let mut company = Company::found(&mut owner);
    company.admit(&mut owner, &approver, Role::Approver);
    approver.report_compromise().json::<AuditPage>();
    let reply = company.sign_membership(&mut owner, &approver, Some(Role::Owner), None);
    assert_eq!(reply.code(), Code::ValueInvalid);
    assert_eq!(company.sign_membership(&mut owner, &approver, None, None).status, 201, "removing is allowed");
}

/// The operator's command line on the stores of `relay`.
pub fn operator(data: &std::path::Path, words: &[&str]) -> std::process::Output {
    let program = env!("CARGO_BIN_EXE_relay-server");
    Command::new(program).arg("accounts").args(words).arg("--data-dir").arg(data).output().unwrap()
}

#[test]
fn the_operator_suspends_beside_a_running_relay() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(data.path());
    let mut owner = Person::register(&process.http, "owner");
    let consultant = Person::register(&process.http, "consultant");
    let mut company = Company::found(&mut owner);
    company.admit(&mut owner, &consultant, Role::Consultant);
    let mut stream = process.http.stream(route::NOTICES, &consultant.bearer);

    let asked = operator(data.path(), &["compromise", &consultant.email]);
    assert!(!asked.status.success(), "nobody was there to confirm");
    assert_eq!(consultant.get(route::ME).status, 200);
    let unknown = operator(data.path(), &["compromise", "nobody@example.org", "--yes"]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no account of nobody@example.org"));
    let refused = operator(data.path(), &["compromise", &owner.email, "--yes"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("Acme"), "{said}");
    assert_eq!(owner.get(route::ME).status, 200);

    let done = operator(data.path(), &["compromise", "Consultant@example.org", "--yes", "--json"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let told: AuditPage = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(told.events[0].organization, Some(company.id));
    assert_eq!(consultant.get(route::ME).code(), Code::SessionInvalid, "on the very next request");
    assert_eq!(consultant.try_login().code(), Code::AccountSuspended);
    // It ends by itself; how soon, the heartbeat says.
    stream.read_to_end(&mut Vec::new()).unwrap();
    let again = operator(data.path(), &["compromise", &consultant.email, "--yes"]);
    assert!(String::from_utf8_lossy(&again.stdout).contains("Fetched before: 0 files."));
    let trail: AuditPage = owner.read(&route::organization_audit(company.id));
    let told = trail.events.iter().find(|event| event.operation == Operation::AccountCompromised).unwrap();
    assert_eq!((told.user, told.address.as_deref()), (Some(consultant.user), None));
    assert_eq!(told.details.as_deref(), Some("said by the operator"));
}

#[test]
fn the_operator_acts_on_no_data_but_a_relays() {
    let data = tempfile::tempdir().unwrap();
    let nothing = operator(data.path(), &["compromise", "a@example.org", "--yes"]);
    assert!(!nothing.status.success());
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0, "nothing is made there");
}

#[test]
fn the_operator_drops_a_code_that_may_be_somebody_elses() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(data.path());
    let mut owner = Person::register(&process.http, "owner");
    let ada = Person::register(&process.http, "ada");
    let _company = Company::found(&mut owner);
    let [codes_of_owner, code] = [&owner, &ada].map(|person| {
        let code = person.set_code();
        assert_eq!(person.prove(route::MY_RECOVERY_TEST, &code).status, 204);
        code
    });
    let drop = |person: &Person| {
        operator(data.path(), &["compromise", &person.email, "--drop-recovery-code", "--yes"])
    };
    let refused = drop(&owner);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("Acme"), "as without a code");
    assert_eq!(owner.prove(route::MY_RECOVERY_TEST, &codes_of_owner).status, 204, "nothing changed");

    let kept = operator(data.path(), &["compromise", &ada.email, "--yes"]);
    assert!(String::from_utf8_lossy(&kept.stderr).contains("was tested at 20"), "it says when");
    let asked = Login { email: ada.email.clone(), login_key: code };
    assert_eq!(process.http.call("POST", route::RECOVERY, None, Some(&asked)).status, 200);
    let dropped = drop(&ada);
    assert!(String::from_utf8_lossy(&dropped.stderr).contains("No recovery code opens it again."));
    assert_eq!(process.http.call("POST", route::RECOVERY, None, Some(&asked)).code(), Code::LoginFailed);
    let stored = rusqlite::Connection::open(data.path().join("private-keys.db")).unwrap();
    let locks = "SELECT count(*) FROM bundle WHERE locks LIKE '%recovery%'";
    assert_eq!(stored.query_row(locks, [], |row| row.get::<_, u64>(0)).unwrap(), 1, "the owner's alone");
}
