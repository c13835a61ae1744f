//! Every engine that vectors can be run over from here: WebCrypto and Software in Chromium, WebCrypto in Node.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { launchChromium } from "../support/chromium.mjs";
import { serveSite } from "../support/site.mjs";
import { workspacePath } from "../support/workspace.mjs";

const BUILT = workspacePath("tests/dist/vectors");
const MODULE = "keyferry_bg.wasm";

/** Joins the package's sources with the bindings of a test build, in `folder`. */
export function testBindings(folder) {
  const places = [
    [/^keyferry-vectors$|\/wasm\/keyferry\.js$/, `${folder}/keyferry.js`],
    [/\/wasm\/integrity\.js$/, workspacePath("pkg/dist/wasm/integrity.js")],
  ];
  return {
    name: "test-bindings",
    setup: ({ onResolve }) => places.forEach(([filter, path]) => onResolve({ filter }, () => ({ path }))),
  };
}

/** Joins the package's engine with the bindings of the test build. */
export async function bundleEngines() {
  assert.ok(existsSync(`${BUILT}/${MODULE}`), "build the vectors' module first: cargo xtask test --only browser");
  const plugin = testBindings(BUILT);
  const entry = workspacePath("tests/browser/app/vectors.js");
  await build({ entryPoints: [entry], outfile: `${BUILT}/bundle.mjs`, bundle: true, format: "esm", plugins: [plugin], logLevel: "error" });
}

/** In Chromium: `call(name, ...words)` calls a function of `app/vectors.js` with the module and `words`. */
export async function chromiumEngines(t) {
  const site = await serveSite({ "/": BUILT }, { routes: { "/": (_, response) => response.end() } });
  const browser = await launchChromium();
  t.after(() => Promise.all([browser.close(), site.close()]));
  const page = await browser.newPage();
  await page.goto(`${site.url}/`);
  const inPage = async ([module, name, words]) => (await import("/bundle.mjs"))[name](module, ...words);
  return (name, ...words) => page.evaluate(inPage, [`/${MODULE}`, name, words]);
}

/** The same in Node. */
export async function nodeEngines() {
  const functions = await import(pathToFileURL(`${BUILT}/bundle.mjs`));
  const wasm = readFileSync(`${BUILT}/${MODULE}`);
  return (name, ...words) => functions[name](wasm, ...words);
}
