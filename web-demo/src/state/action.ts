// Something a person started: one at a time, its failure kept for the screen, the form left as it was.
import { type Signal, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { noticeEnd } from "./session";

/** A running or finished action. */
export interface Action<A extends unknown[]> {
  busy: Signal<boolean>;
  error: Signal<unknown>;
  /** Starts it, unless it runs; resolves to whether it succeeded. */
  start(...input: A): Promise<boolean>;
}

/** An action for a component. */
export function useAction<A extends unknown[]>(run: (...input: A) => Promise<unknown>): Action<A> {
  const busy = useSignal(false);
  const error = useSignal<unknown>(undefined);
  const newest = useRef(run);
  newest.current = run;
  const start = async (...input: A): Promise<boolean> => {
    if (busy.value) return false;
    busy.value = true;
    error.value = undefined;
    try {
      await newest.current(...input);
      return true;
    } catch (failure) {
      noticeEnd(failure);
      error.value = failure;
      return false;
    } finally {
      busy.value = false;
    }
  };
  return { busy, error, start };
}
