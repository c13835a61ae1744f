//! What operators and browsers need: limits, CORS, notices, the OpenAPI document.

use std::io::BufRead as _;

use keyferry_protocol::audit::Operation;
use keyferry_protocol::wire::account::{Login, LoginParametersQuery};
use keyferry_protocol::wire::notice::Notice;
use keyferry_protocol::{Code, Role, route};
use relay_server::Options;
use serde_json::Value;

use crate::company::Company;
use crate::person::{Person, noise};
use crate::relay::Relay;

#[test]
fn the_openapi_document_describes_every_route_and_its_refusals() {
    let relay = Relay::start();
    let document: Value = relay.get(route::OPENAPI, None).json();
    let paths = document["paths"].as_object().unwrap();
    let source = include_str!("../../../protocol/src/route.rs");
    let patterns: Vec<&str> = source
        .lines()
        .filter_map(|line| line.trim().split_once(") = \"").map(|(_, rest)| rest.trim_end_matches("\";")))
        .collect();
    assert!(patterns.len() > 30, "the route table is read");
    let mut names = std::collections::BTreeSet::new();
    for pattern in patterns {
        let operations =
            paths.get(pattern).unwrap_or_else(|| panic!("{pattern} is not described")).as_object().unwrap();
        for (method, operation) in operations {
            let refusal = &operation["responses"]["default"]["content"]["application/problem+json"];
            assert!(refusal.is_object(), "{method} {pattern} says nothing of refusals");
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(names.insert(name), "{method} {pattern} shares its name");
            for (status, response) in operation["responses"].as_object().unwrap() {
                let words = response["description"].as_str().unwrap_or_default();
                assert!(!words.is_empty(), "{method} {pattern} {status} is not described");
            }
        }
    }
    let schemas = &document["components"]["schemas"];
    assert!(schemas["Problem"].is_object());
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(schemas["Code"]["enum"], serde_json::json!(codes));
    let operations: Vec<&str> = Operation::ALL.iter().map(|operation| operation.name()).collect();
    assert_eq!(schemas["Operation"]["enum"], serde_json::json!(operations));
    assert!(document["components"]["securitySchemes"]["session"].is_object());
}

#[test]
fn logins_for_one_email_are_limited_and_say_when_to_come_back() {
    let relay = Relay::with(|options| options.logins_per_minute = Some(3));
    let query = LoginParametersQuery { email: "ada@example.org".into() };
    let login = Login { email: query.email.clone(), login_key: noise(32) };
    assert_eq!(relay.call("POST", route::LOGIN_PARAMETERS, None, Some(&query)).status, 200);
    for _ in 0..2 {
        assert_eq!(relay.call("POST", route::SESSIONS, None, Some(&login)).code(), Code::LoginFailed);
    }
    let limited = relay.call("POST", route::SESSIONS, None, Some(&login));
    assert_eq!(limited.code(), Code::RateLimited);
    assert!(limited.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    let other = LoginParametersQuery { email: "bob@example.org".into() };
    assert_eq!(relay.call("POST", route::LOGIN_PARAMETERS, None, Some(&other)).status, 200);
}

#[test]
fn one_address_and_one_account_have_a_share_each() {
    let limited = |adjust: fn(&mut Options)| {
        let relay = Relay::with(adjust);
        let ada = Person::register(&relay, "ada");
        let refused = (0..20).map(|_| ada.get(route::ME)).find(|reply| reply.status != 200);
        assert_eq!(refused.unwrap().code(), Code::RateLimited);
    };
    limited(|options| options.address_requests_per_minute = Some(5));
    limited(|options| options.account_requests_per_minute = Some(3));
}

#[test]
fn only_listed_origins_may_read_answers() {
    let relay = Relay::with(|options| options.allow_origin = vec!["https://app.example".into()]);
    let preflight = |origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "PATCH"),
            ("access-control-request-headers", "authorization,tus-resumable,upload-offset,content-type"),
        ];
        relay.raw("OPTIONS", route::ME, &headers, &[])
    };
    let allowed = preflight("https://app.example");
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(allowed.header("access-control-allow-credentials"), None);
    for origin in ["https://evil.example", "https://app.example.evil.example", "http://app.example", "null"] {
        assert_eq!(preflight(origin).header("access-control-allow-origin"), None, "{origin}");
    }
    let refused = relay.raw("GET", route::ME, &[("origin", "https://app.example")], &[]);
    assert_eq!(refused.code(), Code::SessionInvalid);
    assert_eq!(
        refused.header("access-control-allow-origin"),
        Some("https://app.example"),
        "errors are readable too"
    );
    assert!(refused.header("access-control-expose-headers").unwrap().contains("upload-offset"));
}

/// Reads notices until one fits; the stream's end is a failure.
fn wait_for(lines: &mut impl std::io::BufRead, fits: impl Fn(&Notice) -> bool) {
    for line in lines.lines() {
        let line = line.unwrap();
        let notice =
            line.strip_prefix("data:").map(|data| serde_json::from_str::<Notice>(data.trim()).unwrap());
        if notice.is_some_and(|notice| fits(&notice)) {
            return;
        }
    }
    panic!("the stream ended");
}

#[test]
fn notices_reach_those_they_concern_and_end_with_the_session() {
    let relay = Relay::start();
    let mut ada = Person::register(&relay, "ada");
    let [bob, eve] = ["bob", "eve"].map(|name| Person::register(&relay, name));
    let mut company = Company::found(&mut ada);
    let mut heard_by_bob = relay.stream(route::NOTICES, &bob.bearer);
    let mut heard_by_eve = relay.stream(route::NOTICES, &eve.bearer);
    company.admit(&mut ada, &bob, Role::Approver);
    wait_for(&mut heard_by_bob, |notice| matches!(notice, Notice::Invitation { .. }));
    wait_for(&mut heard_by_bob, |notice| *notice == Notice::Membership { organization: company.id });
    for person in [&bob, &eve] {
        assert_eq!(relay.call("DELETE", route::SESSION, Some(&person.bearer), None::<&()>).status, 204);
    }
    let rest: Vec<String> = heard_by_bob.lines().map(Result::unwrap).collect();
    assert!(!rest.iter().any(|line| line.starts_with("data:")), "{rest:?}");
    let mut all = String::new();
    std::io::Read::read_to_string(&mut heard_by_eve, &mut all).unwrap();
    assert!(!all.contains("data:"), "a stranger hears nothing: {all}");
    assert_eq!(relay.get(route::NOTICES, Some(&bob.bearer)).code(), Code::SessionInvalid);
}
