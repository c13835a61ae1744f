//! Ours: the SDK's content sealing as it ships, from `@keyferry/sdk/content`.
import { ContentDigest, ContentOpener, ContentSealer } from "@keyferry/sdk/content";

/** What is read of a File at a time, and hashed at a time. */
const READ = 4 * 1024 * 1024;
const PIECE = 1024 * 1024;

export const name = "keyferry";
export const about = "@keyferry/sdk, Cobblestone-256";

export async function prepare(input) {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const state = { key, input };
  const sealed = [];
  await through(await ContentSealer.begin({ key }), input, (piece) => sealed.push(piece));
  state.sealed = new Uint8Array(await new Blob(sealed).arrayBuffer());
  return state;
}

export const seal = async ({ key, input }) => through(await ContentSealer.begin({ key }), input);

export const open = async ({ key, sealed }) => through(await ContentOpener.begin({ key }), sealed);

/** Pushes everything through and returns how many bytes came out. */
async function through(stream, input, take = () => {}) {
  let bytes = 0;
  for (const piece of [...(await stream.push(input)), ...(await stream.finish())]) {
    bytes += piece.length;
    take(piece);
  }
  return { bytes };
}

/** Digests `bytes` bytes that lie in memory. */
export async function hash(bytes) {
  const digest = await ContentDigest.begin();
  const piece = new Uint8Array(PIECE);
  for (let done = 0; done < bytes; done += PIECE) await digest.update(piece);
  await digest.finish();
  return { bytes };
}

/** Seals a File and digests its plaintext, reading ahead as `files.upload` does: into buffers used again. */
export async function sealFile(file) {
  const sealer = await ContentSealer.begin({ key: crypto.getRandomValues(new Uint8Array(32)) });
  const digest = await ContentDigest.begin();
  let bytes = 0;
  const count = (sealed) => sealed.forEach((part) => (bytes += part.length));
  const reader = file.stream().getReader({ mode: "byob" });
  const fill = async (buffer) => (await reader.read(new Uint8Array(buffer), { min: READ })).value;
  let next = fill(new ArrayBuffer(READ));
  let spare = new ArrayBuffer(READ);
  for (let piece = await next; piece?.length > 0; piece = await next) {
    next = fill(spare);
    await Promise.all([digest.update(piece), sealer.push(piece).then(count)]);
    spare = piece.buffer;
  }
  count(await sealer.finish());
  await digest.finish();
  return { bytes };
}
