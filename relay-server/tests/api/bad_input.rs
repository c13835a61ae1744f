//! Every endpoint answers bad input with a documented problem and never with a 5xx.

use keyferry_protocol::wire::bundle::BundleKind;
use keyferry_protocol::{
    Bytes, Code, Digest, FileId, GrantId, InvitationId, OrganizationId, RequestId, UploadId, UserId, route,
};

use crate::company::Company;
use crate::person::{Person, random};
use crate::relay::Relay;

/// A path with whatever ids, its method, and whether it takes a JSON body.
fn endpoints(organization: OrganizationId) -> Vec<(&'static str, String, bool)> {
    let file = FileId::from_random(random());
    let request = RequestId::from_random(random());
    let grant = GrantId::from_random(random());
    let invitation = InvitationId::from_random(random());
    vec![
        ("GET", route::me(), false),
        ("GET", route::my_bundle(), false),
        ("GET", route::my_contacts(), false),
        ("PUT", route::my_contacts(), true),
        ("PUT", route::my_passphrase(), true),
        ("PUT", route::my_recovery(), true),
        ("POST", route::my_recovery_test(), true),
        ("GET", route::my_passkeys(), false),
        ("POST", route::my_passkeys(), true),
        ("DELETE", route::my_passkey(&Bytes(vec![7; 32])), false),
        ("POST", route::my_compromise(), true),
        ("DELETE", route::me(), true),
        ("GET", route::my_audit(), false),
        ("GET", route::account(UserId::from_random(random())), false),
        ("DELETE", route::session(), false),
        ("GET", route::organizations(), false),
        ("POST", route::organizations(), true),
        ("GET", route::organization(organization), false),
        ("GET", route::organization_bundle(organization, BundleKind::Vault), false),
        ("GET", route::organization_invitations(organization), false),
        ("POST", route::organization_invitations(organization), true),
        ("POST", route::members(organization), true),
        ("GET", route::files(organization), false),
        ("GET", route::organization_requests(organization), false),
        ("GET", route::organization_grants(organization), false),
        ("GET", route::organization_audit(organization), false),
        ("GET", route::invitations(), false),
        ("POST", route::invitation_acceptance(invitation), false),
        ("POST", route::versions(file), true),
        ("POST", route::rekey(file), true),
        ("GET", route::file(file), false),
        ("DELETE", route::file(file), false),
        ("GET", route::key(file, 1), false),
        ("GET", route::content(file, 1), false),
        ("GET", route::requests(), false),
        ("POST", route::requests(), true),
        ("GET", route::request(request), false),
        ("POST", route::request_grant(request), true),
        ("POST", route::request_denial(request), true),
        ("POST", route::request_withdrawal(request), true),
        ("GET", route::grants(), false),
        ("POST", route::grant_revocation(grant), true),
        ("PUT", route::rotation(Digest(random())), true),
        ("GET", route::rotation(Digest(random())), false),
        ("POST", route::rotation_wraps(Digest(random())), true),
        ("POST", route::my_keys(), true),
        ("POST", route::vault(organization), true),
        ("POST", route::root(organization), true),
        ("POST", route::vouchers(organization), true),
        ("POST", route::reports(), true),
        ("GET", route::notices(), false),
        ("POST", route::uploads(), false),
        ("HEAD", route::upload(UploadId::from_random(random())), false),
        ("GET", route::upload(UploadId::from_random(random())), false),
        ("PATCH", route::upload(UploadId::from_random(random())), false),
        ("DELETE", route::upload(UploadId::from_random(random())), false),
    ]
}

fn open_endpoints() -> Vec<(&'static str, String)> {
    vec![
        ("POST", route::accounts()),
        ("POST", route::login_parameters()),
        ("POST", route::passkey_sessions()),
        ("POST", route::sessions()),
    ]
}

#[test]
fn without_a_session_in_force_nothing_is_answered() {
    let relay = Relay::start();
    let expiring = Relay::with(|options| options.session_hours = Some(0));
    let expired = Person::register(&expiring, "ada");
    let gone = Person::register(&relay, "ada");
    assert_eq!(relay.call("DELETE", route::SESSION, Some(&gone.bearer), None::<&()>).status, 204);
    let tokens = ["", "Bearer", "Bearer ", "Bearer AAAA", "Basic YTpi", "Bearer !!!!", gone.bearer.as_str()];
    for (method, path, _) in endpoints(OrganizationId::from_random(random())) {
        for token in tokens {
            let headers = [("authorization", token), ("tus-resumable", "1.0.0")];
            let reply = relay.raw(method, &path, &headers[usize::from(token.is_empty())..], &[]);
            assert_eq!(reply.status, 401, "{method} {path} {token}");
            if method != "HEAD" {
                assert_eq!(reply.code(), Code::SessionInvalid, "{method} {path} {token}");
            }
        }
        let headers = [("authorization", expired.bearer.as_str()), ("tus-resumable", "1.0.0")];
        let reply = expiring.raw(method, &path, &headers, &[]);
        assert_eq!(reply.status, 401, "{method} {path}");
        if method != "HEAD" {
            assert_eq!(reply.code(), Code::SessionExpired, "{method} {path}");
        }
    }
}

