import { defineConfig } from "vite";

declare const process: { env: Record<string, string | undefined> };

// In development the pages come from Vite and the API from a relay next to it.
const relay = process.env["KEYFERRY_RELAY_URL"] ?? "http://127.0.0.1:8787";

export default defineConfig({
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
