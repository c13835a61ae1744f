// What pages show comes from the relay through resources: loaded when a page needs them, kept while it reloads,
// loaded again when a live notice says that they changed.
import type { Notice, NoticeKind } from "@keyferry/sdk";
import { type ReadonlySignal, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { noticeEnd } from "./session";

/** When a resource must be loaded again. */
export interface Concerns {
  kinds: readonly NoticeKind[];
  /** Only notices of this organization. */
  organization?: string;
  /** Only notices of this request. */
  request?: string;
}

/** A value of the relay, with what is known about loading it. */
export class Resource<T> {
  readonly #data = signal<T | undefined>(undefined);
  readonly #error = signal<unknown>(undefined);
  readonly #loading = signal(false);
  readonly #load: () => Promise<T>;
  readonly #concerns: Concerns;
  #running: Promise<void> | undefined;
  #again = false;
  #holders = 0;

  constructor(load: () => Promise<T>, concerns: Concerns) {
    this.#load = load;
    this.#concerns = concerns;
  }

  /** The newest value; stays while a newer one is on its way. */
  get data(): ReadonlySignal<T | undefined> {
    return this.#data;
  }

  /** Why the last load failed, if it did. */
  get error(): ReadonlySignal<unknown> {
    return this.#error;
  }

  /** Whether a load is under way. */
  get loading(): ReadonlySignal<boolean> {
    return this.#loading;
  }

  /** Loads; a call during a load makes one more load follow it, so that the answer is never older than the call. */
  reload = (): Promise<void> => {
    if (this.#running !== undefined) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  };

  async #run(): Promise<void> {
    this.#loading.value = true;
    do {
      this.#again = false;
      try {
        this.#data.value = await this.#load();
        this.#error.value = undefined;
      } catch (error) {
        noticeEnd(error);
        this.#error.value = error;
      }
    } while (this.#again);
    this.#loading.value = false;
  }

  /** Loads now and at every notice that concerns it, until the returned function is called. */
  hold = (): (() => void) => {
    this.#holders += 1;
    void this.reload();
    return () => {
      this.#holders -= 1;
    };
  };

  /** Loads again if a notice concerns it and somebody looks. */
  hear(notice: Notice): void {
    const { kinds, organization, request } = this.#concerns;
    if (!kinds.includes(notice.kind)) return;
    if (organization !== undefined && organization !== notice.organization) return;
    if (request !== undefined && request !== notice.request) return;
    this.refresh();
  }

  /** Loads again if somebody looks. */
  refresh(): void {
    if (this.#holders > 0) void this.reload();
  }
}

const known = new Map<string, Resource<unknown>>();

/** The resource of a key, made when it is first asked for. */
export function resource<T>(key: string, load: () => Promise<T>, concerns: Concerns): Resource<T> {
  let found = known.get(key);
  if (found === undefined) {
    found = new Resource<unknown>(load, concerns);
    known.set(key, found);
  }
  // A key names one loader, so the type that was stored is the type asked for.
  return found as Resource<T>;
}

/** Passes a notice to every resource. */
export function hearAll(notice: Notice): void {
  for (const each of known.values()) each.hear(notice);
}

/** Loads everything on the screen again: after being offline, or after a session was renewed. */
export function refreshAll(): void {
  for (const each of known.values()) each.refresh();
}

/** Forgets everything, at logout. */
export function forgetAll(): void {
  known.clear();
}

/** Keeps a resource fresh while a component is on the screen. */
export function useResource<T>(wanted: Resource<T>): Resource<T> {
  useEffect(wanted.hold, [wanted]);
  return wanted;
}
