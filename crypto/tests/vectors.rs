//! The software engine gives what an independent implementation gives (`tests/vectors/generate.py`).

use keyferry_crypto::{Software, vectors};

fn run(json: &str) {
    let outcome = pollster::block_on(vectors::run(&Software, json));
    assert!(matches!(outcome, Ok(1..)), "{outcome:?}");
}

macro_rules! files {
    ($($name:ident),*) => {$(
        #[test]
        fn $name() {
            run(include_str!(concat!("../../tests/vectors/", stringify!($name), ".json")));
        }
    )*};
}

files!(
    bundle,
    content,
    manifest,
    passkey,
    passphrase,
    public_key,
    recovery,
    sealed_box,
    statement,
    verification,
    wrap
);
