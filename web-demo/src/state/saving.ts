// Saving an opened file to disk: straight into a chosen file where the browser can, else by way of a download.
import type { OpenedFile } from "@keyferry/sdk";

// Above this a blob would need too much memory; the content goes through the origin's private file system.
const BLOB_BYTES = 64 * 1024 * 1024;
const HANDOVER_MS = 60_000;

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
  if (opened.size <= BLOB_BYTES || !("storage" in navigator)) {
    offer(await opened.blob(), opened.name, () => undefined);
    return;
  }
  await saveThroughPrivateFiles(opened);
}

async function saveThroughPrivateFiles(opened: OpenedFile): Promise<void> {
  const root = await navigator.storage.getDirectory();
  // A plaintext is on its way through here: the name says nothing, and it is removed again below.
  const name = `saving-${crypto.randomUUID()}`;
  const handle = await root.getFileHandle(name, { create: true });
  const remove = (): void => void root.removeEntry(name).catch(() => undefined);
  try {
    await opened.saveTo(handle);
  } catch (error) {
    remove();
    throw error;
  }
  offer(await handle.getFile(), opened.name, remove);
}

/** Removes what an earlier page, closed too early, left in the private file system. */
export async function sweepPrivateFiles(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  for await (const name of root.keys()) {
    if (name.startsWith("saving-")) await root.removeEntry(name).catch(() => undefined);
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
  }, HANDOVER_MS);
}
