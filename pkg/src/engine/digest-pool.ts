// The page's side of the digest worker: one worker for all digests, and a few buffers per digest that travel.
import { wasmModule } from "../load.js";
import type { Digest } from "./digest.js";
import type { Bytes, Rope } from "./rope.js";
import { type FromWorker, startWorker, type ToWorker } from "./worker.js";

const BUFFERS = 4;
const BUFFER_BYTES = 1024 * 1024;

let worker: Promise<Worker | undefined> | undefined;
let lastDigest = 0;
/** Digests under way. An abandoned one is collected, and the worker told so. */
const digests = new Map<number, WeakRef<DigestWorker>>();
/** Those that wait for the worker. Nothing else may refer to them and to who waits for them meanwhile. */
const waiting = new Set<DigestWorker>();
const abandoned = new FinalizationRegistry<() => void>((drop) => drop());

/** Whether content is being digested. */
export const digesting = (): boolean => digests.size > 0;

/** A digest in the worker. */
export class DigestWorker implements Digest {
  readonly #worker: Worker;
  readonly #digest = ++lastDigest;
  readonly #free: ArrayBuffer[] = [];
  #allocated = 0;
  #wake: () => void = () => {};
  #done: (sha256: Bytes) => void = () => {};
  #fail: (error: unknown) => void = () => {};
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

  /** Ends whatever waits for a worker that died. */
  fail(error: unknown): void {
    digests.delete(this.#digest);
    this.#fail(error);
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
    this.#post({ digest: this.#digest, end: true }, []);
    const sha256 = await this.#answer<Bytes>((resolve) => (this.#done = resolve));
    digests.delete(this.#digest);
    return sha256;
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
      await this.#answer<void>((resolve) => (this.#wake = resolve));
    }
  }

  async #answer<T>(listen: (resolve: (value: T) => void) => void): Promise<T> {
    waiting.add(this);
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#fail = reject;
        listen(resolve);
      });
    } finally {
      waiting.delete(this);
    }
  }
}

async function start(): Promise<Worker | undefined> {
  const started = await startWorker(wasmModule());
  started?.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
    if ("digest" in data) digests.get(data.digest)?.deref()?.receive(data);
  });
  started?.addEventListener("error", (event) => {
    worker = undefined;
    for (const digest of waiting) digest.fail(new Error(event.message || "the content worker ended"));
  });
  return started;
}
