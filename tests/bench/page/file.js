//! From a File on disk: reading it, hashing it, and sealing it with its hash, each alone.
import { createSHA256 } from "hash-wasm";
import * as keyferry from "./candidates/keyferry.js";
import { handle } from "./orders.js";

let input;

/** Takes the file that was written. */
export async function choose() {
  input = await (await handle("input")).getFile();
}

export const chosen = () => input;

/** Reads the whole file as a stream, as fast as it comes. */
export async function read() {
  let bytes = 0;
  for await (const piece of pieces(chosen().stream())) bytes += piece.length;
  return { bytes };
}

/** Reads it in slices of a mebibyte, four under way: on some machines faster than the stream. */
export async function readSlices() {
  const source = chosen();
  const SLICE = 1024 * 1024;
  const flying = [];
  let bytes = 0;
  for (let from = 0; from < source.size || flying.length; from += SLICE) {
    if (from < source.size) flying.push(source.slice(from, from + SLICE).arrayBuffer());
    if (flying.length === 4 || from >= source.size) bytes += (await flying.shift()).byteLength;
  }
  return { bytes };
}

/** Hashes as many bytes in memory by the SDK's own digest, fed a mebibyte at a time. */
export const hash = () => keyferry.hash(chosen().size);

/** The same by hash-wasm, the fastest incremental SHA-256 on npm: a check that the SDK's is not a slow yardstick. */
export async function hashPeer() {
  const hasher = await createSHA256();
  const piece = new Uint8Array(1024 * 1024);
  const { size } = chosen();
  for (let done = 0; done < size; done += piece.length) hasher.update(piece);
  hasher.digest();
  return { bytes: size };
}

/** Seals it and hashes its plaintext. */
export const seal = () => keyferry.sealFile(chosen());

async function* pieces(stream) {
  const reader = stream.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
}
