// How fast bytes go, over the last few seconds.
const WINDOW_MS = 4_000;

/** Measures a stream of progress reports. */
export class Pace {
  #marks: { at: number; bytes: number }[] = [];

  /** Notes how many bytes are done at a time in milliseconds. */
  note(bytes: number, at: number): void {
    this.#marks.push({ at, bytes });
    while (this.#marks.length > 2 && at - (this.#marks[0]?.at ?? at) > WINDOW_MS) this.#marks.shift();
  }

  /** Bytes per second, or nothing while there is too little to tell. */
  get bytesPerSecond(): number | undefined {
    const first = this.#marks[0];
    const last = this.#marks.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < 500) return undefined;
    return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
  }
}
