//! One set of vectors for every engine: here for WebCrypto in Chromium and in Node, and for Software in wasm.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { before, test } from "node:test";
import { workspacePath } from "../support/workspace.mjs";
import { bundleEngines, chromiumEngines, nodeEngines } from "./engines.mjs";

const VECTORS = workspacePath("tests/vectors");
const files = readdirSync(VECTORS).filter((name) => name.endsWith(".json"));
const text = (name) => readFileSync(`${VECTORS}/${name}`, "utf8");

before(bundleEngines);

test("WebCrypto in Chromium agrees with every vector", async (t) => agrees(await chromiumEngines(t), "webcrypto"));

test("Software in wasm agrees with every vector", async (t) => agrees(await chromiumEngines(t), "software"));

test("WebCrypto in Node agrees with every vector", async () => agrees(await nodeEngines(), "webcrypto"));

test("a vector that was changed does not pass", async () => {
  const call = await nodeEngines();
  const vectors = JSON.parse(text("passphrase.json")).filter((vector) => vector.expected);
  const [field] = Object.keys(vectors[0].expected);
  vectors[0].expected[field] = "0";
  await assert.rejects(call("run", "webcrypto", JSON.stringify(vectors)));
});

async function agrees(call, engine) {
  for (const name of files) assert.equal(await call("run", engine, text(name)), JSON.parse(text(name)).length, name);
}
