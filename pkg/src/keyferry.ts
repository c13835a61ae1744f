import { load, type WasmSource } from "./load.js";
import type { DeviceKind } from "./platform/device.js";
import { obey, type PassphrasePolicy } from "./passphrase-policy.js";
import { passkeyHost } from "./platform/passkey.js";
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
  /** Judges every new passphrase, beside the ten characters that are always asked for. */
  passphrasePolicy?: PassphrasePolicy;
  /** PBKDF2 iterations of passphrases: 600,000 or more. Accounts that have fewer get as many at their next login. */
  iterations?: number;
}

/** What a person logs in with. */
export interface Credentials {
  email: string;
  passphrase: string;
  /** The passphrase was changed on another device. Without it, parameters that this device does not know are an alarm
   * (`kdf_changed`), and nothing is sent. */
  changedElsewhere?: boolean;
}

/** A client of one relay. */
export class Keyferry {
  readonly #client: RawClient;
  readonly #policy: PassphrasePolicy | undefined;

  private constructor(client: RawClient, policy: PassphrasePolicy | undefined) {
    this.#client = client;
    this.#policy = policy;
  }

  /** Loads the module and prepares a client of the relay at `url`. Nothing is sent yet. */
  static async connect(url: string, options: ConnectOptions = {}): Promise<Keyferry> {
    await load(options.wasm);
    const relay = new URL(url).href.replace(/\/+$/, "");
    const client = new RawClient(platformHost(relay, options.device), resultHost, options.iterations);
    return new Keyferry(client, options.passphrasePolicy);
  }

  /** Makes an account with all its keys, and logs in. */
  async register(a: { email: string; passphrase: string; suite?: Suite; invitation?: string }): Promise<Session> {
    await obey(this.#policy, a.passphrase, a.email);
    return new Session(await this.#client.register(a.email, a.passphrase, a.suite, a.invitation), this.#policy);
  }

  /** Opens an account by its recovery code, however its words are spaced, puts `passphrase` in the place of the lost one, ends
   * every session and logs in. The code is used up: `recoveryCode` is the next one, to be written down. */
  async recover(a: { email: string; code: string; passphrase: string }): Promise<{ session: Session; recoveryCode: string }> {
    await obey(this.#policy, a.passphrase, a.email);
    const recoveryCode = await this.#client.recover(a.email, a.code, a.passphrase);
    return { session: await this.login({ email: a.email, passphrase: a.passphrase, changedElsewhere: true }), recoveryCode };
  }

  /** Logs in and unlocks. */
  async login(a: Credentials): Promise<Session> {
    return new Session(await this.#client.login(a.email, a.passphrase, a.changedElsewhere ?? false), this.#policy);
  }

  /** Logs in and unlocks by a passkey that `session.passkeys.add` made on a page of this host. The person chooses it; nobody is asked
   * for an e-mail. `supportsPasskeys()` says whether to offer it. */
  async loginWithPasskey(): Promise<Session> {
    return new Session(await this.#client.loginWithPasskey(passkeyHost), this.#policy);
  }
}
