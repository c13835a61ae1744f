//! Erasing files and accounts: who may, what is gone for everybody, what stays.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::wire::access::{AuditPage, GrantEntry, RequestEntry};
use keyferry_protocol::wire::account::{Proof, PublicIdentity};
use keyferry_protocol::wire::bundle::BundleKind;
use keyferry_protocol::wire::file::FileEntry;
use keyferry_protocol::wire::notice::Notice;
use keyferry_protocol::wire::organization::OrganizationView;
use keyferry_protocol::{Bytes, Code, FileId, Role, route};

use crate::company::Company;
use crate::compromise::operator;
use crate::person::{Person, noise, random};
use crate::relay::{Relay, Reply};
use crate::restart::Process;

fn erase(person: &Person, path: &str) -> Reply {
    person.http.call("DELETE", path, Some(&person.bearer), None::<&()>)
}

fn erase_account(person: &Person, login_key: &Bytes) -> Reply {
    let proof = Proof { login_key: login_key.clone() };
    person.http.call("DELETE", route::ME, Some(&person.bearer), Some(&proof))
}

#[test]
fn only_an_owner_erases_a_file_and_then_it_is_nowhere() {
    let relay = Relay::start();
    let mut owner = Person::register(&relay, "owner");
    let [mut author, approver, mut consultant, eve] =
        ["author", "approver", "consultant", "eve"].map(|name| Person::register(&relay, name));
    let mut company = Company::found(&mut owner);
    company.admit(&mut owner, &author, Role::Contributor);
    company.admit(&mut owner, &approver, Role::Approver);
    company.admit(&mut owner, &consultant, Role::Consultant);
    let [file, other] = [0, 1].map(|_| company.upload(&mut author, &noise(5000).0));
    for file in [file, other] {
        let asked = company.request(&mut consultant, file);
        company.approve(&mut owner, &consultant, &asked);
    }
    for (person, code) in
        [(&author, Code::RoleInsufficient), (&approver, Code::RoleInsufficient), (&eve, Code::NotFound)]
    {
        assert_eq!(erase(person, &route::file(file)).code(), code);
    }
    assert_eq!(erase(&owner, &route::file(FileId::from_random(random()))).code(), Code::NotFound);
    assert_eq!(consultant.get(&route::content(file, 1)).status, 200, "nothing was erased yet");

    assert_eq!(erase(&owner, &route::file(file)).status, 204);
    assert_eq!(erase(&owner, &route::file(file)).code(), Code::NotFound);
    for path in [route::file(file), route::key(file, 1), route::content(file, 1)] {
        assert_eq!(owner.get(&path).code(), Code::NotFound, "{path}");
        assert_eq!(consultant.get(&path).code(), Code::NotFound, "{path}");
    }
    let files: Vec<FileEntry> = owner.read(&route::files(company.id));
    let requests: Vec<RequestEntry> = owner.read(&route::organization_requests(company.id));
    let grants: Vec<GrantEntry> = consultant.read(route::GRANTS);
    assert_eq!(files.iter().map(|entry| entry.file).collect::<Vec<_>>(), [other]);
    assert!(requests.iter().all(|entry| entry.file.file == other) && requests.len() == 1);
    assert!(grants.iter().all(|entry| entry.file.file == other) && grants.len() == 1);
    assert_eq!(consultant.get(&route::key(other, 1)).status, 200, "the other file stays");
    let trail: AuditPage = owner.read(&route::organization_audit(company.id));
    let seen: Vec<_> = trail.events.iter().filter(|event| event.file == Some(file)).collect();
    assert_eq!(seen[0].operation, Operation::FileErased);
    assert!(seen.iter().any(|event| event.operation == Operation::FileUploaded), "the trail stays");
    // Their chains go on where they were.
    company.upload(&mut author, b"the next");
    company.request(&mut consultant, other);
}

#[test]
fn everybody_who_saw_an_erased_file_is_told() {
    let relay = Relay::start();
    let mut owner = Person::register(&relay, "owner");
    let mut consultant = Person::register(&relay, "consultant");
    let mut company = Company::found(&mut owner);
    company.admit(&mut owner, &consultant, Role::Consultant);
    let file = company.upload(&mut owner, b"content");
    let asked = company.request(&mut consultant, file);
    let (grant, _) = company.approve(&mut owner, &consultant, &asked);
    let mut stream = relay.stream(route::NOTICES, &consultant.bearer);
    let mut line = String::new();
    std::io::BufRead::read_line(&mut stream, &mut line).unwrap();
    assert_eq!(erase(&owner, &route::file(file)).status, 204);
    let mut heard: Vec<Notice> = Vec::new();
    while heard.len() < 3 {
        line.clear();
        std::io::BufRead::read_line(&mut stream, &mut line).unwrap();
        heard.extend(line.strip_prefix("data: ").map(|data| serde_json::from_str::<Notice>(data).unwrap()));
    }
    let organization = company.id;
    let expected = [
        Notice::Grant { organization, grant },
        Notice::Request { organization, request: asked.request },
        Notice::File { organization, file },
    ];
    assert_eq!(heard, expected);
}

