// An incremental SHA-256, which WebCrypto does not have. Content of one piece goes to WebCrypto after all; longer
// content to a worker, in buffers that travel there and back, so that nothing is allocated per piece; and where there
// is no worker, to wasm on this thread.
import { DigestWorker } from "./digest-pool.js";
import { Sha256 } from "../wasm/keyferry.js";
import { type Bytes, Rope } from "./rope.js";

/** A digest in progress. */
export interface Digest {
  /** Adds bytes; resolves when there is room for more. */
  update(bytes: Rope): Promise<void>;
  /** The 32 bytes of the digest. */
  finish(): Promise<Bytes>;
}

/** Up to so many bytes are kept for WebCrypto's one-shot digest. */
const SHORT_BYTES = 1024 * 1024;

let open: () => Digest = () => new BrowserDigest();

/** Replaces the digest, for platforms that have a better one. */
export function provideDigest(factory: () => Digest): void {
  open = factory;
}

export const openDigest = (): Digest => open();

class BrowserDigest implements Digest {
  #kept = new Rope([]);
  #long: Digest | undefined;

  async update(bytes: Rope): Promise<void> {
    if (!this.#long) {
      if (this.#kept.length + bytes.length <= SHORT_BYTES) {
        // Whose memory it is, and for how long, is not known here.
        this.#kept = this.#kept.with(Rope.of(bytes.copyTo(new Uint8Array(bytes.length))));
        return;
      }
      this.#long = (await DigestWorker.open()) ?? new ThreadDigest();
      await this.#long.update(this.#kept);
    }
    return this.#long.update(bytes);
  }

  async finish(): Promise<Bytes> {
    if (this.#long) return this.#long.finish();
    return new Uint8Array(await crypto.subtle.digest("SHA-256", this.#kept.bytes()));
  }
}

/** SHA-256 in wasm, on this thread. */
class ThreadDigest implements Digest {
  readonly #hash = new Sha256();

  async update(bytes: Rope): Promise<void> {
    for (const piece of bytes.pieces) this.#hash.update(piece);
  }

  async finish(): Promise<Bytes> {
    const digest = this.#hash.finish() as Bytes;
    this.#hash.free();
    return digest;
  }
}
