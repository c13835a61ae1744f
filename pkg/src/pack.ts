// Orders a wasm module for compression, at build time; see unpack.ts.
import { BLOCK_BYTES, CODE_SECTION, kindOf, MAGIC, STREAMS, Stream, unpack, walk, zigzag } from "./unpack.js";

/** The module, its code sorted by meaning. Throws unless it unpacks to the very same bytes. */
export function pack(module: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const streams = Array.from({ length: STREAMS }, (): number[] => []);
  let at = 0;
  const put = (stream: number, bytes: number) => {
    streams[stream]?.push(...module.subarray(at, at + bytes));
    at += bytes;
  };
  const leb = (meaning: number) => {
    let bytes = 1;
    while ((module[at + bytes - 1] ?? 0) > 0x7f && meaning !== Stream.OP) bytes++;
    const value = module.subarray(at, at + bytes).reduce((sum, byte, place) => sum | ((byte & 0x7f) << (7 * place)), 0) >>> 0;
    const first = module[at] ?? 0;
    const follows = meaning === Stream.GET || meaning === Stream.I32;
    put(follows ? meaning + kindOf(module[at + bytes] ?? 0) : meaning, bytes);
    return meaning === Stream.OP ? first : value;
  };
  const near = (stream: number, before: number) => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = module[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    let rest = zigzag(value - before);
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) streams[stream]?.push((rest % 128) | 0x80);
    streams[stream]?.push(rest);
    return value;
  };
  /** Passes over a size, which unpacking finds out by itself. */
  const skipSize = () => {
    while ((module[at++] ?? 0) > 0x7f);
  };
  put(Stream.SECTIONS, 8);
  while (at < module.length) {
    const section = module[at];
    put(Stream.SECTIONS, 1);
    if (section === CODE_SECTION) {
      skipSize();
      for (let functions = leb(Stream.SECTIONS); functions > 0; functions--) {
        skipSize();
        walk({ leb, raw: put, near });
      }
    } else put(Stream.SECTIONS, leb(Stream.SECTIONS));
  }
  const words = Uint32Array.from([...streams.map((stream) => stream.length), module.length]);
  const head = new Uint8Array(4 * words.length);
  words.forEach((word, place) => new DataView(head.buffer).setUint32(4 * place, word, true));
  const [opcodes = [], ...others] = streams;
  const first = [...MAGIC, ...head, ...opcodes];
  const room = Math.ceil(first.length / BLOCK_BYTES) * BLOCK_BYTES;
  const packed = Uint8Array.from([...first, ...new Array<number>(room - first.length).fill(0), ...others.flat()]);
  const again = unpack(packed);
  if (again.length !== module.length || again.some((byte, place) => byte !== module[place])) {
    throw new Error("the packed module does not unpack to the one it was made of");
  }
  return packed;
}
