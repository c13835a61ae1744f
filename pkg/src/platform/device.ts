// What a device remembers between sessions: small texts by key. Pins and checkpoints; nothing secret.

/** A device's memory, as sdk-wasm/src/platform/device.rs calls it. */
export interface DeviceStore {
  get(key: string): Promise<string | undefined>;
  put(key: string, value: string): Promise<void>;
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

  async get(key: string): Promise<string | undefined> {
    return this.#texts.get(key);
  }

  async put(key: string, value: string): Promise<void> {
    this.#texts.set(key, value);
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

  async get(key: string): Promise<string | undefined> {
    const store = (await this.#open()).transaction(STORE).objectStore(STORE);
    return settled(store.get([this.#relay, key]) as IDBRequest<string | undefined>);
  }

  async put(key: string, value: string): Promise<void> {
    const transaction = (await this.#open()).transaction(STORE, "readwrite", { durability: "strict" });
    transaction.objectStore(STORE).put(value, [this.#relay, key]);
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