#[test]
fn an_erased_account_is_an_id_and_its_address_is_free() {
    let relay = Relay::start();
    let mut owner = Person::register(&relay, "owner");
    let mut second = Person::register(&relay, "second");
    let mut consultant = Person::register(&relay, "consultant");
    let mut company = Company::found(&mut owner);
    company.admit(&mut owner, &second, Role::Owner);
    company.admit(&mut owner, &consultant, Role::Consultant);
    let file = company.upload(&mut second, b"what the organization owns");
    let asked = company.request(&mut consultant, file);
    company.approve(&mut second, &consultant, &asked);

    assert_eq!(erase_account(&second, &noise(32)).code(), Code::LoginFailed);
    assert_eq!(second.get(route::ME).status, 200, "who does not know the passphrase erases nobody");
    let told: AuditPage = erase_account(&second, &second.login_key).json();
    let written: Vec<_> = told.events.iter().map(|event| (event.operation, event.organization)).collect();
    assert_eq!(written, [(Operation::AccountErased, Some(company.id)), (Operation::AccountErased, None)]);
    assert_eq!(second.get(route::ME).code(), Code::SessionInvalid);
    let login = relay.call("POST", route::SESSIONS, None, Some(&second.login()));
    assert_eq!(login.code(), Code::LoginFailed, "like an address nobody has");

    let left: PublicIdentity = owner.read(&route::account(second.user));
    assert_eq!(left.email, format!("erased-{}", second.user));
    assert_eq!((left.identity_key, &left.key_certificate), (second.signer.key, &second.certificate));
    assert_eq!(consultant.get(&route::key(file, 1)).status, 200, "what they granted and uploaded stays");
    let view: OrganizationView = owner.read(&route::organization(company.id));
    assert!(view.root_due_since_ms.is_some() && view.vault_due_since_ms.is_some());
    for kind in [BundleKind::Root, BundleKind::Vault] {
        let stored = rusqlite::Connection::open(relay.data.path().join("private-keys.db")).unwrap();
        let sql = "SELECT locks FROM bundle WHERE kind = ?1";
        let locks: String = stored.query_row(sql, [kind.name()], |row| row.get(0)).unwrap();
        assert!(!locks.contains(&second.user.to_string()), "{locks}");
    }
    assert_eq!(erase_account(&owner, &owner.login_key).code(), Code::LastOwner, "the other owner is gone");

    assert!(erase_account(&consultant, &consultant.login_key).status == 200);
    let grants: Vec<GrantEntry> = owner.read(&route::organization_grants(company.id));
    let requests: Vec<RequestEntry> = owner.read(&route::organization_requests(company.id));
    assert!(grants.is_empty() && requests.is_empty(), "with what was asked for and granted to them");
    let removed = company.sign_membership(&mut owner, &consultant, None, None);
    assert_eq!(removed.status, 201, "and the organization can say so");
    let again = Person::register(&relay, "second");
    assert_ne!(again.user, second.user);
}

#[test]
fn the_operator_erases_beside_a_running_relay() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(data.path());
    let mut owner = Person::register(&process.http, "owner");
    let ada = Person::register(&process.http, "ada");
    let _company = Company::found(&mut owner);
    let refused = operator(data.path(), &["erase", &owner.email, "--yes"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("Acme"));
    let done = operator(data.path(), &["erase", &ada.email, "--yes", "--json"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let told: AuditPage = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(told.events[0].operation, Operation::AccountErased);
    assert_eq!(ada.get(route::ME).code(), Code::SessionInvalid);
    assert_eq!(owner.get(route::ME).status, 200);
    for name in ["registry.db-wal", "private-keys.db-wal"] {
        let journal = std::fs::metadata(data.path().join(name)).map(|journal| journal.len()).unwrap_or(0);
        assert_eq!(journal, 0, "{name} was cut");
    }
    let again = operator(data.path(), &["erase", &ada.email, "--yes"]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("no account"));
}
