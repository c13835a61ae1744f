import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

// In development the pages come from Vite and the API from a relay next to it.
const relay = process.env["KEYFERRY_RELAY_URL"] ?? "http://127.0.0.1:8787";

/** Writes a brotli copy beside every file that gets smaller by it; the relay serves it to browsers that take it. */
function compress(): Plugin {
  return {
    name: "compress",
    apply: "build",
    async writeBundle({ dir = "" }, bundle) {
      await Promise.all(Object.keys(bundle).map((name) => compressFile(join(dir, name))));
    },
  };
}

async function compressFile(path: string): Promise<void> {
  const plain = await readFile(path);
  // The highest quality takes ten times as long for a few percent.
  const packed = await promisify(brotliCompress)(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
  if (packed.length < plain.length * 0.9) await writeFile(`${path}.br`, packed);
}

export default defineConfig({
  plugins: [compress()],
  // The page must work from any path a relay serves it at.
  base: "./",
  build: {
    // The first browsers with Ed25519 in WebCrypto; older ones cannot run the SDK anyway.
    target: ["chrome137", "firefox130", "safari17.5"],
    // The relay's policy has no 'unsafe-inline' and no data: in connect-src: nothing inline, ever.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The word lists of the strength meter are this large; they load when somebody makes a passphrase.
    chunkSizeWarningLimit: 1300,
  },
  optimizeDeps: { exclude: ["@keyferry/sdk"] },
  server: { proxy: { "/v1": { target: relay, changeOrigin: true } } },
});
