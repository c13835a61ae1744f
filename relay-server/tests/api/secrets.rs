//! Tokens, login keys, e-mails and addresses never reach a log, and secrets never a stored byte.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use keyferry_protocol::wire::account::{Account, Login, Session};
use keyferry_protocol::{Bytes, ChainHead, Role, route};

use crate::company::Company;
use crate::person::Person;
use crate::relay::Http;

/// Every spelling a byte string could have in a log.
fn spellings(bytes: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = format!("{bytes:?}").trim_matches(['[', ']']).to_owned();
    vec![bytes.to_vec(), Bytes(bytes.to_vec()).to_string().into_bytes(), hex.into_bytes(), list.into_bytes()]
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn no_request_type_prints_what_it_carries() {
    let http = Http::new("http://unused");
    let person = Person::new(&http, "canary");
    let login = Login { email: person.email.clone(), login_key: person.login_key.clone() };
    let registration = person.registration();
    let session = Session {
        token: person.login_key.clone(),
        user: person.user,
        expires_at_ms: 0,
        account: Account { identity: person.identity(), chain: ChainHead::EMPTY, created_at_ms: 0 },
        bundle: registration.bundle.clone(),
        contacts: None,
    };
    let printed = format!("{login:?} {session:?} {registration:?}");
    for spelling in spellings(&person.login_key.0) {
        assert!(!contains(printed.as_bytes(), &spelling), "{printed}");
    }
}

#[test]
fn neither_log_nor_disk_holds_a_token_or_a_login_key_and_no_log_names_a_person() {
    let data = tempfile::tempdir().unwrap();
    let mut relay = Command::new(env!("CARGO_BIN_EXE_relay-server"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(data.path())
        .env("RUST_LOG", "trace")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = relay.stderr.take().unwrap();
    let logged = std::thread::spawn(move || {
        let mut log = Vec::new();
        stderr.read_to_end(&mut log).map(|_| log)
    });
    let mut line = String::new();
    BufReader::new(relay.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let http = Http::new(line.trim().strip_prefix("listening on ").unwrap());
    let mut owner = Person::register(&http, "canary-owner");
    let member = Person::register(&http, "canary-member");
    let mut company = Company::found(&mut owner);
    company.admit(&mut owner, &member, Role::Approver);
    let wrong = Login { email: member.email.clone(), login_key: owner.login_key.clone() };
    assert_eq!(http.call("POST", route::SESSIONS, None, Some(&wrong)).status, 401);
    member.read::<Account>(route::ME);
    let pid = relay.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(relay.wait().unwrap().success());
    let log = logged.join().unwrap().unwrap();

    let token = |person: &Person| Bytes::parse(person.bearer.strip_prefix("Bearer ").unwrap()).unwrap().0;
    let secrets = [owner.login_key.0.clone(), member.login_key.0.clone(), token(&owner), token(&member)];
    let secrets: Vec<Vec<u8>> = secrets.iter().flat_map(|secret| spellings(secret)).collect();
    assert!(contains(&log, b"/v1/sessions"), "there is a log to search");
    for secret in &secrets {
        assert!(!contains(&log, secret), "the log holds {}", String::from_utf8_lossy(secret));
    }
    for word in [owner.email.as_bytes(), member.email.as_bytes(), b"127.0.0.1"] {
        let at = log.split(|byte| *byte == b'\n').find(|line| contains(line, word));
        assert!(at.is_none(), "{}", String::from_utf8_lossy(at.unwrap_or_default()));
    }
    for entry in
        std::fs::read_dir(data.path()).unwrap().filter_map(Result::ok).filter(|entry| entry.path().is_file())
    {
        let stored = std::fs::read(entry.path()).unwrap();
        for secret in &secrets {
            assert!(!contains(&stored, secret), "{} holds a secret", entry.path().display());
        }
    }
}
