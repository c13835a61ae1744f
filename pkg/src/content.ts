// @keyferry/sdk/content: sealing and opening content alone, under a key of your own, with no relay. The format is
// C2SP chunked encryption, Cobblestone-256 (docs/formats.md). An application that stores ciphertext elsewhere, or
// measures, starts here.
import { type Digest, openDigest } from "./engine/digest.js";
import { engineHost } from "./engine/host.js";
import { type Bytes, Rope } from "./engine/rope.js";
import { load, type WasmSource } from "./load.js";
import { resultHost } from "./platform/result.js";
import { plain } from "./source.js";
import { RawOpener, RawSealer } from "./wasm/keyferry.js";

export { KeyferryError } from "./error.js";
export { load, type WasmSource };

/** Bytes in pieces, in order. */
export type Pieces = readonly Bytes[];

/** 32 secret bytes, and what they are bound to. */
export interface ContentKey {
  /** Random, and used for this one stream: `crypto.getRandomValues(new Uint8Array(32))`. */
  key: Uint8Array;
  /** Public bytes that must be the same when opening; empty by default. */
  context?: Uint8Array;
}

/** Seals one stream. Calls follow one another: await each before the next. */
export class ContentSealer {
  readonly #raw: RawSealer;

  private constructor(raw: RawSealer) {
    this.#raw = raw;
  }

  static async begin({ key, context = new Uint8Array() }: ContentKey): Promise<ContentSealer> {
    await load();
    return new ContentSealer(await RawSealer.begin(engineHost, resultHost, key, context));
  }

  /** Takes plaintext of any length, which is not to be changed before `finish`, and gives ciphertext. */
  async push(plaintext: Uint8Array | Pieces): Promise<Pieces> {
    return ((await this.#raw.push(rope(plaintext))) as Rope).pieces;
  }

  /** Ends the stream and gives the rest of its ciphertext. */
  async finish(): Promise<Pieces> {
    return ((await this.#raw.finish()) as Rope).pieces;
  }
}

/** Opens one stream. All it gives is authentic; only `finish` says that it was all. */
export class ContentOpener {
  readonly #raw: RawOpener;

  private constructor(raw: RawOpener) {
    this.#raw = raw;
  }

  static async begin({ key, context = new Uint8Array() }: ContentKey): Promise<ContentOpener> {
    await load();
    return new ContentOpener(new RawOpener(engineHost, resultHost, key, context));
  }

  /** Takes ciphertext of any length, which is not to be changed before `finish`, and gives plaintext. */
  async push(ciphertext: Uint8Array | Pieces): Promise<Pieces> {
    return ((await this.#raw.push(rope(ciphertext))) as Rope).pieces;
  }

  /** Ends the stream and gives the rest, or throws `content_truncated` or `content_corrupt`. */
  async finish(): Promise<Pieces> {
    return ((await this.#raw.finish()) as Rope).pieces;
  }
}

/** An incremental SHA-256, off the page's thread where that can be. */
export class ContentDigest {
  readonly #digest: Digest = openDigest();

  private constructor() {}

  static async begin(): Promise<ContentDigest> {
    await load();
    return new ContentDigest();
  }

  /** Adds bytes; resolves when there is room for more. */
  update(bytes: Uint8Array | Pieces): Promise<void> {
    return this.#digest.update(rope(bytes));
  }

  /** The 32 bytes of the digest. */
  finish(): Promise<Bytes> {
    return this.#digest.finish();
  }
}

const rope = (bytes: Uint8Array | Pieces): Rope =>
  bytes instanceof Uint8Array ? Rope.of(plain(bytes)) : new Rope(bytes);
