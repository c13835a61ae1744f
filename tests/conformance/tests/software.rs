//! The Software engine does what the field's vectors ask.

use keyferry_conformance::{Suite, run};
use keyferry_crypto::Software;

#[test]
fn the_software_engine_passes_every_vector_it_can_be_asked() {
    for suite in Suite::ALL {
        let report = pollster::block_on(run(&Software, suite)).unwrap();
        assert_eq!(report.passed, report.run, "{}: {:?}", report.suite, report.failures);
        assert!(report.run > 0 || suite == Suite::Cobblestone128, "{} ran nothing", report.suite);
    }
}
