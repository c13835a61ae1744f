import type { Progress } from "./wasm/keyferry.js";

/** How a call is stopped. */
export interface CallOptions {
  signal?: AbortSignal;
}

/** How far a rotation is: keys wrapped to the new key, of how many. */
export interface RotationProgress {
  done: number;
  total: number;
}

/** How a rotation is watched and stopped. Stopped before its end, it has changed nothing. */
export interface RotationOptions extends CallOptions {
  onProgress?: (progress: RotationProgress) => void;
}

/** @internal What the flows tell, as a rotation's caller wants to know it. */
export const counted = ({ onProgress }: RotationOptions) =>
  onProgress && (({ bytesDone, bytesTotal = 0 }: Progress) => onProgress({ done: bytesDone, total: bytesTotal }));
