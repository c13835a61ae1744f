//! Ours: the SDK's content sealing as it ships, from `@keyferry/sdk/content`.
import { ContentDigest, ContentOpener, ContentSealer } from "@keyferry/sdk/content";

/** What is pushed at a time. */
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
  const count = (pieces) => {
    for (const piece of pieces) {
      bytes += piece.length;
      take(piece);
    }
  };
  for (let from = 0; from < input.length; from += PIECE) count(await stream.push(input.subarray(from, from + PIECE)));
  count(await stream.finish());
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

/** Seals a File and digests its plaintext, reading one piece ahead as `files.upload` does. */
export async function sealFile(file) {
  const sealer = await ContentSealer.begin({ key: crypto.getRandomValues(new Uint8Array(32)) });
  const digest = await ContentDigest.begin();
  const read = (from) => file.slice(from, from + PIECE).arrayBuffer();
  let bytes = 0;
  let next = read(0);
  for (let from = 0; from < file.size; from += PIECE) {
    const piece = new Uint8Array(await next);
    next = read(from + PIECE);
    const [sealed] = await Promise.all([sealer.push(piece), digest.update(piece)]);
    for (const part of sealed) bytes += part.length;
  }
  for (const part of await sealer.finish()) bytes += part.length;
  await digest.finish();
  return { bytes };
}
