//! The example of the README runs as it is printed there.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";
import { startRelay } from "../support/relay.mjs";
import { workspacePath } from "../support/workspace.mjs";

test("the example of the README runs", async (t) => {
  const readme = readFileSync(workspacePath("README.md"), "utf8");
  const [, example] = /```js\n([\s\S]*?)```/.exec(readme);
  const promised = /console\.log\(.*\); \/\/ (.+)/.exec(example)[1];
  const relay = await startRelay();
  t.after(() => relay.stop());
  mkdirSync(workspacePath("tests/dist"), { recursive: true });
  const program = workspacePath("tests/dist/readme-example.mjs");
  writeFileSync(program, `const relayUrl = process.argv[2];\n${example}`);
  const { stdout } = await promisify(execFile)(process.execPath, [program, relay.url]);
  assert.equal(stdout.trim(), promised);
});
