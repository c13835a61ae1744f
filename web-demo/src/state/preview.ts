// What can be shown in the page without running anything: plain text and pixels.
import type { OpenedFile } from "@keyferry/sdk";

const IMAGES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);
const TEXTS = new Set(["application/json", "application/xml", "application/x-yaml"]);
const IMAGE_BYTES = 32 * 1024 * 1024;
const TEXT_BYTES = 256 * 1024;

/** A preview. An image's URL must be given back with `release`. */
export type Preview = { kind: "text"; text: string; cut: boolean } | { kind: "image"; url: string };

const isText = (type: string): boolean => type.startsWith("text/") || TEXTS.has(type);

/** Whether there is a preview for a file. */
export function canPreview(opened: OpenedFile): boolean {
  return isText(opened.type) || (IMAGES.has(opened.type) && opened.size <= IMAGE_BYTES);
}

/** Reads a preview. */
export async function preview(opened: OpenedFile): Promise<Preview> {
  if (isText(opened.type)) {
    const end = Math.min(opened.size, TEXT_BYTES);
    const start = end === 0 ? new Uint8Array() : await opened.slice(0, end);
    return { kind: "text", text: new TextDecoder().decode(start), cut: opened.size > TEXT_BYTES };
  }
  const bytes = await opened.bytes();
  return { kind: "image", url: URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: opened.type })) };
}

/** Gives a preview's memory back. */
export function release(shown: Preview | undefined): void {
  if (shown?.kind === "image") URL.revokeObjectURL(shown.url);
}
