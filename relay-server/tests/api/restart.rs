//! A relay that is killed loses nothing it acknowledged; one that is asked to stop ends in order.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use keyferry_protocol::wire::account::Account;
use keyferry_protocol::wire::file::WrappedDek;
use keyferry_protocol::{Code, Role, route};

use crate::company::Company;
use crate::person::{Person, noise};
use crate::relay::Http;

/// A relay in a process of its own; it is killed when dropped.
pub struct Process {
    child: Child,
    pub http: Http,
}

impl Process {
    pub fn start(data: &Path) -> Self {
        Self::with(data, &[])
    }

    pub fn with(data: &Path, options: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_relay-server"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data)
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").expect("one line on stdout").to_owned();
        Process { child, http: Http::new(&url) }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_grant_and_a_revocation_survive_kill_9() {
    let data = tempfile::tempdir().unwrap();
    let first = Process::start(data.path());
    let mut owner = Person::register(&first.http, "owner");
    let mut consultant = Person::register(&first.http, "consultant");
    let mut company = Company::found(&mut owner);
    company.admit(&mut owner, &consultant, Role::Consultant);
    let content = noise(50_000).0;
    let file = company.upload(&mut owner, &content);
    let request = company.request(&mut consultant, file);
    let (id, grant) = company.approve(&mut owner, &consultant, &request);
    first.kill();

    let second = Process::start(data.path());
    (owner.http, consultant.http) = (second.http.clone(), second.http.clone());
    let wrapped: WrappedDek = consultant.read(&route::key(file, 1));
    assert_eq!((wrapped.wrapped_dek, wrapped.wrap), (grant.wrapped_dek, grant.wrap));
    assert_eq!(consultant.get(&route::content(file, 1)).body, content);
    assert_eq!(owner.read::<Account>(route::ME).chain, owner.signer.head);
    assert_eq!(company.revoke(&mut owner, id, &grant.grant).status, 201);
    second.kill();

    let third = Process::start(data.path());
    consultant.http = third.http.clone();
    assert_eq!(consultant.get(&route::key(file, 1)).code(), Code::GrantRevoked);
}

#[test]
fn a_relay_asked_to_stop_ends_its_streams_and_exits_in_order() {
    let data = tempfile::tempdir().unwrap();
    for signal in ["TERM", "INT"] {
        let mut process = Process::start(data.path());
        let person = Person::register(&process.http, &format!("person-{}", signal.to_lowercase()));
        let mut stream = process.http.stream(route::NOTICES, &person.bearer);
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        let pid = process.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap().success());
        let mut rest = String::new();
        let _ = std::io::Read::read_to_string(&mut stream, &mut rest);
        assert!(process.child.wait().unwrap().success(), "SIG{signal}");
    }
}
