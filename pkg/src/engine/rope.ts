// Bytes in pieces. Joining 16 KiB results into one array would cost more than sealing them: fresh memory must be
// zeroed and mapped. So they stay as they come, and whoever needs one array makes it, once.

/** Bytes that a plain, unshared buffer holds. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Immutable by agreement: nobody writes into its pieces. */
export class Rope {
  /** All of it, unless its memory went elsewhere meanwhile. */
  readonly given: readonly Bytes[];
  readonly length: number;

  constructor(pieces: readonly Bytes[], length = total(pieces)) {
    this.given = pieces;
    this.length = length;
  }

  /** All of it for sure: bytes whose memory went elsewhere must never pass for others, or for none. */
  get pieces(): readonly Bytes[] {
    if (total(this.given) !== this.length) throw new Error("bytes were taken back before they were used");
    return this.given;
  }

  static of(bytes: Bytes): Rope {
    return new Rope(bytes.length > 0 ? [bytes] : [], bytes.length);
  }

  static concat(parts: readonly Rope[]): Rope {
    return new Rope(parts.flatMap((part) => part.given), total(parts));
  }

  /** This, and `other` after it. */
  with(other: Rope): Rope {
    return new Rope([...this.given, ...other.given], this.length + other.length);
  }

  /** The bytes from `start` to `end` (excluded), which lie within it. Copies nothing. */
  slice(start: number, end: number): Rope {
    const taken: Bytes[] = [];
    let at = 0;
    for (const piece of this.given) {
      if (at >= end) break;
      const next = at + piece.length;
      if (next > start) taken.push(piece.subarray(Math.max(start - at, 0), Math.min(end - at, piece.length)));
      at = next;
    }
    return new Rope(taken, Math.max(end - start, 0));
  }

  /** All of it in one array: its own piece where there is one, so it is not to be changed. */
  bytes(): Bytes {
    const [only, ...more] = this.pieces;
    return only && more.length === 0 ? only : this.copyTo(new Uint8Array(this.length));
  }

  /** Copies all of it to the start of `target`, and returns `target`. */
  copyTo(target: Bytes): Bytes {
    let at = 0;
    for (const piece of this.pieces) {
      target.set(piece, at);
      at += piece.length;
    }
    return target;
  }

  /** Cuts it into arrays of `size` bytes; the last one is shorter, perhaps empty. Copies only what lies across pieces. */
  *cut(size: number): Generator<Bytes> {
    const { pieces } = this;
    let index = 0;
    let offset = 0;
    for (let left = this.length; ; left -= size) {
      const wanted = Math.min(size, left);
      let piece = pieces[index];
      if (piece && piece.length - offset >= wanted) {
        yield piece.subarray(offset, offset + wanted);
        offset += wanted;
      } else {
        const joined = new Uint8Array(wanted);
        let filled = 0;
        for (; filled < wanted && piece; piece = pieces[index]) {
          const part = piece.subarray(offset, offset + wanted - filled);
          joined.set(part, filled);
          filled += part.length;
          offset += part.length;
          if (offset === piece.length) [index, offset] = [index + 1, 0];
        }
        yield joined;
      }
      if (piece && offset === piece.length) [index, offset] = [index + 1, 0];
      if (left < size) return;
    }
  }
}

function total(parts: readonly { length: number }[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
