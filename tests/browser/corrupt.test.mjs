//! Ciphertext that changed on the relay's disk: `content_corrupt`, and no byte of the chunk it is in.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchChromium } from "../support/chromium.mjs";
import { startRelay } from "../support/relay.mjs";
import { serveSite } from "../support/site.mjs";
import { workspacePath } from "../support/workspace.mjs";

const CHUNK = 16 * 1024;
const SEALED_CHUNK = CHUNK + 16;
const HEADER = 24 + 32;
/** How many chunks there are, and the one whose ciphertext is changed: opened by the page, and by its workers. */
const CASES = [[10, 4], [180, 150]];

let browser;

before(async () => (browser = await launchChromium()));
after(() => browser?.close());

test("corrupt ciphertext gives content_corrupt and no bytes of that chunk", async (t) => {
  const site = await serveSite({ "/": workspacePath("tests/browser/app"), "/sdk/": workspacePath("pkg/dist") });
  const relay = await startRelay({ words: ["--allow-origin", site.url] });
  const page = await browser.newPage();
  t.after(() => Promise.all([page.close(), site.close(), relay.stop()]));
  await page.goto(`${site.url}/plain.html?relay=${encodeURIComponent(relay.url)}`);
  await page.waitForFunction(() => document.title === "it works");

  for (const [chunks, victim] of CASES) {
    const file = await page.evaluate(upload, chunks * CHUNK + 100);
    flip(relay.dataFolder, file.contentBytes, HEADER + victim * SEALED_CHUNK + 1000);

    const streamed = await page.evaluate(readStream, file.id);
    assert.equal(streamed.code, "content_corrupt");
    assert.ok(streamed.authentic, "what came before it is what was uploaded");
    assert.equal(streamed.bytes, victim * CHUNK, "and all of that");

    const slices = await page.evaluate(readSlices, [file.id, CHUNK, victim]);
    assert.equal(slices.before, CHUNK, "other chunks open by random access");
    assert.equal(slices.within, "content_corrupt");
    assert.equal(slices.across, "content_corrupt");

    assert.equal(await page.evaluate(readBlob, file.id), "content_corrupt");
    assert.deepEqual(await page.evaluate(saveOver, file.id), { code: "content_corrupt", kept: "as before" });
  }
});

/** In the page: uploads so many bytes of the app's content. */
async function upload(bytes) {
  const { session, organization, content } = globalThis;
  return session.files.upload(content.subarray(0, bytes), { organization: organization.id, label: "victim" });
}

/** In the page: reads until it fails. */
async function readStream(id) {
  const opened = await globalThis.session.files.open(id);
  const reader = opened.stream().getReader();
  const result = { bytes: 0, authentic: true };
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      result.authentic &&= step.value.every((byte, index) => byte === globalThis.content[result.bytes + index]);
      result.bytes += step.value.length;
    }
  } catch (error) {
    result.code = error.code;
  }
  return result;
}

/** In the page: slices before, within and across the changed chunk. */
async function readSlices([id, chunk, victim]) {
  const opened = await globalThis.session.files.open(id);
  const code = (start, end) => opened.slice(start, end).then(() => "opened", (error) => error.code);
  return {
    before: (await opened.slice((victim - 1) * chunk, victim * chunk)).length,
    within: await code(victim * chunk + 5, victim * chunk + 6),
    across: await code(victim * chunk - 1, victim * chunk + 1),
  };
}

/** In the page: asks for all of it. */
async function readBlob(id) {
  const opened = await globalThis.session.files.open(id);
  return opened.blob().then(() => "opened", (error) => error.code);
}

/** Flips one bit of the one stored object that has that size. */
function flip(dataFolder, bytes, offset) {
  const folder = join(dataFolder, "content");
  const paths = readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
  const [path, ...others] = paths.filter((path) => statSync(path).size === bytes && statSync(path).isFile());
  assert.ok(path && others.length === 0, "the upload is one object");
  const object = readFileSync(path);
  object[offset] ^= 1;
  writeFileSync(path, object);
}

/** In the page: saves over a file; says how that ended, and what the file is then. */
async function saveOver(id) {
  const root = await navigator.storage.getDirectory();
  const target = await root.getFileHandle("target", { create: true });
  const before = await target.createWritable();
  await before.write("as before");
  await before.close();
  const opened = await globalThis.session.files.open(id);
  const code = await opened.saveTo(target).then(() => "saved", (error) => error.code);
  return { code, kept: await (await target.getFile()).text() };
}
