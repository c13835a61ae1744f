//! The package loads by itself wherever it is used: a plain module script, a Vite build, Node.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { build } from "vite";
import { launchChromium } from "../support/chromium.mjs";
import { startRelay } from "../support/relay.mjs";
import { serveSite } from "../support/site.mjs";
import { workspacePath } from "../support/workspace.mjs";

const APP = workspacePath("tests/browser/app");

let browser;

before(async () => (browser = await launchChromium()));
after(() => browser?.close());

test("it loads in a plain module script", async (t) => {
  await assertAppWorks(t, { "/": APP, "/sdk/": workspacePath("pkg/dist") }, "plain.html");
});

test("it loads in a Vite build, worker and wasm included", async (t) => {
  const outDir = workspacePath("tests/dist/vite-app");
  await build({ root: APP, configFile: false, logLevel: "error", build: { outDir, emptyOutDir: true, target: "es2022" } });
  await assertAppWorks(t, { "/": outDir }, "index.html");
});

test("it loads in Node", async (t) => {
  const relay = await startRelay();
  t.after(() => relay.stop());
  const program = workspacePath("tests/browser/app/node.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [program, relay.url]);
  assert.equal(stdout, "it works\n");
});

test("a browser asks leave once for what it sends again and again", async (t) => {
  const site = await serveSite({ "/": APP, "/sdk/": workspacePath("pkg/dist") });
  const relay = await startRelay({ words: ["--allow-origin", site.url] });
  const page = await browser.newPage();
  t.after(() => Promise.all([page.close(), site.close(), relay.stop()]));
  await page.goto(`${site.url}/plain.html?relay=${encodeURIComponent(relay.url)}`);
  await page.waitForFunction(() => document.title === "it works");
  const already = answered(relay, "POST", "/v1/sessions");
  await page.evaluate(async (url) => {
    const { Keyferry } = await import("/sdk/index.js");
    const ferry = await Keyferry.connect(url, { device: "memory" });
    const person = { email: "twice@example.org", passphrase: "correct horse battery staple" };
    await ferry.register(person);
    for (let login = 0; login < 2; login++) await ferry.login(person);
  }, relay.url);
  assert.equal(answered(relay, "POST", "/v1/sessions"), already + 3);
  assert.equal(answered(relay, "OPTIONS", "/v1/sessions"), 1);
});

/** How many requests of a kind the relay's log has. */
function answered({ program }, method, route) {
  const lines = program.output.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  return lines.filter((line) => line.method === method && line.route === route).length;
}

/** Serves the app, runs it against a relay that allows its origin, and reads its verdict. */
async function assertAppWorks(t, folders, name) {
  const site = await serveSite(folders);
  const relay = await startRelay({ words: ["--allow-origin", site.url] });
  const page = await browser.newPage();
  t.after(() => Promise.all([page.close(), site.close(), relay.stop()]));
  const workers = [];
  page.on("worker", (worker) => workers.push(worker.url()));
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error.stack)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`${message.text()} ${message.location().url}`);
  });
  await page.goto(`${site.url}/${name}?relay=${encodeURIComponent(relay.url)}`);
  const verdict = page.waitForFunction(() => document.title !== "loading" && document.title);
  const failed = page.waitForEvent("pageerror").then((error) => Promise.reject(error));
  failed.catch(() => {});
  assert.equal(await (await Promise.race([verdict, failed])).jsonValue(), "it works");
  assert.ok(workers.length > 0, "the digest ran in the package's worker");
  assert.deepEqual(complaints, []);
}
