// The JavaScript half of the WebCrypto engine: one object with what sdk-wasm/src/engine/host.rs names.
import { openChunks, sealChunks } from "./chunk-pool.js";
import { openDigest } from "./digest.js";
import { type Bytes, Rope } from "./rope.js";
import * as subtle from "./subtle.js";

/** The operations of the engine. */
export const engineHost = {
  ...subtle,
  sealChunks,
  openChunks,
  digest: openDigest,
  rope: (bytes: Bytes): Rope => Rope.of(bytes),
  concat: (parts: Rope[]): Rope => Rope.concat(parts),
  normalize: (text: string): string => text.normalize("NFKC"),
  lowercase: (text: string): string => text.toLowerCase(),
};

/** What the wasm module is given. */
export type EngineHost = typeof engineHost;
