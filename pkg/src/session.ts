import { Audit, Files, Grants, Invitations, Organizations, Passkeys, People, Requests } from "./areas.js";
import { type CallOptions, counted, type RotationOptions } from "./rotation.js";
import { obey, type PassphrasePolicy } from "./passphrase-policy.js";
import type { AuditEvent, Notice, Person, RawSession } from "./wasm/keyferry.js";

/** How notices are listened to. */
export interface NoticeOptions extends CallOptions {
  /** Called after every connection: everything may have changed meanwhile. */
  onConnected?: () => void;
}

/** What a compromise may have laid open, and who was told. */
export interface Compromised {
  /** What was served to the account before, the latest first: the 500 files served last. */
  fetched: Fetched[];
  /** The organizations in whose trails it stands. */
  organizations: string[];
}

/** A file whose wrapped key or ciphertext was served to an account. */
export interface Fetched {
  organization: string;
  file: string;
  /** By the relay's clock. */
  firstAt: Date;
  lastAt: Date;
}

function compromised(events: AuditEvent[]): Compromised {
  const fetched = new Map<string, Fetched>();
  const organizations: string[] = [];
  // Newest first: a file's last serving, then its first.
  for (const { file, organization, at } of events) {
    if (organization === undefined) continue;
    if (file === undefined) organizations.push(organization);
    else fetched.set(file, { organization, file, firstAt: at, lastAt: fetched.get(file)?.lastAt ?? at });
  }
  return { fetched: [...fetched.values()], organizations };
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
  readonly passkeys: Passkeys;
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
    this.passkeys = new Passkeys(raw);
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
   * next recovery code where there was one: the one before opens nothing any more.
   *
   * With `identity` the identity key is replaced, too, and so is the fingerprint: for when somebody may have had it. This session
   * ends as well; log in again. In organizations of others an owner has to `confirm` the identity before one can act there. */
  async rotateKeys(
    a: { passphrase: string; newPassphrase?: string; identity?: boolean } & RotationOptions,
  ): Promise<string | undefined> {
    if (a.newPassphrase !== undefined) await obey(this.#policy, a.newPassphrase, this.me.email);
    return this.#raw.rotateKeys(a.passphrase, a.newPassphrase, a.identity ?? false, counted(a), a.signal);
  }

  /** Whether these are the 15 words of one's recovery code: its lock is opened and locked again, and the relay remembers that
   * the code was tested. It stays good. */
  testRecoveryCode(code: string): Promise<void> {
    return this.#raw.testRecoveryCode(code);
  }

  /** Says that one's keys may be in somebody else's hands. Every session ends, this one too, with all grants and locks; only a
   * recovery code that was tested opens the account again. Tells what was fetched before, and the organizations that were told. */
  async reportCompromise(passphrase: string): Promise<Compromised> {
    return compromised(await this.#raw.reportCompromise(passphrase));
  }

  /** Erases the account: nothing opens it again, and what stays at the relay goes by its id alone. Its e-mail address can register
   * anew. The files of its organizations are theirs, and stay. */
  eraseAccount(passphrase: string): Promise<void> {
    return this.#raw.eraseAccount(passphrase);
  }

  /** Ends the session at the relay. */
  logout(): Promise<void> {
    return this.#raw.logout();
  }
}
