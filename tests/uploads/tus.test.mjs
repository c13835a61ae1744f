//! Uploads by tus-js-client, a client we did not write: whoever speaks tus 1.0 can upload.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { Upload } from "tus-js-client";
import { launchChromium } from "../support/chromium.mjs";
import { MIB, randomPieces } from "../support/dataset.mjs";
import { serveSite } from "../support/site.mjs";
import { workspacePath } from "../support/workspace.mjs";
import { uploader } from "./uploader.mjs";

const CHUNK = 2 * MIB;
const CONTENT = Buffer.concat([...randomPieces(5 * CHUNK + 12_345, "tus")]);

let page;
let site;

before(async () => {
  page = await serveSite({ "/": workspacePath("node_modules/tus-js-client/dist") });
  site = await uploader(["--allow-origin", page.url]);
});
after(() => {
  page?.close();
  return site?.relay.stop();
});

test("an upload is kept as it was sent", async () => {
  for (const content of [CONTENT, CONTENT.subarray(0, 1), CONTENT.subarray(0, 0)]) {
    for (const chunkSize of [CHUNK, Number.POSITIVE_INFINITY]) {
      const { upload, finished } = site.prepare(content, { chunkSize });
      upload.start();
      const { url } = await finished;
      await assertKept(url, content);
    }
  }
});

test("a paused upload goes on where it stood", async () => {
  const { upload, finished } = site.prepare(CONTENT, { chunkSize: CHUNK });
  const paused = pauseAfter(upload, 2 * CHUNK);
  upload.start();
  await paused;
  assert.equal(await offset(upload.url), 2 * CHUNK);
  const offsets = watchOffsets(upload);
  upload.start();
  const { url } = await finished;
  assert.equal(offsets[0], 2 * CHUNK, "nothing acknowledged is sent again");
  await assertKept(url, CONTENT);
});

test("an upload cut off in the middle of a request goes on, in another client too", async () => {
  const first = site.prepare(CONTENT);
  const cut = new Promise((resolve) => {
    first.upload.options.onProgress = (sent) => sent > CHUNK && resolve(first.upload.abort());
  });
  first.upload.start();
  await cut;
  // The relay may still be writing what came: a client that asks too early is told, and asks again.
  const second = site.prepare(CONTENT, { uploadUrl: first.upload.url, retryDelays: [0, 50, 100, 200, 400, 800] });
  second.upload.start();
  const { url } = await second.finished;
  assert.equal(url, first.upload.url);
  await assertKept(url, CONTENT);
});

test("a stream of unknown length uploads, pauses and goes on", async () => {
  const { upload, finished } = site.prepare(stream(CONTENT), { uploadLengthDeferred: true, chunkSize: CHUNK });
  const paused = pauseAfter(upload, CHUNK);
  upload.start();
  await paused;
  const status = await site.tus("HEAD", upload.url);
  assert.deepEqual([status.headers.get("upload-defer-length"), status.headers.get("upload-length")], ["1", null]);
  upload.start();
  const { url } = await finished;
  await assertKept(url, CONTENT);
});

test("a page of another origin uploads streams, empty ones and whole chunks too", async (t) => {
  const browser = await launchChromium();
  t.after(() => browser.close());
  const tab = await browser.newPage();
  await tab.goto(`${page.url}/tus.min.js`);
  await tab.addScriptTag({ url: "/tus.min.js" });
  for (const bytes of [0, 2 * CHUNK, CHUNK + 1]) {
    const { endpoint, headers, organization } = site;
    const url = await tab.evaluate(uploadStream, { endpoint, headers, organization, bytes, chunkSize: CHUNK });
    await assertKept(url, Buffer.alloc(bytes, 7));
  }
});

