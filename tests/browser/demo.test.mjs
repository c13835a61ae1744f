//! `cargo xtask demo`, as a new user runs it and ends it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryFolder } from "../support/folder.mjs";
import { start } from "../support/process.mjs";
import { relayPath } from "../support/relay.mjs";
import { workspacePath } from "../support/workspace.mjs";

const WORDS = ["run", "--quiet", "--locked", "--package", "xtask", "--", "demo", "--port", "0"];

test("the demo says what it does, serves the app, and Ctrl-C ends all of it", { timeout: 300_000 }, async () => {
  const data = temporaryFolder("demo");
  for (const signal of ["SIGINT", "SIGTERM"]) {
    const demo = await demonstrate(data);
    for (const step of ["wasm: the browser package", "demo: the web app", "demo: the relay"]) {
      assert.ok(demo.output.some((line) => line.includes(step)), `${step}:\n${demo.output.join("\n")}`);
    }
    const page = await fetch(demo.found);
    assert.match(await page.text(), /<title>/);
    const kept = await (await fetch(`${demo.found}/v1/login/parameters`, parametersOf("ada@example.org"))).json();
    demo.child.kill(signal);
    const { code } = await demo.ended;
    assert.equal(code, 0, `${signal}:\n${demo.output.join("\n")}`);
    await assert.rejects(fetch(demo.found), "the relay has ended with it");
    // The key of the salts for unknown addresses is part of what is kept.
    const again = await demonstrate(data);
    const served = await (await fetch(`${again.found}/v1/login/parameters`, parametersOf("ada@example.org"))).json();
    assert.deepEqual(served, kept);
    await again.stop();
  }
});

function demonstrate(data) {
  return start("cargo", [...WORDS, "--data-dir", data], {
    cwd: workspacePath(),
    env: { KEYFERRY_RELAY: relayPath() },
    ready: (line) => /Keyferry runs at (\S+)/.exec(line)?.[1],
  });
}

function parametersOf(email) {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ email }) };
}
