// Saving an opened file to disk: straight into a chosen file where the browser can, else by way of a download.
import type { OpenedFile } from "@keyferry/sdk";

// Above this a blob would need too much memory; the content goes through the origin's private file system.
const BLOB_BYTES = 64 * 1024 * 1024;
// How long the browser may take to copy a download to its place: a minute, and a second for every 10 MiB.
const HANDOVER_MS = 60_000;
const HANDOVER_BYTES_PER_MS = 10_486;

interface Picker {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}

/** Where the content goes. Must be chosen while the click still counts as the person's. */
export type Target = { kind: "file"; handle: FileSystemFileHandle } | { kind: "download" };

/** Lets the person choose a file; nothing when they changed their mind. */
export async function chooseTarget(name: string): Promise<Target | undefined> {
  const picker = window as unknown as Picker;
  if (picker.showSaveFilePicker === undefined) return { kind: "download" };
  try {
    return { kind: "file", handle: await picker.showSaveFilePicker({ suggestedName: name }) };
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return undefined;
    return { kind: "download" };
  }
}

/** Saves. The file is complete and checked when this returns; a download then still moves to the disk. */
export async function save(opened: OpenedFile, target: Target): Promise<void> {
  if (target.kind === "file") {
    await opened.saveTo(target.handle);
    return;
  }
  if (opened.size <= BLOB_BYTES) {
    offer(await opened.blob(), opened.name, () => undefined);
    return;
  }
  await saveThroughPrivateFiles(opened);
}

const SAVING = "keyferry-saving-";

async function saveThroughPrivateFiles(opened: OpenedFile): Promise<void> {
  const root = await navigator.storage.getDirectory();
  // A plaintext is on its way through here: the name says nothing, and it is removed again.
  const name = SAVING + crypto.randomUUID();
  let finished = (): void => undefined;
  // The lock tells the sweep of another tab that this file is in use; it ends with this page at the latest.
  void navigator.locks.request(name, () => new Promise<void>((resolve) => (finished = resolve)));
  const remove = (): void => {
    finished();
    void root.removeEntry(name).catch(() => undefined);
  };
  try {
    const handle = await root.getFileHandle(name, { create: true });
    await opened.saveTo(handle);
    offer(await handle.getFile(), opened.name, remove);
  } catch (error) {
    remove();
    throw error;
  }
}

/** Removes what earlier pages, closed too early, left in the private file system. */
export async function sweepPrivateFiles(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  for await (const name of root.keys()) {
    if (!name.startsWith(SAVING)) continue;
    await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock !== null) await root.removeEntry(name);
    });
  }
}

/** Hands content to the browser as a download; `then` runs when it had time to take it. */
export function offer(content: Blob, name: string, then: () => void): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
    then();
  }, HANDOVER_MS + content.size / HANDOVER_BYTES_PER_MS);
}
