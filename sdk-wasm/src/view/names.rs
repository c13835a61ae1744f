//! Union types of stable names, written out from the code itself while it compiles.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::{Code, Role, Suite};
use wasm_bindgen::prelude::*;

/// Declares `export type $name = "…" | "…";` of the names of every value.
macro_rules! union {
    ($section:ident, $name:literal, $doc:literal, $all:expr, $text:path) => {
        #[wasm_bindgen(typescript_custom_section)]
        const $section: &'static str = {
            const HEAD: &str = concat!("/** ", $doc, " */\nexport type ", $name, " =");
            const BYTES: usize = {
                let mut bytes = HEAD.len() + 2;
                let mut index = 0;
                while index < $all.len() {
                    bytes += "\n  | \"\"".len() + $text($all[index]).len();
                    index += 1;
                }
                bytes
            };
            const TEXT: [u8; BYTES] = {
                let (mut text, mut at) = put([0; BYTES], 0, HEAD);
                let mut index = 0;
                while index < $all.len() {
                    (text, at) = put(text, at, "\n  | \"");
                    (text, at) = put(text, at, $text($all[index]));
                    (text, at) = put(text, at, "\"");
                    index += 1;
                }
                put(text, at, ";\n").0
            };
            match core::str::from_utf8(&TEXT) {
                Ok(text) => text,
                Err(_) => "",
            }
        };
    };
}

union!(CODES, "Code", "A stable error code.", Code::ALL, Code::name);
union!(ROLES, "Role", "What a person is to an organization.", Role::ALL, Role::name);
union!(SUITES, "Suite", "How keys are wrapped to a public key.", Suite::ALL, Suite::id);
union!(OPERATIONS, "Operation", "What was done.", Operation::ALL, Operation::name);

#[allow(dead_code, reason = "used only while constants are computed, which the lint does not see")]
const fn put<const N: usize>(mut text: [u8; N], at: usize, piece: &str) -> ([u8; N], usize) {
    let piece = piece.as_bytes();
    let mut index = 0;
    while index < piece.len() {
        text[at + index] = piece[index];
        index += 1;
    }
    (text, at + index)
}
