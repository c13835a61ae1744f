//! Rotations while something that they are about ends.

use keyferry_protocol::wire::access::{GrantEntry, RequestEntry};
use keyferry_protocol::wire::bundle::Lock;
use keyferry_protocol::wire::rotation::KeyRotation;
use keyferry_protocol::{Code, Role, route};

use crate::person::{Person, noise};
use crate::relay::Relay;
use crate::rotations::{Acme, Rotating, person_end, vault_end};

#[test]
fn who_lost_their_locks_by_a_report_replaces_their_key_without_them() {
    let Acme { relay, mut owner, mut company, .. } = Acme::found();
    let mut approver = Person::register(&relay, "approver");
    company.admit(&mut owner, &approver, Role::Approver);
    let code = approver.set_code();
    assert_eq!(approver.prove(route::MY_RECOVERY_TEST, &code).status, 204);
    assert_eq!(approver.report_compromise().status, 200);
    approver.recover(code);
    let rotating = Rotating::begin(&approver, None);
    let with_code = |body: &mut KeyRotation| {
        body.recovery_login_key = Some(noise(32));
        body.bundle.locks.push(Lock::Recovery { nonce: noise(12), ciphertext: noise(48) });
    };
    let with_lock = person_end(&mut approver, &rotating, Some(&company), with_code);
    assert_eq!(with_lock.code(), Code::ValueInvalid, "nobody gives a lock back to themselves");
    let done = person_end(&mut approver, &rotating, None, with_code);
    assert_eq!(done.status, 201, "{}", String::from_utf8_lossy(&done.body));
}

fn count(relay: &Relay, sql: &str, values: impl rusqlite::Params) -> u64 {
    let stored = rusqlite::Connection::open(relay.data.path().join("registry.db")).unwrap();
    stored.query_row(sql, values, |row| row.get(0)).unwrap()
}

const STAGED: &str = "SELECT count(*) FROM rotation_wraps WHERE length(wrapped) > 0";

#[test]
fn what_was_wrapped_of_a_revoked_grant_is_deleted_and_the_rotation_goes_on() {
    let Acme { relay, mut owner, mut consultant, company, .. } = Acme::found();
    let mut rotating = Rotating::begin(&consultant, None);
    rotating.wrap_all(&mut consultant);
    assert_eq!(count(&relay, STAGED, []), 1);
    let grants: Vec<GrantEntry> = consultant.read(route::GRANTS);
    assert_eq!(company.revoke(&mut owner, grants[0].grant, &grants[0].statement).status, 201);
    assert_eq!(count(&relay, STAGED, []), 0);
    let done = person_end(&mut consultant, &rotating, None, |_| {});
    assert_eq!(done.status, 201, "{}", String::from_utf8_lossy(&done.body));
}

#[test]
fn a_report_drops_the_rotations_that_whoever_has_the_keys_may_have_begun() {
    let Acme { relay, mut consultant, .. } = Acme::found();
    Rotating::begin(&consultant, None).wrap_all(&mut consultant);
    assert_eq!(consultant.report_compromise().status, 200);
    assert_eq!(count(&relay, "SELECT count(*) FROM rotation_wraps", []), 0);
}

#[test]
fn an_erased_file_is_in_no_statement_that_a_rotation_made_and_the_rotation_goes_on() {
    let Acme { relay, mut owner, mut company, file, request, .. } = Acme::found();
    let holders = [(owner.user, owner.encryption.clone())];
    let mut first = Rotating::begin(&owner, Some(&company));
    first.wrap_all(&mut owner);
    let statement = first.statement();
    assert_eq!(vault_end(&mut company, &mut owner, &first, &holders, statement).status, 201);
    let mut second = Rotating::begin(&owner, Some(&company));
    second.wrap_all(&mut owner);
    let resealed = owner.read::<RequestEntry>(&route::request(request.request)).resealed.unwrap().statement;
    let said = "SELECT count(*) FROM statements WHERE length(statement) > 0 AND";
    let of_resealed = format!("{said} statement = ?1");
    let of_staged = format!("{said} hash IN (SELECT hash FROM rotation_wraps)");
    assert_eq!(count(&relay, &of_resealed, [&resealed.0]), 1);
    assert_eq!(count(&relay, &of_staged, []), 2);
    assert_eq!(count(&relay, STAGED, []), 2);
    let erased = owner.http.call("DELETE", &route::file(file), Some(&owner.bearer), None::<&()>);
    assert_eq!(erased.status, 204);
    assert_eq!(count(&relay, &of_resealed, [&resealed.0]), 0);
    assert_eq!(count(&relay, &of_staged, []), 0);
    assert_eq!(count(&relay, STAGED, []), 0);
    let statement = second.statement();
    assert_eq!(vault_end(&mut company, &mut owner, &second, &holders, statement).status, 201);
}
