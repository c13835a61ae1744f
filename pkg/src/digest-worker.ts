// The digest worker: SHA-256 in wasm, for any number of digests. It runs from one file without imports, so that every
// bundler can ship it as it is.
import type { FromWorker, ToWorker } from "./engine/digest-pool.js";
import { initSync, Sha256 } from "./wasm/keyferry.js";

const scope = self as unknown as {
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
};
const digests = new Map<number, Sha256>();

scope.onmessage = ({ data }) => {
  if ("module" in data) {
    initSync({ module: data.module });
    scope.postMessage({ ready: true });
  } else if ("dropped" in data) {
    digests.get(data.digest)?.free();
    digests.delete(data.digest);
  } else if ("end" in data) {
    const sha256 = digestOf(data.digest).finish() as Uint8Array<ArrayBuffer>;
    digestOf(data.digest).free();
    digests.delete(data.digest);
    scope.postMessage({ digest: data.digest, sha256 });
  } else {
    digestOf(data.digest).update(new Uint8Array(data.buffer, 0, data.length));
    scope.postMessage({ digest: data.digest, buffer: data.buffer }, [data.buffer]);
  }
};

function digestOf(number: number): Sha256 {
  const known = digests.get(number) ?? new Sha256();
  digests.set(number, known);
  return known;
}
