// What passes through here weighs more than the garbage collector can see.

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
