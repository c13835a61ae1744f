// A rotation of keys as a screen sees it: how far it is, and the way to stop it.
import type { RotationOptions, RotationProgress } from "@keyferry/sdk";
import { type Signal, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { type Action, useAction } from "./action";

/** A running or finished rotation. */
export interface Rotating extends Action<[]> {
  progress: Signal<RotationProgress | undefined>;
  /** Stops it; stopped before its end, it has changed nothing. */
  stop(): void;
}

/** A rotation for a component. */
export function useRotation(run: (options: RotationOptions) => Promise<unknown>): Rotating {
  const progress = useSignal<RotationProgress | undefined>(undefined);
  const controller = useRef<AbortController | undefined>(undefined);
  const action = useAction(async () => {
    controller.current = new AbortController();
    progress.value = undefined;
    const onProgress = (now: RotationProgress): void => {
      progress.value = now;
    };
    await run({ onProgress, signal: controller.current.signal });
  });
  return { ...action, progress, stop: () => controller.current?.abort() };
}
