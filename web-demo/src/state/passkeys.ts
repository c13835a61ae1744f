// Whether this browser may have passkeys that open keys, once it was asked.
import { supportsPasskeys } from "@keyferry/sdk";
import { type ReadonlySignal, signal } from "@preact/signals";

const supported = signal(false);
void supportsPasskeys().then((can) => (supported.value = can));

/** False until the browser said that it may. */
export const canUsePasskeys: ReadonlySignal<boolean> = supported;
