// How the wasm module makes JavaScript's values and errors: sdk-wasm/src/api/answer.rs names it.
import { KeyferryError } from "../error.js";
import type { Code } from "../wasm/keyferry.js";

/** Times are called `at` or end in `At`. */
const TIME = /^at$|At$/;

export const resultHost = {
  value: (json: string): unknown =>
    JSON.parse(json, (key, value: unknown) => (typeof value === "number" && TIME.test(key) ? new Date(value) : value)),
  error: (code: Code, message: string, requestId?: string, retryAfterMs?: number): KeyferryError =>
    new KeyferryError(code, message, requestId, retryAfterMs),
};
