//! New keys in the web app: everybody's files, reasons and grants outlive them.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchChromium } from "../support/chromium.mjs";
import { sha256OfFile } from "../support/dataset.mjs";
import { temporaryFolder } from "../support/folder.mjs";
import { startRelay } from "../support/relay.mjs";
import { workspacePath } from "../support/workspace.mjs";
import { Person } from "./person.mjs";

const NEW = "eleven otters borrowed my umbrella";
/** What Chromium writes of a refused request. */
const REFUSED = /the server responded with a status of 40[139]/;

let browser;

before(async () => (browser = await launchChromium()));
after(() => browser?.close());

test("a vault and its people take new keys, and every file still opens", { timeout: 300_000 }, async (t) => {
  const relay = await startRelay({ words: ["--web-root", workspacePath("web-demo/dist")] });
  t.after(() => relay.stop());
  const names = ["olga", "anton", "carla"];
  const people = await Promise.all(names.map((name) => Person.arrive(browser, relay.url, `${name}@example.org`)));
  const [owner, approver, consultant] = people;
  await Promise.all(people.map((person) => person.register()));
  const organization = await owner.createOrganization("Acme Archive");
  const told = await owner.organizationWords(organization);
  for (const [person, role] of [[approver, "Approver"], [consultant, "Consultant"]]) {
    await owner.invite(organization, person.email, role);
    await person.accept(told);
    await owner.admit(organization, person.email, await person.ownWords());
  }
  const files = ["First", "Second"].map((label) => makeFile(label));
  await owner.upload(organization, files);
  const words = await consultant.ownWords();
  await approver.go(`/o/${organization}/requests`);
  await consultant.ask(organization, "First", "Before any rotation");
  await approver.approve(organization, "First", { name: files[0].name, reason: "Before any rotation", told: words });
  await consultant.ask(organization, "Second", "Asked before, decided after");

  await owner.go(`/o/${organization}/people`);
  await owner.at("rotate-vault").click();
  await owner.page.getByText("The vault has a new key").waitFor();
  await opens(consultant, "First", files[0]);
  await approver.approve(organization, "Second", { name: files[1].name, reason: "Asked before, decided after" });

  // Somebody may know the consultant's passphrase. Two devices of one person write to one chain: now and then one is refused
  // and signs again.
  consultant.watch.expect(REFUSED);
  await consultant.go("/account");
  await consultant.at("recovery-passphrase").fill(consultant.passphrase);
  await consultant.at("make-recovery-code").click();
  const sheet = await keep(consultant);
  const there = await Person.arrive(browser, relay.url, consultant.email);
  there.watch.expect(REFUSED);
  await there.go("/login");
  await there.login();
  await consultant.go("/account");
  const panel = consultant.page.locator("section", { has: consultant.at("renew-keys") });
  await consultant.at("renew-passphrase").fill(consultant.passphrase);
  await consultant.at("passphrase-known").check();
  assert.ok(await consultant.at("renew-keys").isDisabled(), "another passphrase is asked for");
  await consultant.at("passphrase", panel).fill(NEW);
  await consultant.at("passphrase-again", panel).fill(NEW);
  await consultant.at("renew-keys").click();
  const next = await keep(consultant);
  assert.notEqual(next, sheet, "the recovery code is a new one");
  assert.equal(await consultant.ownWords(), words, "it is the same identity");
  for (const file of files) await opens(consultant, file.label, file);
  await there.at("relogin").waitFor();

  // On a device that knows nothing, with the new passphrase.
  const fresh = await Person.arrive(browser, relay.url, consultant.email);
  fresh.passphrase = NEW;
  await fresh.go("/login");
  await fresh.login();
  for (const file of files) await opens(fresh, file.label, file);

  // Who goes takes no key along: the vault's is rotated with the removal.
  await owner.go(`/o/${organization}/people`);
  const row = owner.at("member").filter({ hasText: approver.email });
  await owner.at("remove-member", row).click();
  await owner.at("confirm").click();
  await row.waitFor({ state: "detached" });
  await owner.at("remove-dialog").waitFor({ state: "detached" });
  await opens(consultant, "First", files[0]);
  await owner.go(`/o/${organization}/trail`);
  await owner.page.getByText("Keys rotated").nth(1).waitFor();
  await consultant.watch.assertClean(consultant.page, [consultant.passphrase, NEW, sheet, next]);
  await Promise.all([...people, there, fresh].map((person) => person.context.close()));
});

function makeFile(label) {
  const name = `${label.toLowerCase()}.txt`;
  const path = join(temporaryFolder("rotation"), name);
  writeFileSync(path, `the content of ${label}`);
  return { path, name, label };
}

async function opens(person, label, file) {
  assert.equal((await person.open(label)).sha256, await sha256OfFile(file.path));
}

/** Reads the sheet's words, and says that they are kept. */
async function keep(person) {
  await person.at("recovery-sheet").waitFor();
  const words = await person.at("recovery-words").locator("li").allTextContents();
  await person.at("sheet-kept").check();
  await person.at("sheet-done").click();
  return words.join(" ");
}
