import type { Code } from "./wasm/keyferry.js";

/** Why a call failed. Decide by `code`; the message is for people. */
export class KeyferryError extends Error {
  /** The stable code. */
  readonly code: Code;
  /** The relay's request id, which leads to its log. */
  readonly requestId?: string;
  /** How long the relay asks to wait, in milliseconds. */
  readonly retryAfterMs?: number;

  constructor(code: Code, message: string, requestId?: string, retryAfterMs?: number) {
    super(message);
    this.name = "KeyferryError";
    this.code = code;
    if (requestId !== undefined) this.requestId = requestId;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}
