// A wasm module, ordered for compression: the bytes of its code sorted by what they mean, a stream per meaning, since opcodes are
// like opcodes and offsets like offsets. Brotli makes an eighth less of that than of the module itself. `pack.ts` is the other
// direction, over the same walk; a build fails unless what is unpacked is the module, byte for byte.

/** What a packed module begins with: "kf", the version of the order, and nothing. */
export const MAGIC = [0x6b, 0x66, 1, 0] as const;

/** Meanings, and the stream each begins at. `GET` and `I32` have a stream for each kind of instruction that follows. */
export const Stream = {
  OP: 0,
  SECTIONS: 1,
  LOCALS: 2,
  BLOCK: 3,
  BRANCH: 4,
  TABLE: 5,
  CALL: 6,
  INDIRECT: 7,
  SET: 8,
  GLOBAL: 9,
  ALIGN: 10,
  LOAD: 11,
  STORE: 12,
  I64: 13,
  FLOAT: 14,
  VECTOR: 15,
  SIMD: 16,
  OTHER: 17,
  LANES: 18,
  GET: 19,
  I32: 29,
} as const;
/** How many streams there are. */
export const STREAMS = 39;
/** Brotli models so many bytes at a time. Opcodes come first and have such blocks to themselves: that is worth 2 % of the whole. */
export const BLOCK_BYTES = 1 << 18;
/** The number of the code section (WebAssembly 2.0, §5.5.13). */
export const CODE_SECTION = 10;
/** A size in LEB128 has at most as many bytes. */
const SIZE_BYTES = 5;

/** What kind of instruction an opcode is, for what comes before it. */
export const kindOf = (op: number): number => {
  if (op >= 0x28 && op <= 0x3e) return op < 0x36 ? 0 : 1; // loads, stores
  if (op >= 0x45 && op <= 0x66) return 8; // comparisons
  if (op === 0x6a || op === 0x6b) return 2; // i32.add, i32.sub
  if (op === 0x10 || op === 0x11) return 3; // calls
  if (op === 0x41) return 4; // i32.const
  if (op === 0x20) return 5; // local.get
  if (op === 0x21 || op === 0x22 || op === 0x24) return 6; // local.set, local.tee, global.set
  if (op === 0x04 || op === 0x0c || op === 0x0d) return 7; // if, br, br_if
  return 9;
};

/** Moves the bytes of a function, each from or to its stream. */
export interface Mover {
  /** Moves an integer in LEB128 and gives its low 32 bits. */
  leb(stream: number): number;
  /** Moves as many bytes as they are. */
  raw(stream: number, bytes: number): void;
  /** Moves an offset, in LEB128 in the module and as what it differs by from `before` in its stream, and gives it. */
  near(stream: number, before: number): number;
}

/** A difference as a number that is small when it is: its sign is the lowest bit. */
export const zigzag = (difference: number): number => (difference < 0 ? -2 * difference - 1 : 2 * difference);

/** Walks over one function's locals and code (WebAssembly 2.0, §5.4 and §5.5.13). */
export function walk({ leb, raw, near }: Mover): void {
  for (let groups = leb(Stream.LOCALS); groups > 0; groups--) {
    leb(Stream.LOCALS);
    raw(Stream.LOCALS, 1);
  }
  // The fields of one thing are read one after the other, and written so: an offset is near the last one from the same local. Which
  // that is, is guessed: of a load the local just before, of a store the first one since the last statement.
  const loads: Record<number, number> = {};
  const stores: Record<number, number> = {};
  let local = -1;
  let base = -1;
  const load = (stream: number, from: number) => {
    leb(Stream.ALIGN);
    loads[from] = near(stream, loads[from] ?? 0);
  };
  const store = (stream: number) => {
    leb(Stream.ALIGN);
    stores[base] = near(stream, stores[base] ?? 0);
    base = -1;
  };
  for (let depth = 1; depth > 0; ) {
    const op = leb(Stream.OP);
    const before = local;
    local = -1;
    if (op < 0x20 ? op !== 0x1b : op === 0x21 || op === 0x24) base = -1;
    if (op === 0x0b) depth--;
    else if (op >= 0x02 && op <= 0x04) {
      depth++;
      leb(Stream.BLOCK);
    } else if (op === 0x0c || op === 0x0d) leb(Stream.BRANCH);
    else if (op === 0x0e) for (let targets = leb(Stream.TABLE) + 1; targets > 0; targets--) leb(Stream.TABLE);
    else if (op === 0x10) leb(Stream.CALL);
    else if (op === 0x11) {
      leb(Stream.INDIRECT);
      leb(Stream.INDIRECT);
    } else if (op === 0x1c) for (let types = leb(Stream.OTHER); types > 0; types--) leb(Stream.OTHER);
    else if (op === 0x20 || op === 0x22) {
      local = leb(op === 0x20 ? Stream.GET : Stream.SET);
      if (base < 0) base = local;
    } else if (op === 0x21) leb(Stream.SET);
    else if (op === 0x23 || op === 0x24) leb(Stream.GLOBAL);
    else if (op === 0x25 || op === 0x26 || op === 0x3f || op === 0x40 || op === 0xd0 || op === 0xd2) leb(Stream.OTHER);
    else if (op >= 0x28 && op < 0x36) load(Stream.LOAD, before);
    else if (op >= 0x36 && op <= 0x3e) store(Stream.STORE);
    else if (op === 0x41) leb(Stream.I32);
    else if (op === 0x42) leb(Stream.I64);
    else if (op === 0x43) raw(Stream.FLOAT, 4);
    else if (op === 0x44) raw(Stream.FLOAT, 8);
    else if (op === 0xfc) bulk(leb);
    else if (op === 0xfd) {
      const lanes = leb(Stream.SIMD);
      if (lanes === 11 || (lanes > 87 && lanes < 92)) store(Stream.LANES);
      else if (lanes < 12 || (lanes > 83 && lanes < 94)) load(Stream.LANES, before);
      vector(lanes, raw);
    }
    else if ((op > 0x05 && op < 0x0b) || (op > 0x11 && op < 0x1a) || op > 0xc4) if (op !== 0xd1) throw new Error(`opcode ${op}`);
  }
}

