// The page's side of the digest worker: one worker for all digests, and a few buffers per digest that travel.
import { wasmModule } from "../load.js";
import type { Digest } from "./digest.js";
import type { Bytes, Rope } from "./rope.js";

/** To the worker: the module first; then bytes of a digest, and its end. */
export type ToWorker =
  | { module: WebAssembly.Module }
  | { digest: number; buffer: ArrayBuffer; length: number }
  | { digest: number; end: true }
  | { digest: number; dropped: true };

/** From the worker: it is ready; a buffer comes back; a digest is done. */
export type FromWorker = { ready: true } | { digest: number; buffer: ArrayBuffer } | { digest: number; sha256: Bytes };

const BUFFERS = 3;
const BUFFER_BYTES = 1024 * 1024;

let worker: Promise<Worker | undefined> | undefined;
let lastDigest = 0;
/** Digests under way. An abandoned one is collected, and the worker told so. */
const digests = new Map<number, WeakRef<DigestWorker>>();
const abandoned = new FinalizationRegistry<() => void>((drop) => drop());

/** A digest in the worker. */
export class DigestWorker implements Digest {
  readonly #worker: Worker;
  readonly #digest = ++lastDigest;
  readonly #free: ArrayBuffer[] = [];
  #allocated = 0;
  #wake: () => void = () => {};
  #done: (sha256: Bytes) => void = () => {};
  #filling: Bytes | undefined;
  #filled = 0;

  /** Nothing where no worker can be started. */
  static async open(): Promise<DigestWorker | undefined> {
    const started = await (worker ??= start());
    return started && new DigestWorker(started);
  }

  private constructor(worker: Worker) {
    this.#worker = worker;
    const digest = this.#digest;
    digests.set(digest, new WeakRef(this));
    abandoned.register(this, () => {
      if (digests.delete(digest)) worker.postMessage({ digest, dropped: true } satisfies ToWorker);
    });
  }

  /** Takes what the worker says of this digest. */
  receive(message: FromWorker): void {
    if ("sha256" in message) return this.#done(message.sha256);
    if ("buffer" in message) this.#free.push(message.buffer);
    this.#wake();
  }

  async update(bytes: Rope): Promise<void> {
    for (const piece of bytes.pieces) {
      for (let at = 0; at < piece.length; ) {
        const target = (this.#filling ??= new Uint8Array(await this.#buffer()));
        const part = piece.subarray(at, at + target.length - this.#filled);
        target.set(part, this.#filled);
        this.#filled += part.length;
        at += part.length;
        if (this.#filled === target.length) this.#send();
      }
    }
  }

  async finish(): Promise<Bytes> {
    this.#send();
    const sha256 = new Promise<Bytes>((resolve) => (this.#done = resolve));
    this.#post({ digest: this.#digest, end: true }, []);
    const digest = await sha256;
    digests.delete(this.#digest);
    return digest;
  }

  #send(): void {
    if (!this.#filling) return;
    const { buffer } = this.#filling;
    this.#post({ digest: this.#digest, buffer, length: this.#filled }, [buffer]);
    this.#filling = undefined;
    this.#filled = 0;
  }

  #post(message: ToWorker, transfer: Transferable[]): void {
    this.#worker.postMessage(message, transfer);
  }

  async #buffer(): Promise<ArrayBuffer> {
    if (this.#allocated < BUFFERS) {
      this.#allocated++;
      return new ArrayBuffer(BUFFER_BYTES);
    }
    for (;;) {
      const buffer = this.#free.pop();
      if (buffer) return buffer;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** Starts the worker and waits until it can hash. A page whose policy forbids it goes on without. */
async function start(): Promise<Worker | undefined> {
  try {
    const module = wasmModule();
    const started = new Worker(scriptUrl(new URL("./digest-worker.js", import.meta.url)), { type: "module" });
    await new Promise((resolve, reject) => {
      started.addEventListener("message", resolve, { once: true });
      started.addEventListener("error", reject, { once: true });
      started.postMessage({ module } satisfies ToWorker);
    });
    started.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      if ("digest" in data) digests.get(data.digest)?.deref()?.receive(data);
    });
    return started;
  } catch {
    return undefined;
  }
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): {
    createScriptURL(url: string): URL;
  };
}

/** Under Trusted Types a worker's address must come from a policy; the page's CSP has to allow one named `keyferry`. */
function scriptUrl(url: URL): URL {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  return trustedTypes ? trustedTypes.createPolicy("keyferry", { createScriptURL: (href) => href }).createScriptURL(url.href) : url;
}
