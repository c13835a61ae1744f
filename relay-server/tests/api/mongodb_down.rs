//! A MongoDB that is down: 503 `store_unavailable` for what needs it, and no restart once it is back.

use keyferry_protocol::wire::account::Account;
use keyferry_protocol::wire::bundle::Bundle;
use keyferry_protocol::{Code, route};

use crate::mongod::Mongod;
use crate::person::Person;
use crate::readiness::down;
use crate::restart::Process;

#[test]
fn what_needs_the_private_keys_waits_for_mongodb_and_nothing_else_does() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut mongodb = runtime.block_on(Mongod::start_own());
    let data = tempfile::tempdir().unwrap();
    let relay = Process::with(data.path(), &["--mongodb-uri", mongodb.uri()]);
    let mut person = Person::register(&relay.http, "person");
    let bundle: Bundle = person.read(route::MY_BUNDLE);
    assert!(!data.path().join("private-keys.db").exists(), "private keys are in MongoDB alone");

    mongodb.kill();
    let refused = person.get(route::MY_BUNDLE);
    assert_eq!((refused.status, refused.code()), (503, Code::StoreUnavailable));
    assert_eq!(down(&relay.http), ["private_keys"]);
    assert_eq!(relay.http.get(route::HEALTHZ, None).status, 200);
    let newcomer = Person::new(&relay.http, "newcomer");
    let refused = relay.http.call("POST", route::ACCOUNTS, None, Some(&newcomer.registration()));
    assert_eq!(refused.code(), Code::StoreUnavailable);
    let refused = relay.http.call("POST", route::SESSIONS, None, Some(&person.login()));
    assert_eq!(refused.code(), Code::StoreUnavailable, "a session without one's keys is of no use");
    person.read::<Account>(route::ME);

    runtime.block_on(mongodb.restart());
    assert_eq!(person.read::<Bundle>(route::MY_BUNDLE), bundle);
    assert_eq!(relay.http.get(route::READYZ, None).status, 200);
    person.log_in();
    let registered = relay.http.call("POST", route::ACCOUNTS, None, Some(&newcomer.registration()));
    assert_eq!(registered.status, 201, "the refused registration left nothing in the way");
}
