//! Builds the pages of the benchmarks.
import { build } from "esbuild";
import { cpSync, mkdirSync } from "node:fs";
import { testBindings } from "../browser/engines.mjs";
import { workspacePath } from "../support/workspace.mjs";

/**
 * Bundles `page` (a name in tests/bench/page) into tests/dist/bench with its HTML. The SDK stays outside: the page
 * loads the very modules that ship, from /sdk/ through its import map.
 */
export async function bundlePage(page) {
  const folder = workspacePath("tests/dist/bench");
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: [workspacePath(`tests/bench/page/${page}.js`)],
    outfile: `${folder}/${page}.js`,
    bundle: true,
    format: "esm",
    minify: true,
    external: ["@keyferry/sdk", "@keyferry/sdk/*"],
    plugins: [testBindings(workspacePath("tests/dist/engine"))],
    logLevel: "error",
  });
  cpSync(workspacePath(`tests/bench/page/${page}.html`), `${folder}/${page}.html`);
  return folder;
}