#[test]
fn malformed_bodies_are_refused_by_the_documented_code() {
    let relay = Relay::start();
    let mut ada = Person::register(&relay, "ada");
    let company = Company::found(&mut ada);
    let json = ("content-type", "application/json");
    let bearer = ("authorization", ada.bearer.as_str());
    let with_bodies = endpoints(company.id).into_iter().filter(|(_, _, body)| *body);
    let targets = with_bodies.map(|(method, path, _)| (method, path)).chain(open_endpoints());
    let huge = format!("{{\"statement\":\"{}\"}}", "A".repeat(3 * 1024 * 1024));
    for (method, path) in targets {
        let cases: [(&[u8], Code); 9] = [
            (b"{", Code::RequestInvalid),
            (b"null", Code::RequestInvalid),
            (b"[]", Code::RequestInvalid),
            (b"42", Code::RequestInvalid),
            (b"{}", Code::RequestInvalid),
            (b"{\"unknown\": 1}", Code::RequestInvalid),
            (
                b"{\"statement\": 7, \"email\": 7, \"user\": 7, \"organization\": 7, \"grant\": 7}",
                Code::RequestInvalid,
            ),
            (b"\xff\xfe\x00", Code::RequestInvalid),
            (huge.as_bytes(), Code::BodyTooLarge),
        ];
        for (body, code) in cases {
            let reply = relay.raw(method, &path, &[json, bearer], body);
            assert_eq!(
                reply.code(),
                code,
                "{method} {path} {}",
                String::from_utf8_lossy(&body[..body.len().min(60)])
            );
        }
        let reply = relay.raw(method, &path, &[("content-type", "text/plain"), bearer], b"{}");
        assert_eq!(reply.code(), Code::MediaType, "{method} {path}");
    }
    let canonical = |body: &str| relay.raw("POST", route::REPORTS, &[json, bearer], body.as_bytes()).code();
    assert_eq!(canonical(r#"{"statement": "AB"}"#), Code::Encoding);
    assert_eq!(canonical(r#"{"statement": "AA=="}"#), Code::Encoding);
    assert_eq!(canonical(r#"{"statement": "AAAA"}"#), Code::Encoding);
}

#[test]
fn unknown_and_foreign_ids_are_the_same_404() {
    let relay = Relay::start();
    let mut ada = Person::register(&relay, "ada");
    let company = Company::found(&mut ada);
    let eve = Person::register(&relay, "eve");
    let own = ["/me", "/v1/organizations", "/v1/requests", "/v1/grants", "/v1/invitations"];
    for (method, path, _) in endpoints(company.id) {
        if method != "GET" || own.iter().any(|own| path == *own || path.contains("/accounts/me")) {
            continue;
        }
        if path != route::NOTICES {
            let [foreign, unknown] = [path.clone(), path.replace(&company.id.to_string(), &"0".repeat(32))]
                .map(|path| eve.get(&path).problem());
            assert_eq!((foreign.code, foreign.detail), (unknown.code, unknown.detail), "{path}");
            assert_eq!(foreign.code, Code::NotFound, "{path}");
        }
    }
    for path in [
        "/v1/files/xyz",
        "/v1/files/AB/versions/1/key",
        "/v1/organizations/%00",
        "/v1/organizations/../x",
        "/v1/%ff",
    ] {
        assert_eq!(eve.get(path).code(), Code::NotFound, "{path}");
    }
    let file = FileId::from_random(random());
    for version in ["0", "-1", "4294967296", "x"] {
        assert_eq!(
            eve.get(&format!("/v1/files/{file}/versions/{version}/key")).code(),
            Code::NotFound,
            "{version}"
        );
    }
}

#[test]
fn paths_methods_and_queries_out_of_the_table_are_refused() {
    let relay = Relay::start();
    let mut ada = Person::register(&relay, "ada");
    let company = Company::found(&mut ada);
    let bearer = Some(ada.bearer.as_str());
    for method in ["PUT", "DELETE", "PATCH"] {
        let reply = relay.call(method, route::ORGANIZATIONS, bearer, None::<&()>);
        assert_eq!(reply.code(), Code::MethodNotAllowed, "{method}");
        assert!(reply.header("allow").is_some());
    }
    assert_eq!(relay.get("/v1/none/such", bearer).code(), Code::NotFound);
    assert_eq!(relay.get("/", bearer).code(), Code::NotFound, "no web app is served");
    for query in ["limit=x", "limit=-1", "before=x", "unknown=1", "limit=99999999999999999999"] {
        for path in [route::my_audit(), route::organization_audit(company.id)] {
            assert_eq!(relay.get(&format!("{path}?{query}"), bearer).code(), Code::RequestInvalid, "{query}");
        }
    }
    for query in ["limit=0", "limit=501"] {
        assert_eq!(
            relay.get(&format!("{}?{query}", route::MY_AUDIT), bearer).code(),
            Code::ValueInvalid,
            "{query}"
        );
    }
    let largest = format!("{}?before={}", route::MY_AUDIT, u64::MAX);
    assert_eq!(relay.get(&largest, bearer).status, 200);
}

#[test]
fn random_bodies_never_break_the_relay() {
    let relay = Relay::start();
    let mut ada = Person::register(&relay, "ada");
    let company = Company::found(&mut ada);
    let seed: u64 = u64::from_le_bytes(random());
    println!("seed {seed}");
    let mut state = seed;
    let mut next = || {
        // Knuth's MMIX generator: only the seed must be printable.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    for (method, path, body) in endpoints(company.id) {
        if !body {
            continue;
        }
        let noise: Vec<u8> = (0..next() % 200).map(|_| next() as u8).collect();
        let statement = keyferry_protocol::Bytes(noise);
        let shaped = serde_json::json!({ "statement": statement, "membership": statement, "invitation": null, "locks": [] });
        let reply = relay.call(method, &path, Some(&ada.bearer), Some(&shaped));
        assert!(reply.problem().status < 500, "{method} {path}");
    }
}
