// Whether the device has a network at all.
import { signal } from "@preact/signals";
import { refreshAll } from "./resource";

/** False while the device has no network. */
export const online = signal(navigator.onLine);

addEventListener("offline", () => {
  online.value = false;
});
addEventListener("online", () => {
  online.value = true;
  refreshAll();
});
