// Starting the package's worker, and what is said to it. One script serves both kinds of work: digests, and chunks.
import type { Bytes } from "./rope.js";

/** Chunks to seal or open, in a buffer that travels. The worker has one answer for each, under the same `seat`. */
export interface ChunkJob {
  seat: number;
  seals: boolean;
  key: CryptoKey;
  baseNonce: Bytes;
  first: number;
  last: boolean;
  buffer: ArrayBuffer;
  length: number;
}

/** To the worker: what it is to work with, first; then its work. */
export type ToWorker =
  | { module: WebAssembly.Module | undefined }
  | { digest: number; buffer: ArrayBuffer; length: number }
  | { digest: number; end: true }
  | { digest: number; dropped: true }
  | ChunkJob;

/** From the worker: it is ready; a buffer comes back; a digest is done; chunks are done, or could not be. */
export type FromWorker =
  | { ready: true }
  | { digest: number; buffer: ArrayBuffer }
  | { digest: number; sha256: Bytes }
  | { seat: number; buffer: ArrayBuffer; pieces: Bytes[]; corrupt: number | undefined }
  | { seat: number; buffer: ArrayBuffer; failed: unknown };

/** Starts a worker and waits until it can work. Nothing where a page's policy, or the platform, has no workers. */
export async function startWorker(module?: WebAssembly.Module): Promise<Worker | undefined> {
  try {
    const worker = new Worker(scriptUrl(new URL("./content-worker.js", import.meta.url)), { type: "module" });
    await new Promise((resolve, reject) => {
      worker.addEventListener("message", resolve, { once: true });
      worker.addEventListener("error", reject, { once: true });
      worker.postMessage({ module } satisfies ToWorker);
    });
    return worker;
  } catch {
    return undefined;
  }
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): Policy;
}

interface Policy {
  createScriptURL(url: string): URL;
}

/** A page may make a policy of one name only once. */
let policy: Policy | undefined;

/** Under Trusted Types a worker's address must come from a policy; the page's CSP has to allow one named `keyferry`. */
function scriptUrl(url: URL): URL {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy("keyferry", { createScriptURL: (href) => href });
  return policy?.createScriptURL(url.href) ?? url;
}
