// What can be uploaded, behind the face that sdk-wasm/src/platform/source.rs names.
import { type Bytes, Rope } from "./engine/rope.js";

/** What can be uploaded. */
export type UploadSource = Blob | ReadableStream<Uint8Array> | Uint8Array | ArrayBuffer;

/** Content that is read in order, and again from the start if it can be. */
export interface Source {
  readonly size?: number;
  read(maxBytes: number): Promise<Rope | undefined>;
  rewind(): boolean;
}

/** A source for whatever was given. Bytes are not copied: do not change them before the upload ends. */
export function openSource(content: UploadSource): Source {
  if (content instanceof Blob) return new BlobSource(content);
  if (content instanceof ReadableStream) return new StreamSource(content);
  return new BytesSource(content instanceof ArrayBuffer ? new Uint8Array(content) : plain(content));
}

class BytesSource implements Source {
  readonly size: number;
  readonly #bytes: Bytes;
  #at = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  async read(maxBytes: number): Promise<Rope | undefined> {
    const piece = this.#bytes.subarray(this.#at, this.#at + maxBytes);
    this.#at += piece.length;
    return piece.length > 0 ? Rope.of(piece) : undefined;
  }

  rewind(): boolean {
    this.#at = 0;
    return true;
  }
}

/** Reads on while what it gave last is worked on, into two buffers in turn: fresh memory for every piece would cost
 * more than reading it. So a piece is good until the read after the next; then its buffer is detached. */
class BlobSource implements Source {
  readonly size: number;
  readonly #blob: Blob;
  #at = 0;
  /** False where a Blob has no such reader; then it is read in slices, each in memory of its own. */
  #reader: ReadableStreamBYOBReader | false | undefined;
  #spare: ArrayBuffer[] = [];
  #ahead: Promise<Bytes> | undefined;

  constructor(blob: Blob) {
    this.#blob = blob;
    this.size = blob.size;
  }

  async read(maxBytes: number): Promise<Rope | undefined> {
    const piece = await (this.#ahead ?? this.#fill(maxBytes));
    this.#ahead = piece.length > 0 ? this.#fill(maxBytes) : undefined;
    // Its failure is told by the read that asks for it.
    this.#ahead?.catch(() => {});
    if (this.#reader) this.#spare.push(piece.buffer);
    return piece.length > 0 ? Rope.of(piece) : undefined;
  }

  rewind(): boolean {
    if (this.#reader) this.#reader.cancel().catch(() => {});
    this.#reader = this.#ahead = undefined;
    this.#at = 0;
    return true;
  }

  async #fill(bytes: number): Promise<Bytes> {
    const reader = (this.#reader ??= readerInto(this.#blob));
    if (!reader) {
      const slice = this.#blob.slice(this.#at, (this.#at += bytes));
      return new Uint8Array(await slice.arrayBuffer());
    }
    const spare = this.#spare.shift();
    let buffer = spare && spare.byteLength >= bytes ? spare : new ArrayBuffer(bytes);
    for (let filled = 0; ; ) {
      const { done, value } = await reader.read(new Uint8Array(buffer, filled, bytes - filled), { min: bytes - filled });
      buffer = value?.buffer ?? buffer;
      filled += value?.length ?? 0;
      if (done || filled === bytes) return new Uint8Array(buffer, 0, filled);
    }
  }
}

/** A reader that fills buffers it is given. Some browsers have none for a Blob. */
function readerInto(blob: Blob): ReadableStreamBYOBReader | false {
  try {
    return blob.stream().getReader({ mode: "byob" });
  } catch {
    return false;
  }
}

class StreamSource implements Source {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #left = Rope.of(new Uint8Array(0));
  #started = false;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  async read(maxBytes: number): Promise<Rope | undefined> {
    this.#started = true;
    while (this.#left.length < maxBytes) {
      const { done, value } = await this.#reader.read();
      if (done) break;
      this.#left = this.#left.with(Rope.of(plain(value)));
    }
    const taken = Math.min(maxBytes, this.#left.length);
    const piece = this.#left.slice(0, taken);
    this.#left = this.#left.slice(taken, this.#left.length);
    return taken > 0 ? piece : undefined;
  }

  rewind(): boolean {
    return !this.#started;
  }
}

/** WebCrypto takes no shared memory. */
export function plain(bytes: Uint8Array): Bytes {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Bytes) : new Uint8Array(bytes);
}
