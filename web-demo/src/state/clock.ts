// The time as screens show it; "5 minutes ago" must not stay so for an hour.
import { signal } from "@preact/signals";

const TICK_MS = 30_000;

/** Now, to half a minute. */
export const clock = signal(new Date());

setInterval(() => {
  clock.value = new Date();
}, TICK_MS);