/** Saturating truncations have no operands; memory and table instructions one or two. */
function bulk(leb: Mover["leb"]): void {
  const op = leb(Stream.OTHER);
  if (op > 7) leb(Stream.OTHER);
  if (op === 8 || op === 10 || op === 12 || op === 14) leb(Stream.OTHER);
}

/** Constants and shuffles have 16 bytes; what takes a lane, its number. */
function vector(op: number, raw: Mover["raw"]): void {
  if (op === 12 || op === 13) raw(Stream.VECTOR, 16);
  if ((op > 20 && op < 35) || (op > 83 && op < 92)) raw(Stream.OTHER, 1);
}

/** Gives the module of which `packed` was made; a module that was not packed, as it is. */
export function unpack(packed: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (MAGIC.some((byte, place) => packed[place] !== byte)) return packed;
  const view = new DataView(packed.buffer, packed.byteOffset);
  const word = (place: number) => view.getUint32(4 + 4 * place, true);
  const out = new Uint8Array(word(STREAMS) + SIZE_BYTES);
  const at: number[] = [];
  for (let stream = 0, start = 4 + 4 * (STREAMS + 1); stream < STREAMS; start += word(stream++)) {
    if (stream === Stream.OP + 1) start = Math.ceil(start / BLOCK_BYTES) * BLOCK_BYTES;
    at.push(start);
  }
  const ends = at.map((start, stream) => start + word(stream));
  let end = 0;
  const advance = (stream: number, to: number): number => {
    if (to > (ends[stream] ?? 0) || to > packed.length) throw new Error("the packed module ends too early");
    return (at[stream] = to);
  };
  const copy = (stream: number, bytes: number) => {
    const start = at[stream] ?? 0;
    out.set(packed.subarray(start, advance(stream, start + bytes)), end);
    end += bytes;
  };
  const raw = (stream: number, bytes: number) => copy(stream, bytes);
  const leb = (meaning: number) => {
    const follows = meaning === Stream.GET || meaning === Stream.I32;
    const stream = follows ? meaning + kindOf(packed[at[Stream.OP] ?? 0] ?? 0) : meaning;
    let place = at[stream] ?? 0;
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      advance(stream, place + 1);
      const byte = packed[place++] ?? 0;
      out[end++] = byte;
      value |= (byte & 0x7f) << shift;
      // An opcode is a byte, whatever its highest bit says.
      if (stream === Stream.OP) return byte;
      if (byte < 0x80) return value >>> 0;
    }
  };
  const near = (stream: number, before: number) => {
    let place = at[stream] ?? 0;
    let difference = 0;
    for (let scale = 1; ; scale *= 128) {
      advance(stream, place + 1);
      const byte = packed[place++] ?? 0;
      difference += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    const value = before + (difference % 2 ? -(difference + 1) / 2 : difference / 2);
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) out[end++] = (rest & 0x7f) | 0x80;
    out[end++] = rest;
    return value;
  };
  /** What `write` writes, after its size in as few bytes as that takes. */
  const sized = (write: () => void) => {
    const start = end;
    end += SIZE_BYTES;
    write();
    let size = end - start - SIZE_BYTES;
    const body = start + SIZE_BYTES;
    let place = start;
    for (; size > 0x7f; size >>>= 7) out[place++] = (size & 0x7f) | 0x80;
    out[place++] = size;
    out.copyWithin(place, body, end);
    end -= body - place;
  };
  copy(Stream.SECTIONS, 8);
  while ((at[Stream.SECTIONS] ?? 0) < (ends[Stream.SECTIONS] ?? 0)) {
    copy(Stream.SECTIONS, 1);
    if (out[end - 1] === CODE_SECTION) {
      sized(() => {
        for (let functions = leb(Stream.SECTIONS); functions > 0; functions--) sized(() => walk({ leb, raw, near }));
      });
    } else copy(Stream.SECTIONS, leb(Stream.SECTIONS));
  }
  if (end !== word(STREAMS) || at.some((place, stream) => place !== ends[stream])) throw new Error("the packed module is damaged");
  return out.subarray(0, end);
}
