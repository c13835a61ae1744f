// The inner loop of content: every 16 KiB is one WebCrypto call, and all calls of a segment are in flight at once.
import { type Bytes, Rope } from "./rope.js";

export const CHUNK_BYTES = 16 * 1024;
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + 16;

/** What opening gave: the plaintext before the first corrupt chunk, and that chunk's index in the segment. */
export interface OpenedChunks {
  readonly opened: Rope;
  readonly corrupt: number | undefined;
}

/** Seals consecutive chunks from number `first`. With `last` the final, shorter, perhaps empty one is among them. */
export async function sealChunks(
  key: CryptoKey,
  baseNonce: Bytes,
  first: number,
  plaintext: Rope,
  last: boolean,
): Promise<Rope> {
  const sealed: Promise<ArrayBuffer>[] = [];
  for (const chunk of pieces(plaintext, CHUNK_BYTES, last)) {
    sealed.push(crypto.subtle.encrypt(gcm(baseNonce, first + sealed.length), key, chunk));
  }
  return rope(await Promise.all(sealed));
}

/** Opens consecutive chunks from number `first`; gives nothing of a corrupt chunk or beyond. */
export async function openChunks(
  key: CryptoKey,
  baseNonce: Bytes,
  first: number,
  sealed: Rope,
  last: boolean,
): Promise<OpenedChunks> {
  const calls: Promise<ArrayBuffer | undefined>[] = [];
  for (const chunk of pieces(sealed, SEALED_CHUNK_BYTES, last)) {
    calls.push(crypto.subtle.decrypt(gcm(baseNonce, first + calls.length), key, chunk).catch(refusal));
  }
  const opened = await Promise.all(calls);
  const corrupt = opened.indexOf(undefined);
  const authentic = (corrupt < 0 ? opened : opened.slice(0, corrupt)) as ArrayBuffer[];
  return { opened: rope(authentic), corrupt: corrupt < 0 ? undefined : corrupt };
}

/** A chunk that does not authenticate; everything else that WebCrypto throws is the platform's fault. */
function refusal(thrown: unknown): undefined {
  if (!(thrown instanceof DOMException && thrown.name === "OperationError")) throw thrown;
}

/** Whole pieces and, at the end of a stream, the remainder, even when it is empty. */
function* pieces(bytes: Rope, size: number, last: boolean): Generator<Bytes> {
  for (const piece of bytes.cut(size)) if (piece.length === size || last) yield piece;
}

/** The base nonce XOR the chunk number, big-endian (C2SP chunked encryption, "AEAD usage"). */
function gcm(base: Bytes, chunk: number): AesGcmParams {
  const iv = base.slice();
  const view = new DataView(iv.buffer);
  view.setUint32(4, view.getUint32(4) ^ Math.floor(chunk / 2 ** 32));
  view.setUint32(8, view.getUint32(8) ^ (chunk >>> 0));
  return { name: "AES-GCM", iv };
}

const rope = (buffers: ArrayBuffer[]): Rope => new Rope(buffers.map((buffer) => new Uint8Array(buffer)));
