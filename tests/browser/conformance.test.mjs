//! The field's own vectors (tests/conformance) over every engine. Prints what was run, passed and skipped, and why.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { bundleEngines, chromiumEngines, nodeEngines } from "./engines.mjs";

const ENGINES = {
  "Software, native": native,
  "Software, wasm in Chromium": async (t) => (await chromiumEngines(t))("conform", "software"),
  "WebCrypto, Chromium": async (t) => (await chromiumEngines(t))("conform", "webcrypto"),
  "WebCrypto, Node": async () => (await nodeEngines())("conform", "webcrypto"),
};

const reports = {};

before(bundleEngines);
after(print);

for (const [engine, conform] of Object.entries(ENGINES)) {
  test(`${engine} passes every vector it can be asked`, async (t) => {
    reports[engine] = await conform(t);
    for (const { suite, run, passed, failures } of reports[engine]) {
      assert.deepEqual(failures, [], suite);
      assert.equal(passed, run, suite);
    }
    assert.ok(reports[engine].some(({ run }) => run > 0));
  });
}

test("no engine is asked less than another", () => {
  const [first, ...others] = Object.values(reports).map((all) => all.map(({ suite, run, skipped }) => ({ suite, run, skipped })));
  for (const other of others) assert.deepEqual(other, first);
});

async function native() {
  const program = process.env.KEYFERRY_CONFORMANCE;
  assert.ok(program, "KEYFERRY_CONFORMANCE names no program: cargo xtask test --only browser builds it");
  const { stdout } = await promisify(execFile)(program, { maxBuffer: 16 * 1024 * 1024 });
  return JSON.parse(stdout);
}

function print() {
  const engines = Object.keys(reports);
  if (engines.length === 0) return;
  const lines = [`| run / passed | ${engines.join(" | ")} | skipped |`, `|---|${"---:|".repeat(engines.length + 1)}`];
  const reasons = new Map();
  reports[engines[0]].forEach(({ suite, skipped }, index) => {
    const figures = engines.map((engine) => `${reports[engine][index].run} / ${reports[engine][index].passed}`);
    const count = Object.values(skipped).reduce((sum, vectors) => sum + vectors, 0);
    lines.push(`| ${suite} | ${figures.join(" | ")} | ${count} |`);
    for (const [reason, vectors] of Object.entries(skipped)) reasons.set(`${suite}: ${reason}`, vectors);
  });
  for (const [reason, vectors] of reasons) lines.push(`skipped ${vectors} of ${reason}`);
  console.log(lines.join("\n"));
}
