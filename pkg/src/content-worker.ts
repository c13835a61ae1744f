// The content worker: chunks by WebCrypto, and SHA-256 in wasm for any number of digests. It runs from one file without
// imports, so that every bundler can ship it as it is.
import { openChunks, sealChunks } from "./engine/chunks.js";
import { type Bytes, Rope } from "./engine/rope.js";
import { weigh } from "./engine/scale.js";
import type { ChunkJob, FromWorker, ToWorker } from "./engine/worker.js";
import { initSync, Sha256 } from "./wasm/keyferry.js";

const scope = self as unknown as {
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
};
const digests = new Map<number, Sha256>();

scope.onmessage = ({ data }) => {
  if ("seat" in data) {
    void work(data);
  } else if ("module" in data) {
    if (data.module) initSync({ module: data.module });
    scope.postMessage({ ready: true });
  } else if ("dropped" in data) {
    digests.get(data.digest)?.free();
    digests.delete(data.digest);
  } else if ("end" in data) {
    const sha256 = digestOf(data.digest).finish() as Bytes;
    digestOf(data.digest).free();
    digests.delete(data.digest);
    scope.postMessage({ digest: data.digest, sha256 });
  } else {
    digestOf(data.digest).update(new Uint8Array(data.buffer, 0, data.length));
    scope.postMessage({ digest: data.digest, buffer: data.buffer }, [data.buffer]);
  }
};

async function work({ seat, seals, key, baseNonce, first, last, buffer, length }: ChunkJob): Promise<void> {
  try {
    const bytes = Rope.of(new Uint8Array(buffer, 0, length));
    const { opened, corrupt } = seals
      ? { opened: await sealChunks(key, baseNonce, first, bytes, last), corrupt: undefined }
      : await openChunks(key, baseNonce, first, bytes, last);
    weigh(length);
    const pieces = [...opened.pieces];
    scope.postMessage({ seat, buffer, pieces, corrupt }, [buffer, ...pieces.map((piece) => piece.buffer)]);
  } catch (failed) {
    scope.postMessage({ seat, buffer, failed }, [buffer]);
  }
}

function digestOf(number: number): Sha256 {
  const known = digests.get(number) ?? new Sha256();
  digests.set(number, known);
  return known;
}
