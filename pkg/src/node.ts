// The entry of Node: the module is read from disk, and SHA-256 is the platform's own.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { provideDigest } from "./engine/digest.js";
import { provideModule } from "./load.js";
import { unpack } from "./unpack.js";

provideModule(async (url) => WebAssembly.compile(unpack(new Uint8Array(await readFile(url)))));

provideDigest(() => {
  const hash = createHash("sha256");
  return {
    update: async (bytes) => {
      for (const piece of bytes.pieces) hash.update(piece);
    },
    finish: async () => new Uint8Array(hash.digest()),
  };
});

export * from "./index.js";
