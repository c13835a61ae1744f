//! Another identity and another root in the web app: people compare again only where nobody else vouches, and files open on.
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

test("a consultant and a root get new words, and the organization goes on", { timeout: 300_000 }, async (t) => {
  const relay = await startRelay({ words: ["--web-root", workspacePath("web-demo/dist")] });
  t.after(() => relay.stop());
  const names = ["olga", "otto", "anton", "carla"];
  const people = await Promise.all(names.map((name) => Person.arrive(browser, relay.url, `${name}@example.org`)));
  const [owner, second, approver, consultant] = people;
  await Promise.all(people.map((person) => person.register()));
  const organization = await owner.createOrganization("Acme Archive");
  const told = await owner.organizationWords(organization);
  for (const [person, role] of [[second, "Owner"], [approver, "Approver"], [consultant, "Consultant"]]) {
    await owner.invite(organization, person.email, role);
    await person.accept(told);
    await owner.admit(organization, person.email, await person.ownWords());
  }
  const files = ["First", "Second"].map((label) => makeFile(label));
  await owner.upload(organization, files);
  await approver.go(`/o/${organization}/requests`);
  await consultant.ask(organization, "First", "Before anything changed");
  const before = await consultant.ownWords();
  await approver.approve(organization, "First", { name: files[0].name, reason: "Before anything changed", told: before });

  // Somebody may have copied the consultant's keys.
  consultant.watch.expect(REFUSED);
  await consultant.go("/account");
  const panel = consultant.page.locator("section", { has: consultant.at("renew-keys") });
  await consultant.at("renew-passphrase").fill(consultant.passphrase);
  await consultant.at("passphrase-known").check();
  await consultant.at("identity-copied").check();
  await consultant.at("passphrase", panel).fill(NEW);
  await consultant.at("passphrase-again", panel).fill(NEW);
  await consultant.at("renew-keys").click();
  await consultant.page.getByText("your twelve words are new").waitFor();
  consultant.passphrase = NEW;
  const words = await consultant.ownWords();
  assert.notEqual(words, before);
  await opens(consultant, "First", files[0]);
  await consultant.go(`/o/${organization}/files`);
  await consultant.at("unconfirmed").waitFor();

  // An owner compares and signs; the approver's pin follows.
  await owner.go(`/o/${organization}/people`);
  const row = owner.at("member").filter({ hasText: consultant.email });
  await owner.at("member-unconfirmed", row).waitFor();
  await owner.at("member-words", row).click();
  assert.equal((await owner.at("verify-words").locator("li").allTextContents()).join(" "), words);
  await owner.at("compared").check();
  await owner.at("words-match").click();
  await owner.at("member-unconfirmed", row).waitFor({ state: "detached" });
  await consultant.ask(organization, "Second", "With the next identity");
  await approver.approve(organization, "Second", { name: files[1].name, reason: "With the next identity" });
  await opens(consultant, "Second", files[1]);

  // The root is replaced; one owner alone may be a thief.
  for (const person of [second, approver]) await person.go(`/o/${organization}/people`);
  await owner.page.keyboard.press("Escape");
  await owner.go(`/o/${organization}/people`);
  await owner.at("rotate-root").click();
  await owner.at("confirm").click();
  await owner.page.getByText("new root key, and new words").waitFor();
  const next = await owner.organizationWords(organization);
  assert.notEqual(next, told);
  for (const person of [second, approver]) {
    await person.go(`/o/${organization}/people`);
    await person.at("root-changed").waitFor();
  }
  assert.equal((await second.at("verify-words").locator("li").allTextContents()).join(" "), next);
  await second.at("compared").check();
  await second.at("words-match").click();
  await second.at("root-changed").waitFor({ state: "detached" });

  // Two owners said so: nobody else compares anything.
  await approver.go(`/o/${organization}/files`);
  await approver.go(`/o/${organization}/people`);
  await approver.at("root-changed").waitFor({ state: "detached" });
  await opens(consultant, "First", files[0]);
  await consultant.watch.assertClean(consultant.page, [NEW]);
  await Promise.all(people.map((person) => person.context.close()));
});

function makeFile(label) {
  const name = `${label.toLowerCase()}.txt`;
  const path = join(temporaryFolder("succession"), name);
  writeFileSync(path, `the content of ${label}`);
  return { path, name, label };
}

async function opens(person, label, file) {
  assert.equal((await person.open(label)).sha256, await sha256OfFile(file.path));
}
