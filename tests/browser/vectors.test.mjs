//! One set of vectors for every engine: here for WebCrypto, in Chromium and in Node.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { launchChromium } from "../support/chromium.mjs";
import { serveSite } from "../support/site.mjs";
import { workspacePath } from "../support/workspace.mjs";

const BUILT = workspacePath("tests/dist/vectors");
const VECTORS = workspacePath("tests/vectors");
const files = readdirSync(VECTORS).filter((name) => name.endsWith(".json"));
const text = (name) => readFileSync(`${VECTORS}/${name}`, "utf8");

before(bundle);

test("WebCrypto in Chromium agrees with every vector", async (t) => {
  const site = await serveSite({ "/": BUILT }, { routes: { "/": (_, response) => response.end() } });
  const browser = await launchChromium();
  t.after(() => Promise.all([browser.close(), site.close()]));
  const page = await browser.newPage();
  await page.goto(`${site.url}/`);
  const inPage = async ([json]) => {
    const { run } = await import("/bundle.mjs");
    return run("/keyferry_bg.wasm", json);
  };
  for (const name of files) assert.equal(await page.evaluate(inPage, [text(name)]), JSON.parse(text(name)).length, name);
});

test("WebCrypto in Node agrees with every vector", async () => {
  const { run } = await import(pathToFileURL(`${BUILT}/bundle.mjs`));
  const wasm = readFileSync(`${BUILT}/keyferry_bg.wasm`);
  for (const name of files) assert.equal(await run(wasm, text(name)), JSON.parse(text(name)).length, name);
});

test("a vector that was changed does not pass", async () => {
  const { run } = await import(pathToFileURL(`${BUILT}/bundle.mjs`));
  const wasm = readFileSync(`${BUILT}/keyferry_bg.wasm`);
  const vectors = JSON.parse(text("passphrase.json")).filter((vector) => vector.expected);
  const [field] = Object.keys(vectors[0].expected);
  vectors[0].expected[field] = "0";
  await assert.rejects(run(wasm, JSON.stringify(vectors)));
});

/** Joins the package's engine with the bindings of the test build. */
async function bundle() {
  assert.ok(existsSync(`${BUILT}/keyferry_bg.wasm`), "build the vectors' module first: cargo xtask test --only browser");
  const places = [
    [/^keyferry-vectors$|\/wasm\/keyferry\.js$/, `${BUILT}/keyferry.js`],
    [/\/wasm\/integrity\.js$/, workspacePath("pkg/dist/wasm/integrity.js")],
  ];
  const plugin = {
    name: "test-bindings",
    setup: ({ onResolve }) => places.forEach(([filter, path]) => onResolve({ filter }, () => ({ path }))),
  };
  const entry = workspacePath("tests/browser/app/vectors.js");
  await build({ entryPoints: [entry], outfile: `${BUILT}/bundle.mjs`, bundle: true, format: "esm", plugins: [plugin], logLevel: "error" });
}
