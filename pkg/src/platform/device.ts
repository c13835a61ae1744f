// What a device remembers between sessions: small texts by key. Pins and checkpoints; nothing secret. And, while a file is
// re-keyed, ciphertext beside them.
import { type Bytes, Rope } from "../engine/rope.js";
import { weigh } from "../engine/scale.js";

/** A device's memory, as sdk-wasm/src/platform/device.rs calls it. */
export interface DeviceStore {
  /** The text, or the part with a number beside it. */
  get(key: string, number?: number): Promise<string | Rope | undefined>;
  put(key: string, value: string): Promise<void>;
  /** Puts `to` in place of `from`, and a part beside it, or does nothing. Without `to`, all of it goes. */
  swap(key: string, from: string | undefined, to: string | undefined, number: number, part?: Rope): Promise<boolean>;
}

/** Where a client remembers. */
export type DeviceKind = "indexeddb" | "memory";

/** The memory of a device for one relay. Without IndexedDB (Node) it lasts as long as the process. */
export function openDevice(relay: string, kind?: DeviceKind): DeviceStore {
  const memory = kind ? kind === "memory" : !("indexedDB" in globalThis);
  return memory ? new MemoryDevice() : new IndexedDbDevice(relay);
}

class MemoryDevice implements DeviceStore {
  readonly #texts = new Map<string, string>();
  readonly #parts = new Map<string, Map<number, Rope>>();

  async get(key: string, number?: number): Promise<string | Rope | undefined> {
    return number === undefined ? this.#texts.get(key) : this.#parts.get(key)?.get(number);
  }

  async put(key: string, value: string): Promise<void> {
    this.#texts.set(key, value);
  }

  async swap(key: string, from?: string, to?: string, number = 0, part?: Rope): Promise<boolean> {
    if (this.#texts.get(key) !== from) return false;
    const parts = this.#parts.get(key) ?? new Map<number, Rope>();
    if (to === undefined) {
      this.#texts.delete(key);
      this.#parts.delete(key);
    } else {
      this.#texts.set(key, to);
      this.#parts.set(key, part ? parts.set(number, part) : parts);
    }
    return true;
  }
}

const DATABASE = "keyferry";
const STORE = "device";

class IndexedDbDevice implements DeviceStore {
  readonly #relay: string;
  #database: Promise<IDBDatabase> | undefined;

  constructor(relay: string) {
    this.#relay = relay;
  }

  async get(key: string, number?: number): Promise<string | Rope | undefined> {
    const store = (await this.#open()).transaction(STORE).objectStore(STORE);
    const id = [this.#relay, key, ...(number === undefined ? [] : [number])];
    const found = await settled(store.get(id) as IDBRequest<string | Bytes | undefined>);
    return typeof found === "object" ? Rope.of(found) : found;
  }

  async put(key: string, value: string): Promise<void> {
    await this.#write((store) => store.put(value, [this.#relay, key]));
  }

  async swap(key: string, from?: string, to?: string, number = 0, part?: Rope): Promise<boolean> {
    const id = [this.#relay, key];
    // An array of its own: a part may lie in a longer one, all of which would be stored.
    const bytes = part?.copyTo(new Uint8Array(part.length));
    weigh(2 * (bytes?.length ?? 0));
    let swapped = false;
    await this.#write((store) => {
      const now = store.get(id);
      now.onsuccess = () => {
        swapped = now.result === from;
        if (!swapped) return;
        // Parts lie between the key and whatever comes after it: an array comes after every number.
        if (to === undefined) store.delete(IDBKeyRange.bound(id, [...id, []]));
        else store.put(to, id);
        if (bytes) store.put(bytes, [...id, number]);
      };
    });
    return swapped;
  }

  /** Resolves when what `write` asks for is safe. */
  async #write(write: (store: IDBObjectStore) => void): Promise<void> {
    const transaction = (await this.#open()).transaction(STORE, "readwrite", { durability: "strict" });
    write(transaction.objectStore(STORE));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
  }

  #open(): Promise<IDBDatabase> {
    this.#database ??= open().catch((error: unknown) => {
      this.#database = undefined;
      throw error;
    });
    return this.#database;
  }
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
