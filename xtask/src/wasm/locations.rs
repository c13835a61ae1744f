//! Where panics happen: file, line and column of every place that may panic. Nothing reads them once panics trap, so they
//! are zeroed. (The compiler leaves them out by `-Zlocation-detail`, once that is stable.)

use walrus::{ConstExpr, DataKind, Module, ir::Value};

/// `core::panic::Location`: address and length of the file's name, line, column, four bytes each.
const LOCATION_BYTES: usize = 16;
const ENDING: &[u8] = b".rs";
const LONGEST_NAME: usize = 300;
const LAST_LINE: u32 = 100_000;
const LAST_COLUMN: u32 = 1_000;

/// Zeroes every location and every file's name that one points to.
pub fn forget(module: &mut Module) {
    let all: Vec<_> = module.data.iter().map(walrus::Data::id).collect();
    for id in all {
        let data = module.data.get_mut(id);
        if let DataKind::Active { offset: ConstExpr::Value(Value::I32(start)), .. } = &data.kind {
            forget_in(&mut data.value, u32::from_ne_bytes(start.to_ne_bytes()));
        }
    }
}

/// `start` is the address of the first byte.
fn forget_in(bytes: &mut [u8], start: u32) {
    let mut names = Vec::new();
    // The alignment is that of addresses.
    let first = (4 - start as usize % 4) % 4;
    for at in (first..bytes.len().saturating_sub(LOCATION_BYTES - 1)).step_by(4) {
        if let Some(name) = file_name(bytes, at, start) {
            names.push(name);
            bytes[at..at + LOCATION_BYTES].fill(0);
        }
    }
    for name in names {
        bytes[name].fill(0);
    }
}

/// The place of the name that the location at `at` points to, if there is a location.
fn file_name(bytes: &[u8], at: usize, start: u32) -> Option<std::ops::Range<usize>> {
    let [address, length, line, column] = [0, 4, 8, 12].map(|field| {
        let four = bytes[at + field..].first_chunk().copied().unwrap_or_default();
        u32::from_le_bytes(four)
    });
    let from = usize::try_from(address.checked_sub(start)?).ok()?;
    let name = from..from.checked_add(usize::try_from(length).ok()?)?;
    let text = bytes.get(name.clone())?;
    let plausible = (ENDING.len() + 1..=LONGEST_NAME).contains(&text.len())
        && text.ends_with(ENDING)
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(byte))
        && (1..=LAST_LINE).contains(&line)
        && (1..=LAST_COLUMN).contains(&column);
    plausible.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_locations_and_their_names_go() {
        let start = 1_048_578_u32;
        let mut bytes = b"__keep/src/file/seal.rsnot.rs ".to_vec();
        let record = |address: u32, length: u32, line: u32| {
            [address, length, line, 9].iter().flat_map(|field| field.to_le_bytes()).collect::<Vec<_>>()
        };
        while !(bytes.len() + start as usize).is_multiple_of(4) {
            bytes.push(b'.');
        }
        let records = bytes.len();
        bytes.extend(record(start + 6, 17, 80));
        // The same file, another line; no file; no line.
        bytes.extend(record(start + 6, 17, 81));
        bytes.extend(record(start + 2, 4, 80));
        bytes.extend(record(start + 23, 6, 0));
        let before = bytes.clone();
        forget_in(&mut bytes, start);
        assert_eq!(&bytes[..6], b"__keep");
        assert_eq!(&bytes[6..23], &[0; 17]);
        assert_eq!(&bytes[23..records], &before[23..records]);
        assert_eq!(&bytes[records..records + 32], &[0; 32]);
        assert_eq!(&bytes[records + 32..], &before[records + 32..]);
    }
}
