//! Requests whose bodies arrive long after they began: what ended in between stays ended.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use keyferry_protocol::wire::access::AuditPage;
use keyferry_protocol::wire::account::{NewLock, Proof};
use keyferry_protocol::wire::bundle::Lock;
use keyferry_protocol::wire::organization::NewInvitation;
use keyferry_protocol::wire::problem::Problem;
use keyferry_protocol::{Code, Role, route};
use serde::Serialize;

use crate::company::Company;
use crate::person::{Person, noise};
use crate::relay::Relay;

/// A request of which the relay has everything but the body.
struct Held {
    connection: BufReader<TcpStream>,
    body: Vec<u8>,
}

impl Held {
    /// Returns when the relay waits for the body.
    fn begin(person: &Person, method: &str, path: &str, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).unwrap();
        let address = person.http.url.strip_prefix("http://").unwrap();
        let mut connection = BufReader::new(TcpStream::connect(address).unwrap());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: {}\r\nexpect: 100-continue\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            person.bearer,
            body.len()
        );
        connection.get_mut().write_all(head.as_bytes()).unwrap();
        let mut held = Held { connection, body };
        assert_eq!(held.status(), 100);
        held.line();
        held
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.connection.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn status(&mut self) -> u16 {
        self.line().split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Sends the body, and gives the code of the refusal.
    fn end(mut self) -> Code {
        self.connection.get_mut().write_all(&self.body).unwrap();
        assert_eq!(self.status(), 401);
        while !self.line().is_empty() {}
        let mut rest = Vec::new();
        self.connection.read_to_end(&mut rest).unwrap();
        serde_json::from_slice::<Problem>(&rest).unwrap().code
    }
}

#[test]
fn a_body_that_comes_after_its_session_ended_does_nothing() {
    let relay = Relay::start();
    let mut owner = Person::register(&relay, "owner");
    let thief = Person::register(&relay, "thief");
    let mut company = Company::found(&mut owner);
    company.admit(&mut owner, &thief, Role::Owner);
    let code = NewLock {
        bundle_version: 1,
        current_login_key: thief.login_key.clone(),
        login_key: noise(32),
        lock: Lock::Recovery { nonce: noise(12), ciphertext: noise(48) },
    };
    let invitation = NewInvitation { email: "accomplice@example.org".into(), role: Role::Owner };
    let proof = Proof { login_key: thief.login_key.clone() };
    let invitations = route::organization_invitations(company.id);
    let held = [
        Held::begin(&thief, "PUT", route::MY_RECOVERY, &code),
        Held::begin(&thief, "POST", &invitations, &invitation),
    ];
    thief.post(route::MY_COMPROMISE, &proof).json::<AuditPage>();
    for held in held {
        assert_eq!(held.end(), Code::SessionInvalid);
    }

    let late = Held::begin(&owner, "POST", &invitations, &invitation);
    assert_eq!(relay.call("DELETE", route::SESSION, Some(&owner.bearer), None::<&()>).status, 204);
    assert_eq!(late.end(), Code::SessionInvalid);
}
