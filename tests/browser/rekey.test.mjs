//! A revocation with another key for the file, in the web app: who remains opens the new version, who was revoked nothing.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchChromium } from "../support/chromium.mjs";
import { MIB, sha256OfFile, writeRandomFile } from "../support/dataset.mjs";
import { temporaryFolder } from "../support/folder.mjs";
import { startRelay } from "../support/relay.mjs";
import { workspacePath } from "../support/workspace.mjs";
import { Person } from "./person.mjs";

const LABEL = "Ledger";
const BYTES = 96 * MIB;

let browser;

before(async () => (browser = await launchChromium()));
after(() => browser?.close());

test("a revocation re-keys the file for those who remain", { timeout: 300_000 }, async (t) => {
  const relay = await startRelay({ words: ["--web-root", workspacePath("web-demo/dist")] });
  t.after(() => relay.stop());
  const { people, owner, remains, revoked, organization, sha256 } = await company(relay);

  // Stopped in the middle: the revocation stands, and the file is as it was.
  await owner.revokeDialog(organization, LABEL, revoked.email);
  assert.ok(await owner.at("also-rekey").isChecked());
  await owner.at("confirm").click();
  const dialog = owner.at("rekey-dialog");
  await owner.at("progress-text", dialog).filter({ hasText: /uploading/i }).waitFor();
  await owner.at("rekey-stop").click();
  await dialog.waitFor({ state: "detached" });
  await owner.grant(LABEL, revoked.email).filter({ hasText: /revoked/i }).waitFor();
  assert.equal((await remains.open(LABEL)).sha256, sha256);

  // Taken up again.
  const progress = watchProgress(owner);
  await owner.at("rekey", owner.grant(LABEL, revoked.email)).click();
  await dialog.waitFor();
  await dialog.waitFor({ state: "detached", timeout: 120_000 });
  const seen = await progress;
  assert.ok(seen.length > 2 && seen.every((value, place) => place === 0 || value >= seen[place - 1]), `progress: ${seen}`);
  await owner.grant(LABEL, remains.email).filter({ hasText: "version 2" }).waitFor();
  assert.equal(await owner.at("rekey").count(), 0, "nobody who may read no more holds this key");

  // Who had it on the page before saves the version in its place, and opens it anew.
  const saved = await remains.save();
  assert.equal(await sha256OfFile(saved.path), sha256);
  assert.equal((await remains.open(LABEL)).sha256, sha256);
  await revoked.go("/access");
  await revoked.at("my-grant").filter({ hasText: /revoked/i }).waitFor();
  assert.equal(await revoked.at("open", revoked.at("my-grant")).count(), 0);
  await owner.go(`/o/${organization}/files`);
  await owner.fileRow(LABEL).filter({ hasText: "version 2" }).waitFor();
  for (const person of people) {
    await person.watch.assertClean(person.page, [person.passphrase, "matter 4711"]);
    await person.context.close();
  }
});

test("a re-key whose page is closed goes on in the next one", { timeout: 300_000 }, async (t) => {
  const relay = await startRelay({ words: ["--web-root", workspacePath("web-demo/dist")] });
  t.after(() => relay.stop());
  const { owner, remains, revoked, organization, sha256 } = await company(relay);
  await owner.revokeDialog(organization, LABEL, revoked.email);
  await owner.at("confirm").click();
  await owner.page.waitForFunction((least) => document.querySelector("[data-testid=rekey-dialog] progress")?.value > least, BYTES / 4);
  await owner.page.close();

  owner.page = await owner.context.newPage();
  await owner.page.goto(relay.url);
  const asked = [];
  owner.page.on("request", (request) => asked.push(request));
  await owner.login();
  await owner.go(`/o/${organization}/grants`);
  const button = owner.at("rekey", owner.grant(LABEL, revoked.email)).filter({ hasText: /interrupted: continue/ });
  await button.click();
  const dialog = owner.at("rekey-dialog");
  await dialog.waitFor();
  await dialog.waitFor({ state: "detached", timeout: 120_000 });
  await owner.grant(LABEL, remains.email).filter({ hasText: "version 2" }).waitFor();
  const uploads = asked.filter((request) => new URL(request.url()).pathname.startsWith("/v1/uploads"));
  assert.ok(!uploads.some((request) => request.method() === "POST"), "it began again");
  const offsets = uploads.filter((request) => request.method() === "PATCH").map((request) => Number(request.headers()["upload-offset"]));
  assert.ok(Math.min(...offsets) > BYTES / 8, `all of it was sent again, from ${Math.min(...offsets)} on`);
  assert.equal(new Set(offsets).size, offsets.length, "nothing was sent twice by one page");
  assert.equal((await remains.open(LABEL)).sha256, sha256);
  const left = await owner.page.evaluate(async () => {
    const settled = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    const database = await settled(indexedDB.open("keyferry"));
    const keys = await settled(database.transaction("device").objectStore("device").getAllKeys());
    return keys.filter((key) => key[1].startsWith("rekey/"));
  });
  assert.deepEqual(left, [], "nothing of it stays on the device");
});

/** An owner whose file two consultants were granted. */
async function company(relay) {
  const names = ["olga", "carla", "rita"];
  const people = await Promise.all(names.map((name) => Person.arrive(browser, relay.url, `${name}@example.org`)));
  const [owner, remains, revoked] = people;
  await Promise.all(people.map((person) => person.register()));
  const organization = await owner.createOrganization("Acme Archive");
  const words = await owner.organizationWords(organization);
  for (const person of [remains, revoked]) {
    await owner.invite(organization, person.email, "Consultant");
    await person.accept(words);
    await owner.admit(organization, person.email, await person.ownWords());
  }
  const path = join(temporaryFolder("rekey"), "ledger.bin");
  await writeRandomFile(path, BYTES, "rekey");
  const sha256 = await sha256OfFile(path);
  await owner.upload(organization, [{ path, label: LABEL }]);
  for (const person of [remains, revoked]) {
    await person.ask(organization, LABEL, "matter 4711");
    await owner.go(`/o/${organization}/requests`);
    await owner.approve(organization, LABEL, { name: "ledger.bin", reason: "matter 4711" });
  }
  return { people, owner, remains, revoked, organization, sha256 };
}

/** Every value of the next progress bar, until it is gone. */
function watchProgress(person) {
  return person.page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const bar = () => document.querySelector("[data-testid=rekey-dialog] progress[value]");
    const seen = [];
    while (!bar()) await frame();
    for (let now = bar(); now; now = bar()) {
      if (now.value !== seen.at(-1)) seen.push(now.value);
      await frame();
    }
    return seen;
  });
}
