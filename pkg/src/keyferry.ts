import { load, type WasmSource } from "./load.js";
import type { DeviceKind } from "./platform/device.js";
import { platformHost } from "./platform/host.js";
import { resultHost } from "./platform/result.js";
import { Session } from "./session.js";
import { RawClient, type Suite } from "./wasm/keyferry.js";

/** Options of a connection. */
export interface ConnectOptions {
  /** The wasm module, for pages that keep it elsewhere; by default it is found beside the script. */
  wasm?: WasmSource;
  /** Where pins are remembered: IndexedDB where there is one. `memory` forgets them with the page. */
  device?: DeviceKind;
}

/** A client of one relay. */
export class Keyferry {
  readonly #client: RawClient;

  private constructor(client: RawClient) {
    this.#client = client;
  }

  /** Loads the module and prepares a client of the relay at `url`. Nothing is sent yet. */
  static async connect(url: string, options: ConnectOptions = {}): Promise<Keyferry> {
    await load(options.wasm);
    const relay = new URL(url).href.replace(/\/+$/, "");
    return new Keyferry(new RawClient(platformHost(relay, options.device), resultHost));
  }

  /** Makes an account with all its keys, and logs in. */
  async register(a: { email: string; passphrase: string; suite?: Suite; invitation?: string }): Promise<Session> {
    return new Session(await this.#client.register(a.email, a.passphrase, a.suite, a.invitation));
  }

  /** Logs in and unlocks. */
  async login(a: { email: string; passphrase: string }): Promise<Session> {
    return new Session(await this.#client.login(a.email, a.passphrase));
  }
}
