// Everything the wasm module is given for one relay: sdk-wasm/src/platform/mod.rs names it.
import { engineHost } from "../engine/host.js";
import { type DeviceKind, openDevice } from "./device.js";
import { FetchTransport } from "./transport.js";

/** What a client of `relay` stands on. */
export function platformHost(relay: string, device?: DeviceKind) {
  return {
    engine: engineHost,
    transport: new FetchTransport(relay),
    device: openDevice(relay, device),
    sleep: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
  };
}
