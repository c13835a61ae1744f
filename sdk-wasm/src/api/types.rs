//! Types of the TypeScript half that signatures here name.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const IMPORTS: &str = r#"
import type { EngineHost } from "../engine/host.js";
import type { Rope } from "../engine/rope.js";
import type { PasskeyHost } from "../platform/passkey.js";
import type { Source } from "../source.js";
"#;
