//! The source paths of panic messages. In a browser nobody can read them: a panic is a trap. They only make the module
//! larger, so they are blanked. (The compiler leaves them out by `-Zlocation-detail`, once that is stable.)

const START: &[u8] = b"src/";
const END: &[u8] = b".rs";

/// Blanks everything that reads like `src/content/sealer.rs`. In code no such seven letters occur.
pub fn blank(module: &mut [u8]) {
    let mut from = 0;
    while let Some(start) = find(&module[from..], START).map(|at| from + at) {
        let path = &module[start..];
        let length = path.iter().position(|byte| !in_path(*byte)).unwrap_or(path.len());
        from = start + START.len();
        if path[length..].starts_with(END) {
            from = start + length + END.len();
            module[start..from].fill(b' ');
        }
    }
}

const fn in_path(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'/')
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_sources_are_blanked() {
        let mut module = b"no key/srclient/src/file/seal.rsa src/ of src/x.rs and src/lib.js".to_vec();
        blank(&mut module);
        let left = "no key/srclient/                a src/ of          and src/lib.js";
        assert_eq!(String::from_utf8(module).unwrap(), left);
    }
}
