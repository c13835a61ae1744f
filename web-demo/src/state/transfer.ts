// One transfer of bytes as a screen sees it: how far, how fast, in which phase.
import type { Phase, Progress } from "@keyferry/sdk";
import { signal } from "@preact/signals";
import { Pace } from "./pace";

/** What a progress bar needs. */
export interface TransferProgress {
  bytesDone: number;
  bytesTotal: number | undefined;
  phase: Phase;
  bytesPerSecond: number | undefined;
}

const REPAINT_MS = 120;
const STALL_MS = 6_000;

/** Progress of one transfer, repainted a few times a second however often it is reported. */
export class Transfer {
  readonly progress = signal<TransferProgress | undefined>(undefined);
  readonly controller = new AbortController();
  /** Nothing moved for a while: most likely the relay cannot be reached. The SDK goes on trying. */
  readonly stalled = signal(false);
  #pace = new Pace();
  #paintedAt = 0;
  #watch: ReturnType<typeof setTimeout> | undefined;

  /** For the SDK's `onProgress`. */
  report = (now: Progress): void => {
    const at = performance.now();
    this.#pace.note(now.bytesDone, at);
    this.end();
    this.#watch = setTimeout(() => {
      this.stalled.value = true;
    }, STALL_MS);
    const phaseChanged = now.phase !== this.progress.peek()?.phase;
    if (!phaseChanged && now.bytesDone !== now.bytesTotal && at - this.#paintedAt < REPAINT_MS) return;
    this.#paintedAt = at;
    this.progress.value = {
      bytesDone: now.bytesDone,
      bytesTotal: now.bytesTotal,
      phase: now.phase,
      bytesPerSecond: this.#pace.bytesPerSecond,
    };
  };

  /** Stops watching for a stall. */
  end(): void {
    clearTimeout(this.#watch);
    this.stalled.value = false;
  }
}
