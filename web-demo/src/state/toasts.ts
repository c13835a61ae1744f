// Short messages about things that happened. They vanish by themselves, so nothing may be said only here.
import { signal } from "@preact/signals";

/** One message. */
export interface Toast {
  id: number;
  text: string;
  /** Where the thing is. */
  to?: string;
}

const SHOWN_MS = 9_000;
let last = 0;

/** The message on the screen, if there is one: there is room for one where nothing is to be pressed. */
export const toasts = signal<readonly Toast[]>([]);

/** Takes a message away. */
export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** Shows a message, and reads it out to screen readers. */
export function toast(text: string, to?: string): void {
  last += 1;
  const id = last;
  toasts.value = [to === undefined ? { id, text } : { id, text, to }];
  setTimeout(() => dismiss(id), SHOWN_MS);
}
