import { Audit, Files, Grants, Invitations, Organizations, People, Requests } from "./areas.js";
import { type CallOptions, counted, type RotationOptions } from "./rotation.js";
import { obey, type PassphrasePolicy } from "./passphrase-policy.js";
import type { Notice, Person, RawSession } from "./wasm/keyferry.js";

/** How notices are listened to. */
export interface NoticeOptions extends CallOptions {
  /** Called after every connection: everything may have changed meanwhile. */
  onConnected?: () => void;
}

/** A person who is logged in. Their private keys are handles that cannot be exported, gone when the page goes. */
export class Session {
  /** Who is logged in. */
  readonly me: Person;
  readonly organizations: Organizations;
  readonly files: Files;
  readonly requests: Requests;
  readonly grants: Grants;
  readonly people: People;
  readonly invitations: Invitations;
  readonly audit: Audit;
  readonly #raw: RawSession;
  readonly #policy: PassphrasePolicy | undefined;

  /** @internal */
  constructor(raw: RawSession, policy?: PassphrasePolicy) {
    this.#raw = raw;
    this.#policy = policy;
    this.me = raw.me();
    this.organizations = new Organizations(raw);
    this.files = new Files(raw);
    this.requests = new Requests(raw);
    this.grants = new Grants(raw);
    this.people = new People(raw);
    this.invitations = new Invitations(raw);
    this.audit = new Audit(raw);
  }

  /** Gives live notices until `signal` stops it, reconnecting by itself. A notice only says "look again". */
  notices(onNotice: (notice: Notice) => void, options: NoticeOptions = {}): Promise<void> {
    return this.#raw.notices(options.onConnected ?? (() => {}), onNotice, options.signal);
  }

  /** Puts another passphrase in the place of `current`, which opens nothing from then on, and ends every other session.
   * Files, grants and keys stay as they are. */
  async changePassphrase(a: { current: string; new: string }): Promise<void> {
    await obey(this.#policy, a.new, this.me.email);
    return this.#raw.changePassphrase(a.current, a.new);
  }

  /** Makes a recovery code in the place of the one there was: 15 words to be written down, which open the account when the
   * passphrase is lost. The passphrase is asked for, as a session alone is not enough. */
  createRecoveryCode(a: { passphrase: string }): Promise<string> {
    return this.#raw.createRecoveryCode(a.passphrase);
  }

  /** Makes the person's next encryption key and wraps everything they hold to it, under fresh locks. The fingerprint stays, grants
   * stand, every other session ends; with `newPassphrase`, whoever knew the one until now knows nothing of use. Resolves with the
   * next recovery code where there was one: the one before opens nothing any more. */
  async rotateKeys(a: { passphrase: string; newPassphrase?: string } & RotationOptions): Promise<string | undefined> {
    if (a.newPassphrase !== undefined) await obey(this.#policy, a.newPassphrase, this.me.email);
    return this.#raw.rotateKeys(a.passphrase, a.newPassphrase, counted(a), a.signal);
  }

  /** Ends the session at the relay. */
  logout(): Promise<void> {
    return this.#raw.logout();
  }
}
