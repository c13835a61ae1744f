//! The whole story in the real web app, in three browsers: upload, ask, approve, open, save, revoke.
import assert from "node:assert/strict";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchChromium } from "../support/chromium.mjs";
import { KIB, MIB, pdf, sha256OfFile, writeRandomFile } from "../support/dataset.mjs";
import { temporaryFolder } from "../support/folder.mjs";
import { startMongod, withDatabase } from "../support/mongod.mjs";
import { startRelay } from "../support/relay.mjs";
import { workspacePath } from "../support/workspace.mjs";
import { Person } from "./person.mjs";

const REASON = "Audit of the third quarter, matter 4711";

let browser;
let files;

before(async () => {
  [browser, files] = await Promise.all([launchChromium(), makeFiles()]);
});
after(() => browser?.close());

test("the story holds on the embedded stores", { timeout: 300_000 }, async (t) => {
  const relay = await startRelay({ words: webApp() });
  t.after(() => relay.stop());
  await tellStory(relay.url);
  assert.ok(existsSync(join(relay.dataFolder, "private-keys.db")));
});

test("the story holds on a real MongoDB", { timeout: 300_000 }, async (t) => {
  const mongod = await startMongod();
  t.after(() => mongod.stop());
  const database = `story_${process.pid}`;
  const relay = await startRelay({ words: [...webApp(), "--mongodb-uri", mongod.uri, "--mongodb-database", database] });
  t.after(() => relay.stop());
  await tellStory(relay.url);
  assert.ok(!existsSync(join(relay.dataFolder, "private-keys.db")), "no private key is kept beside MongoDB");
  const kept = await withDatabase(mongod.uri, database, async (db) => {
    const collections = await db.listCollections().toArray();
    const counts = await Promise.all(collections.map(({ name }) => db.collection(name).countDocuments()));
    await db.dropDatabase();
    return counts.reduce((sum, count) => sum + count, 0);
  });
  // Three people, and root and vault of the organization.
  assert.ok(kept >= 5, `MongoDB keeps the locked private keys: ${kept}`);
});

async function tellStory(url) {
  const names = ["olga", "anton", "carla"];
  const people = await Promise.all(names.map((name) => Person.arrive(browser, url, `${name}@example.org`)));
  const [owner, approver, consultant] = people;
  await Promise.all(people.map((person) => person.register()));

  const organization = await owner.createOrganization("Acme Archive");
  const organizationWords = await owner.organizationWords(organization);
  for (const [person, role] of [[approver, "Approver"], [consultant, "Consultant"]]) {
    await owner.invite(organization, person.email, role);
    await person.accept(organizationWords);
    await owner.admit(organization, person.email, await person.ownWords());
  }

  await owner.upload(organization, files);

  const consultantWords = await consultant.ownWords();
  await approver.go(`/o/${organization}/requests`);
  for (const [place, file] of files.entries()) {
    await consultant.ask(organization, file.label, `${REASON}, ${place}`);
    const expected = { name: file.name, reason: `${REASON}, ${place}`, told: place === 0 && consultantWords };
    await approver.approve(organization, file.label, expected);
  }

  for (const file of files) {
    const opened = await consultant.open(file.label);
    assert.deepEqual(opened, { name: file.name, size: file.bytes, sha256: file.sha256 });
    const saved = await consultant.save();
    assert.equal(saved.name, file.name);
    assert.equal(await sha256OfFile(saved.path), file.sha256, `${file.name} is what was uploaded`);
  }

  // The consultant has the file open on the page; the organization revokes; the next download is refused.
  const [big] = files;
  await consultant.open(big.label);
  await approver.revoke(organization, big.label);
  consultant.watch.expect(/status of 403/);
  await consultant.at("save").click();
  assert.equal(await consultant.errorCode(), "grant_revoked");
  const others = consultant.at("my-grant").filter({ has: consultant.at("open") });
  await consultant.go("/access");
  await consultant.at("my-grants").waitFor();
  assert.equal(await others.count(), files.length - 1, "every other grant stands");

  const secrets = [...people.map((person) => person.passphrase), REASON, ...files.map((file) => file.name)];
  for (const person of people) {
    await person.watch.assertClean(person.page, secrets);
    await person.context.close();
  }
}

/** Files to upload, largest first: name and label never look alike. */
async function makeFiles() {
  const folder = temporaryFolder("story");
  const wanted = [
    ["ledger-of-the-quarter.bin", "Large archive", (path) => writeRandomFile(path, 256 * MIB, "story")],
    ["contract-draft.pdf", "A document", (path) => writeFileSync(path, pdf("Keyferry carries this page unread."))],
    ["nothing-at-all.txt", "Empty note", (path) => writeFileSync(path, "")],
    ["one-chunk-exactly.bin", "Round number", (path) => writeRandomFile(path, 16 * KIB, "chunk")],
  ];
  const made = [];
  for (const [name, label, write] of wanted) {
    const path = join(folder, name);
    await write(path);
    const sha256 = await sha256OfFile(path);
    made.push({ name, label, path, sha256, bytes: statSync(path).size });
  }
  return made;
}

function webApp() {
  const folder = workspacePath("web-demo/dist");
  assert.ok(existsSync(join(folder, "index.html")), "build the web app first: npm run build -w web-demo");
  return ["--web-root", folder];
}
