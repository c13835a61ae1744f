// Chunks on every core: long runs of them are cut into jobs for a few workers, so that the page's own thread stays
// free. The plaintext or ciphertext travels in buffers that come back, so that nothing is allocated for it.
import { CHUNK_BYTES, type OpenedChunks, openChunks as openHere, SEALED_CHUNK_BYTES, sealChunks as sealHere } from "./chunks.js";
import { digesting } from "./digest-pool.js";
import { type Bytes, Rope } from "./rope.js";
import { type ChunkJob, type FromWorker, startWorker } from "./worker.js";

/** Less than this is done at once on this thread. */
const LEAST_BYTES = 512 * 1024;
/** The most one job takes: 1 MiB of plaintext. */
const JOB_CHUNKS = 64;
const JOB_BYTES = JOB_CHUNKS * SEALED_CHUNK_BYTES;
/** More workers than this are seldom faster and never small. */
const MOST_WORKERS = 4;
/** One job a worker has, and one that waits for it. */
const SEATS_PER_WORKER = 2;

type Done = Extract<FromWorker, { pieces: unknown }>;
type Answer = Done | Extract<FromWorker, { failed: unknown }>;

/** What is to be done: all of a job but its place and its bytes. `baseNonce` is a copy: a view of wasm memory is good
 * only until the first `await`. */
type Work = Omit<ChunkJob, "seat" | "buffer" | "length">;

interface Promised<T> {
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
}

/** A place for one job: its worker, and the buffer that travels. */
interface Seat {
  readonly number: number;
  readonly worker: Worker;
  buffer: ArrayBuffer;
}

/** Seals consecutive chunks, as `chunks.ts` does. */
export async function sealChunks(key: CryptoKey, baseNonce: Bytes, first: number, plaintext: Rope, last: boolean): Promise<Rope> {
  const work = { seals: true, key, baseNonce: baseNonce.slice(), first, last };
  const pool = await poolFor(plaintext);
  if (!pool) return sealHere(key, work.baseNonce, first, plaintext, last);
  const done = await pool.run(work, plaintext, CHUNK_BYTES);
  return new Rope(done.flatMap(({ pieces }) => pieces));
}

/** Opens consecutive chunks, as `chunks.ts` does. */
export async function openChunks(key: CryptoKey, baseNonce: Bytes, first: number, sealed: Rope, last: boolean): Promise<OpenedChunks> {
  const work = { seals: false, key, baseNonce: baseNonce.slice(), first, last };
  const pool = await poolFor(sealed);
  if (!pool) return openHere(key, work.baseNonce, first, sealed, last);
  const done = await pool.run(work, sealed, SEALED_CHUNK_BYTES);
  const broken = done.findIndex(({ corrupt }) => corrupt !== undefined);
  const authentic = broken < 0 ? done : done.slice(0, broken + 1);
  const before = authentic.slice(0, -1).reduce((chunks, { pieces }) => chunks + pieces.length, 0);
  return {
    opened: new Rope(authentic.flatMap(({ pieces }) => pieces)),
    corrupt: broken < 0 ? undefined : before + (done[broken]?.corrupt ?? 0),
  };
}

let started: Promise<ChunkPool | undefined> | undefined;

async function poolFor(bytes: Rope): Promise<ChunkPool | undefined> {
  return bytes.length < LEAST_BYTES ? undefined : (started ??= ChunkPool.start());
}

class ChunkPool {
  /** By worker, each with its seats beside each other. */
  readonly #free: Seat[] = [];
  readonly #waiting: Promised<Seat>[] = [];
  readonly #answers = new Map<number, Promised<Answer>>();
  readonly #workers: readonly Worker[];

  /** Nothing where there are no workers, or only one core. */
  static async start(): Promise<ChunkPool | undefined> {
    const wanted = Math.min(globalThis.navigator?.hardwareConcurrency ?? 1, MOST_WORKERS);
    if (wanted < 2 || !("Worker" in globalThis)) return undefined;
    const workers = await Promise.all(Array.from({ length: wanted }, () => startWorker()));
    const able = workers.filter((worker) => worker !== undefined);
    return able.length > 0 ? new ChunkPool(able) : undefined;
  }

  private constructor(workers: Worker[]) {
    this.#workers = workers;
    for (const worker of workers) {
      for (let seat = 0; seat < SEATS_PER_WORKER; seat++) {
        this.#free.push({ number: this.#free.length, worker, buffer: new ArrayBuffer(JOB_BYTES) });
      }
      worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => this.#answers.get(data.seat)?.resolve(data));
      worker.addEventListener("error", (event) => this.#giveUp(event));
    }
  }

  /** Does all of `bytes`, in chunks of `chunkBytes`, and gives what every job gave, in order. */
  run(work: Work, bytes: Rope, chunkBytes: number): Promise<Done[]> {
    const chunks = Math.ceil(bytes.length / chunkBytes);
    const perJob = Math.min(Math.ceil(chunks / this.#workers.length), JOB_CHUNKS);
    const jobs: Promise<Done>[] = [];
    for (let chunk = 0; chunk < chunks; chunk += perJob) {
      const end = Math.min((chunk + perJob) * chunkBytes, bytes.length);
      const last = work.last && end === bytes.length;
      jobs.push(this.#do({ ...work, first: work.first + chunk, last }, bytes.slice(chunk * chunkBytes, end)));
    }
    return Promise.all(jobs);
  }

  async #do(work: Work, bytes: Rope): Promise<Done> {
    const seat = this.#take() ?? (await new Promise<Seat>((resolve, reject) => this.#waiting.push({ resolve, reject })));
    try {
      const answer = await this.#ask(seat, work, bytes);
      seat.buffer = answer.buffer;
      if ("failed" in answer) throw answer.failed;
      return answer;
    } finally {
      this.#free.push(seat);
      for (let next; this.#waiting.length > 0 && (next = this.#take()); ) this.#waiting.shift()?.resolve(next);
    }
  }

  #ask(seat: Seat, work: Work, bytes: Rope): Promise<Answer> {
    return new Promise((resolve, reject) => {
      bytes.copyTo(new Uint8Array(seat.buffer));
      this.#answers.set(seat.number, { resolve, reject });
      const job: ChunkJob = { ...work, seat: seat.number, buffer: seat.buffer, length: bytes.length };
      seat.worker.postMessage(job, [seat.buffer]);
    });
  }

  /** A free seat. While a digest runs, which is the slower work and has a core to itself, the last worker rests. */
  #take(): Seat | undefined {
    const able = Math.max(this.#workers.length - (digesting() ? 1 : 0), 1) * SEATS_PER_WORKER;
    const place = this.#free.findIndex(({ number }) => number < able);
    return place < 0 ? undefined : this.#free.splice(place, 1)[0];
  }

  /** A worker died: whatever was under way fails, and the next call starts anew. */
  #giveUp(event: ErrorEvent): void {
    started = undefined;
    for (const worker of this.#workers) worker.terminate();
    const error = new Error(event.message || "the content worker ended");
    for (const { reject } of [...this.#waiting.splice(0), ...this.#answers.values()]) reject(error);
  }
}
