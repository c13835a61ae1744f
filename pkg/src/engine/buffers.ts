// Buffers that are used again and again: fresh memory costs more than what is done with it, and what waits for the
// garbage collector counts as much as what is in use.

import type { Bytes } from "./rope.js";

/** Bytes of such a buffer: a job of the chunk pool, 64 chunks, sealed. */
export const BUFFER_BYTES = 64 * (16 * 1024 + 16);
/** What an upload has in flight, and a little. */
const MOST_SPARE = 24;
/** A message has a copy of what it carries, which is not to be large. */
const MESSAGE_BUFFERS = 16;

const spare: ArrayBuffer[] = [];

/** A buffer with anything in it. */
export function takeBuffer(): ArrayBuffer {
  return spare.pop() ?? new ArrayBuffer(BUFFER_BYTES);
}

/** Takes back memory that nobody needs any more. Views of it that are left are empty from here on, so that nobody ever
 * finds other bytes in them. */
export function giveBack(pieces: Iterable<Bytes>): void {
  const others: ArrayBuffer[] = [];
  for (const { buffer, length } of pieces) {
    if (buffer.byteLength === BUFFER_BYTES && spare.length < MOST_SPARE) spare.push(structuredClone(buffer, { transfer: [buffer] }));
    // What is only a part of some memory may have neighbours.
    else if (length > 0 && length === buffer.byteLength && !others.includes(buffer)) others.push(buffer);
  }
  free(others);
}

/** Frees memory at once: it goes with messages that nobody can receive. */
function free(buffers: ArrayBuffer[]): void {
  const { port1, port2 } = new MessageChannel();
  while (buffers.length > 0) port1.postMessage(0, buffers.splice(-MESSAGE_BUFFERS));
  port1.close();
  port2.close();
}

/** After so many bytes, the garbage collector is to come. */
const WEIGHED_BYTES = 8 * 1024 * 1024;
const BALLAST_BYTES = 8 * WEIGHED_BYTES;

const scale: { weighed: number; ballast?: ArrayBuffer } = { weighed: 0 };

/** Has the collector know of bytes that went through here. It sees neither what requests keep of the bodies they sent
 * nor what WebCrypto leaves behind, and has little else to do: hundreds of mebibytes would wait for it. Memory that is
 * never touched takes no room, but it counts. */
export function weigh(bytes: number): void {
  scale.weighed += bytes;
  if (scale.weighed < WEIGHED_BYTES) return;
  scale.weighed = 0;
  try {
    scale.ballast = new ArrayBuffer(BALLAST_BYTES);
  } catch {
    // Where there is so little of it, the collector comes by itself.
  }
}
