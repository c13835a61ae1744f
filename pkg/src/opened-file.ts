import type { Bytes, Rope } from "./engine/rope.js";
import type { Progress, RawFile, RawStream } from "./wasm/keyferry.js";

/** How a long call is watched and stopped. */
export interface TransferOptions {
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

/** A file whose key was opened. Content is fetched and opened while it is read. */
export class OpenedFile {
  /** Its name. */
  readonly name: string;
  /** Its media type; empty when not known. */
  readonly type: string;
  /** Its length, in bytes. */
  readonly size: number;
  /** When it was last modified. */
  readonly modifiedAt?: Date;
  /** SHA-256 of its plaintext, in hex. */
  readonly sha256: string;
  /** The published label. */
  readonly label: string;
  readonly #file: RawFile;
  readonly #options: TransferOptions;

  /** @internal */
  constructor(file: RawFile, options: TransferOptions) {
    this.#file = file;
    this.#options = options;
    this.name = file.name;
    this.type = file.type;
    this.size = file.size;
    this.sha256 = file.sha256;
    this.label = file.label;
    if (file.modifiedAtMs !== undefined) this.modifiedAt = new Date(file.modifiedAtMs);
  }

  /** All of it, with constant memory. Nothing of a corrupt chunk is given; the end comes only after length and SHA-256
   * were checked. */
  stream(): ReadableStream<Bytes> {
    let reading: RawStream | undefined;
    return new ReadableStream<Bytes>({
      start: () => {
        reading = this.#read();
      },
      pull: async (controller) => {
        const piece = await reading?.next();
        if (piece) return controller.enqueue(piece.bytes());
        controller.close();
        reading?.free();
      },
      cancel: () => reading?.free(),
    }, { highWaterMark: 1 });
  }

  /** All of it as a Blob of its type. */
  async blob(): Promise<Blob> {
    const parts: Blob[] = [];
    for await (const piece of this.#pieces()) parts.push(new Blob([...piece.pieces]));
    return new Blob(parts, { type: this.type });
  }

  /** All of it in memory. */
  async bytes(): Promise<Bytes> {
    const content = new Uint8Array(this.size);
    let at = 0;
    for await (const piece of this.#pieces()) {
      piece.copyTo(content.subarray(at, at + piece.length));
      at += piece.length;
    }
    return content;
  }

  /** Writes all of it into a file or a stream, with constant memory, and closes it. After an error nothing is kept. */
  async saveTo(sink: WritableStream<Uint8Array> | FileSystemFileHandle): Promise<void> {
    if (sink instanceof WritableStream) return this.stream().pipeTo(sink);
    const file = await sink.createWritable();
    try {
      // A file has taken what it was given once that is written, so one buffer serves for all of it.
      let buffer = new Uint8Array(0);
      for await (const piece of this.#pieces()) {
        if (buffer.length < piece.length) buffer = new Uint8Array(piece.length);
        await file.write(piece.copyTo(buffer).subarray(0, piece.length));
      }
    } catch (error) {
      await file.abort(error);
      throw error;
    }
    await file.close();
  }

  /** The bytes from `start` to `end` (excluded), cut to its end. */
  async slice(start: number, end: number): Promise<Bytes> {
    return (await this.#file.slice(start, end, this.#options.signal)).bytes();
  }

  #read(): RawStream {
    return this.#file.stream(this.#options.onProgress, this.#options.signal);
  }

  async *#pieces(): AsyncGenerator<Rope> {
    const reading = this.#read();
    try {
      for (let piece = await reading.next(); piece; piece = await reading.next()) yield piece;
    } finally {
      reading.free();
    }
  }
}