test("a client at the wrong offset learns the right one and goes on", async () => {
  let conflicts = 0;
  const { upload, finished } = site.prepare(CONTENT, {
    chunkSize: CHUNK,
    retryDelays: [0],
    onBeforeRequest: async (request) => {
      if (request.getMethod() !== "PATCH" || request.getHeader("Upload-Offset") !== String(CHUNK) || conflicts > 0) return;
      // Another client of the same person is faster.
      const headers = { "content-type": "application/offset+octet-stream", "upload-offset": String(CHUNK) };
      const ahead = await site.tus("PATCH", upload.url, headers, CONTENT.subarray(CHUNK, 2 * CHUNK));
      assert.equal(ahead.status, 204);
    },
    onAfterResponse: (request, response) => {
      if (response.getStatus() !== 409) return;
      conflicts += 1;
      assert.equal(JSON.parse(response.getBody()).code, "upload_offset");
    },
  });
  upload.start();
  const { url } = await finished;
  assert.equal(conflicts, 1);
  await assertKept(url, CONTENT);
});

test("a terminated upload is gone, and its client begins again", async () => {
  const { upload } = site.prepare(CONTENT, { chunkSize: CHUNK });
  const paused = pauseAfter(upload, CHUNK);
  upload.start();
  await paused;
  const { url } = upload;
  await Upload.terminate(url, { headers: site.headers, retryDelays: null });
  assert.equal((await site.tus("HEAD", url)).status, 404);

  const stranded = site.prepare(CONTENT, { uploadUrl: url, endpoint: null });
  stranded.upload.start();
  const refusal = await stranded.finished.then(assert.fail, (error) => error);
  assert.equal(refusal.originalResponse.getStatus(), 404);

  const again = site.prepare(CONTENT, { uploadUrl: url });
  again.upload.start();
  await again.finished;
  assert.notEqual(again.upload.url, url);
  await assertKept(again.upload.url, CONTENT);
});

test("an expired upload says that it is gone", async (t) => {
  const strict = await uploader(["--upload-days", "0"]);
  t.after(strict.relay.stop);
  const { upload, finished } = strict.prepare(CONTENT);
  upload.start();
  const refusal = await finished.then(assert.fail, (error) => error);
  assert.equal(refusal.originalResponse.getStatus(), 410);
  assert.equal(JSON.parse(refusal.originalResponse.getBody()).code, "upload_gone");
});

function stream(content) {
  const pieces = function* () {
    for (let at = 0; at < content.length; at += 100_000) yield content.subarray(at, at + 100_000);
  };
  return Readable.from(pieces(), { objectMode: false });
}

/** In a page: uploads so many sevens from a stream, pausing once, and resolves with where they are. */
function uploadStream({ endpoint, headers, organization, bytes, chunkSize }) {
  const source = new ReadableStream({
    start(controller) {
      for (let left = bytes; left > 0; left -= 100_000) controller.enqueue(new Uint8Array(Math.min(left, 100_000)).fill(7));
      controller.close();
    },
  });
  return new Promise((resolve, reject) => {
    let paused = false;
    const upload = new globalThis.tus.Upload(source.getReader(), {
      endpoint,
      headers,
      metadata: { organization },
      uploadLengthDeferred: true,
      addRequestId: true,
      overridePatchMethod: bytes % chunkSize > 0,
      chunkSize,
      retryDelays: null,
      onChunkComplete: async () => {
        if (paused) return;
        paused = true;
        await upload.abort();
        upload.start();
      },
      onSuccess: () => resolve(upload.url),
      onError: reject,
    });
    upload.start();
  });
}

/** Resolves once the relay acknowledged so many bytes and the client has stopped. */
function pauseAfter(upload, bytes) {
  return new Promise((resolve) => {
    upload.options.onChunkComplete = (_, sent) => {
      if (sent === bytes) resolve(upload.abort());
    };
  });
}

/** The `Upload-Offset` of every PATCH from now on. */
function watchOffsets(upload) {
  const offsets = [];
  upload.options.onBeforeRequest = (request) => {
    if (request.getMethod() === "PATCH") offsets.push(Number(request.getHeader("Upload-Offset")));
  };
  return offsets;
}

async function offset(url) {
  return Number((await site.tus("HEAD", url)).headers.get("upload-offset"));
}

async function assertKept(url, content) {
  const status = await site.tus("HEAD", url);
  assert.equal(status.headers.get("upload-offset"), String(content.length));
  assert.equal(status.headers.get("upload-length"), String(content.length));
  if (content.length > 0) assert.equal(site.kept(url), createHash("sha256").update(content).digest("hex"));
}
