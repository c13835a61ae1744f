// HTTP to one relay by `fetch`, as sdk-wasm/src/platform/transport.rs calls it. No cookie, no redirect: the relay is
// exactly the one that was named, and the token is in a header. That nothing is to be stored the relay says of every
// answer: were it said here, Chromium would forget preflights too, and every request would cost a second round trip.
import { weigh } from "../engine/scale.js";
import { type Bytes, Rope } from "../engine/rope.js";

/** An answer whose body is yet to be read. */
export interface Incoming {
  readonly status: number;
  /** Names and values in turn, of the headers that were asked for. */
  readonly headers: readonly string[];
  /** Reads at least so many bytes, or up to the end; after it, none. */
  read(atLeast: number): Promise<Rope>;
}

type Headers = readonly string[];

/** A way to one relay. */
export class FetchTransport {
  readonly #base: string;
  #staging: Bytes = new Uint8Array(0);

  constructor(base: string) {
    this.#base = base;
  }

  /** Sends a request; resolves with status and headers. `body` is a view of wasm memory. Headers are names and values
   * in turn; `read` names those to return. */
  send(method: string, path: string, headers: Headers, signal: AbortSignal, read: Headers, body?: Bytes): Promise<Incoming> {
    return this.#send(method, path, headers, signal, read, body?.slice());
  }

  /** Sends content. `fetch` copies a body before it returns, so one buffer serves every call. */
  sendContent(method: string, path: string, headers: Headers, signal: AbortSignal, read: Headers, body: Rope): Promise<Incoming> {
    if (this.#staging.length < body.length) this.#staging = new Uint8Array(body.length);
    weigh(body.length);
    return this.#send(method, path, headers, signal, read, body.copyTo(this.#staging).subarray(0, body.length));
  }

  async #send(method: string, path: string, headers: Headers, signal: AbortSignal, read: Headers, body?: Bytes): Promise<Incoming> {
    const response = await fetch(this.#base + path, {
      method,
      headers: pairs(headers),
      body: body ?? null,
      signal,
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
    });
    const reader = response.body?.getReader();
    return {
      status: response.status,
      headers: read.flatMap((name) => {
        const value = response.headers.get(name);
        return value === null ? [] : [name, value];
      }),
      read: async (atLeast) => {
        if (!reader) return new Rope([]);
        const rope = await gather(reader, atLeast);
        weigh(rope.length);
        return rope;
      },
    };
  }
}

async function gather(reader: ReadableStreamDefaultReader<Bytes>, atLeast: number): Promise<Rope> {
  const pieces: Bytes[] = [];
  for (let length = 0; length < atLeast; ) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    length += value.length;
  }
  return new Rope(pieces);
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index] ?? "", flat[2 * index + 1] ?? ""]);
}
