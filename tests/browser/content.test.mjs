//! Content by the workers, and without them.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { launchChromium } from "../support/chromium.mjs";
import { serveSite } from "../support/site.mjs";
import { workspacePath } from "../support/workspace.mjs";

/** Several jobs of the workers, and a chunk that is not whole. */
const BYTES = 300 * 16 * 1024 + 5;

let browser;

before(async () => (browser = await launchChromium(["--js-flags=--expose-gc"])));
after(() => browser?.close());

test("workers seal what this thread opens, and the other way round", async (t) => {
  const [free, strict] = await Promise.all([blankPage(t), blankPage(t, "worker-src 'none'")]);
  const [byWorkers, byThread] = await Promise.all([free, strict].map((page) => page.evaluate(seal, BYTES)));
  assert.equal(byWorkers.workers, true, "the page with no policy has workers");
  assert.equal(byThread.workers, false, "the strict page has none");
  assert.deepEqual(await strict.evaluate(open, byWorkers.sealed), { bytes: BYTES, authentic: true });
  assert.deepEqual(await free.evaluate(open, byThread.sealed), { bytes: BYTES, authentic: true });
});

test("a digest ends however long its worker takes, and whoever else is collected", async (t) => {
  const page = await blankPage(t);
  const found = await page.evaluate(async () => {
    const { ContentDigest } = await import("/sdk/content.js");
    const piece = new Uint8Array(4 * 1024 * 1024).fill(7);
    const digest = await ContentDigest.begin();
    for (let round = 0; round < 8; round++) {
      const waiting = digest.update(piece);
      globalThis.gc();
      await waiting;
    }
    return [...(await digest.finish())];
  });
  const expected = createHash("sha256").update(Buffer.alloc(32 * 1024 * 1024, 7)).digest();
  assert.deepEqual(Buffer.from(found), expected);
});

test("a digest is of what it was given, whatever becomes of that memory", async (t) => {
  const page = await blankPage(t);
  const found = await page.evaluate(async () => {
    const { ContentDigest } = await import("/sdk/content.js");
    const digest = await ContentDigest.begin();
    for (const bytes of [1000, 1024 * 1024 - 1000, 1, 5 * 1024 * 1024]) {
      const piece = new Uint8Array(bytes).fill(7);
      await digest.update(piece);
      structuredClone(piece.buffer, { transfer: [piece.buffer] });
    }
    return [...(await digest.finish())];
  });
  const expected = createHash("sha256").update(Buffer.alloc(6 * 1024 * 1024 + 1, 7)).digest();
  assert.deepEqual(Buffer.from(found), expected);
});

test("bytes whose memory went elsewhere are not sealed", async (t) => {
  const page = await blankPage(t);
  const outcome = await page.evaluate(async () => {
    const { ContentSealer } = await import("/sdk/content.js");
    const sealer = await ContentSealer.begin({ key: new Uint8Array(32).fill(3) });
    const [piece, more] = [new Uint8Array(1_000_000), new Uint8Array(1_000_000)];
    await sealer.push(piece);
    structuredClone(piece.buffer, { transfer: [piece.buffer] });
    return sealer.push(more).then(() => "sealed", () => "refused");
  });
  assert.equal(outcome, "refused");
});

test("jobs that fail leave their workers free for the next", async (t) => {
  const page = await blankPage(t);
  const outcomes = await page.evaluate(async (bytes) => {
    const { ContentSealer } = await import("/sdk/content.js");
    const seal = async (piece, spoil) => {
      const sealer = await ContentSealer.begin({ key: new Uint8Array(32).fill(3) });
      const pushed = sealer.push(piece);
      if (spoil) structuredClone(piece.buffer, { transfer: [piece.buffer] });
      return pushed.then(() => "sealed", () => "refused");
    };
    const outcomes = [];
    // More often than there are places for jobs.
    for (let round = 0; round < 20; round++) outcomes.push(await seal(new Uint8Array(bytes), true));
    return [...outcomes, await seal(new Uint8Array(bytes), false)];
  }, BYTES);
  assert.deepEqual(outcomes, [...Array(20).fill("refused"), "sealed"]);
});

test("a worker that dies fails what it was at, and others take over", async (t) => {
  const page = await blankPage(t);
  await page.evaluate(() => {
    globalThis.workers = [];
    const { Worker } = globalThis;
    globalThis.Worker = class extends Worker {
      constructor(...words) {
        super(...words);
        globalThis.workers.push(this);
      }
    };
  });
  const outcomes = await page.evaluate(async (bytes) => {
    const { ContentDigest, ContentSealer } = await import("/sdk/content.js");
    const die = () => globalThis.workers.splice(0).forEach((worker) => {
      worker.terminate();
      worker.dispatchEvent(new ErrorEvent("error", { message: "died on purpose" }));
    });
    const begin = async () => {
      const sealer = await ContentSealer.begin({ key: new Uint8Array(32).fill(3) });
      const digest = await ContentDigest.begin();
      await digest.update(new Uint8Array(bytes));
      const told = (promise) => promise.then(() => "done", () => "failed");
      return [told(sealer.push(new Uint8Array(bytes))), told(digest.finish())];
    };
    await Promise.all(await begin());
    const underWay = await begin();
    // By then, both have given work to their workers.
    await new Promise((resolve) => setTimeout(resolve));
    die();
    return [...(await Promise.all(underWay)), ...(await Promise.all(await begin()))];
  }, 8 * BYTES);
  assert.deepEqual(outcomes, ["failed", "failed", "done", "done"]);
});

/** A page with nothing on it, under a policy. */
async function blankPage(t, policy = "") {
  const blank = (_, response) =>
    response.writeHead(200, { "content-type": "text/html", "content-security-policy": policy }).end("<!doctype html>");
  const site = await serveSite({ "/sdk/": workspacePath("pkg/dist") }, { routes: { "/": blank } });
  const page = await browser.newPage();
  t.after(() => Promise.all([page.close(), site.close()]));
  await page.goto(`${site.url}/`);
  return page;
}

/** In the page: seals counted bytes; says whether workers did it. The key is fixed, for another page to open it. */
async function seal(bytes) {
  const { ContentSealer } = await import("/sdk/content.js");
  const sealer = await ContentSealer.begin({ key: new Uint8Array(32).fill(3) });
  const content = new Uint8Array(bytes).map((_, index) => index % 251);
  const pieces = [...(await sealer.push(content)), ...(await sealer.finish())];
  const sealed = new Uint8Array(await new Blob(pieces).arrayBuffer());
  const workers = performance.getEntriesByType("resource").some(({ name }) => name.endsWith("content-worker.js"));
  let text = "";
  for (let from = 0; from < sealed.length; from += 32768) text += String.fromCharCode(...sealed.subarray(from, from + 32768));
  return { sealed: btoa(text), workers };
}

/** In the page: opens it, and compares. */
async function open(sealed) {
  const { ContentOpener } = await import("/sdk/content.js");
  const opener = await ContentOpener.begin({ key: new Uint8Array(32).fill(3) });
  const ciphertext = Uint8Array.from(atob(sealed), (c) => c.charCodeAt(0));
  const pieces = [...(await opener.push(ciphertext)), ...(await opener.finish())];
  const content = new Uint8Array(await new Blob(pieces).arrayBuffer());
  return { bytes: content.length, authentic: content.every((byte, index) => byte === index % 251) };
}
