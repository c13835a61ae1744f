//! Panics without words. In a browser a panic is a trap, and nobody reads what it would have said; but the words, and the
//! formatting that joins them, are downloaded. So what begins a panic traps at once, and wasm-opt drops the rest.

use super::locations;
use anyhow::{Context, Result};
use walrus::{FunctionBuilder, FunctionId, FunctionKind, Module, ModuleConfig};

/// Functions of the standard library that never return, by what their mangled names contain: `core::panicking::*`, and what
/// goes there for a reason of its own.
const NEVER_RETURN: [&str; 10] = [
    "4core9panicking",
    "_fail",
    "expect_failed",
    "unwrap_failed",
    "assert_failed",
    "panic_already_",
    "panic_poisoned",
    "7raw_vec12handle_error",
    "18handle_alloc_error",
    "26___rust_alloc_error_handler",
];
/// Whose functions those are.
const STANDARD: [&str; 4] = ["4core", "5alloc", "3std", "7___rustc"];

/// What the standard library would say, where that is long and nothing else could be meant. It is not an error when one is
/// no longer said.
const WORDS: [&[u8]; 20] = [
    b"slice index starts at ",
    b"index out of bounds: the len is ",
    b" but the index is ",
    b" out of range for slice of length ",
    b"range start index ",
    b"range end index ",
    b"assertion failed: self.is_char_boundary(new_len)",
    b"copy_from_slice: source slice length (",
    b") does not match destination slice length (",
    b"insertion index (is ",
    b"removal index (is ",
    b"called `Option::unwrap()` on a `None` value",
    b"`async fn` resumed after completion",
    b"RefCell already mutably borrowed",
    b"RefCell already borrowed",
    b"LazyCell instance has previously been poisoned",
    b"internal error: entered unreachable code",
    b"attempt to join into collection with len > usize::MAX",
    b"a formatting trait implementation returned an error when the underlying stream did not",
    b"a Display implementation returned an error unexpectedly",
];

/// Reads a module and has its panics trap, wherever they are.
pub fn without_words(bytes: &[u8]) -> Result<Module> {
    let mut module =
        ModuleConfig::new().generate_name_section(true).parse(bytes).context("this is no wasm module")?;
    for function in panicking(&module) {
        trap(&mut module, function);
    }
    locations::forget(&mut module);
    let all: Vec<_> = module.data.iter().map(walrus::Data::id).collect();
    for id in all {
        let bytes = &mut module.data.get_mut(id).value;
        WORDS.iter().for_each(|words| erase(bytes, words));
    }
    Ok(module)
}

fn erase(bytes: &mut [u8], words: &[u8]) {
    let place = |bytes: &[u8]| bytes.windows(words.len()).position(|window| window == words);
    while let Some(at) = place(bytes) {
        bytes[at..at + words.len()].fill(0);
    }
}

fn panicking(module: &Module) -> Vec<FunctionId> {
    let named = module.funcs.iter().filter(|function| function.name.as_deref().is_some_and(never_returns));
    named.map(|function| function.id()).collect()
}

fn never_returns(name: &str) -> bool {
    let standard = name.starts_with("_R") && STANDARD.iter().any(|library| name.contains(library));
    standard && NEVER_RETURN.iter().any(|part| name.contains(part))
}

/// Replaces the body by `unreachable`.
fn trap(module: &mut Module, id: FunctionId) {
    let (parameters, results) = {
        let of = module.types.get(module.funcs.get(id).ty());
        (of.params().to_vec(), of.results().to_vec())
    };
    // What gives something back does return.
    if !results.is_empty() || !matches!(module.funcs.get(id).kind, FunctionKind::Local(_)) {
        return;
    }
    let arguments = parameters.iter().map(|kind| module.locals.add(*kind)).collect();
    let mut builder = FunctionBuilder::new(&mut module.types, &parameters, &results);
    builder.func_body().unreachable();
    module.funcs.get_mut(id).kind = FunctionKind::Local(builder.local_func(arguments));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_wherever_they_are_said() {
        let mut bytes = b"keep RefCell already borrowedRefCell already borrowed this".to_vec();
        WORDS.iter().for_each(|words| erase(&mut bytes, words));
        assert_eq!(bytes, [b"keep ".as_slice(), &[0; 48], b" this"].concat());
    }

    #[test]
    fn only_what_never_returns_traps() {
        for name in [
            "_RNvNtCsgXGp5Oqx2Ny_4core9panicking9panic_fmt",
            "_RNvNtCsgXGp5Oqx2Ny_4core6option13expect_failed",
            "_RNvNtNtCsgXGp5Oqx2Ny_4core5slice5index16slice_index_fail",
            "_RNvNtCs5cOc02OMXlo_5alloc7raw_vec12handle_error",
        ] {
            assert!(never_returns(name), "{name}");
        }
        for name in [
            "_ZN15keyferry_client6client13unwrap_failed17h",
            "_RNvNtCsgXGp5Oqx2Ny_4core3fmt5write",
            "__wbindgen_malloc",
            "_RNvMsa_NtCsgXGp5Oqx2Ny_4core3fmtNtB5_9Formatter9write_fmt",
        ] {
            assert!(!never_returns(name), "{name}");
        }
    }
}
