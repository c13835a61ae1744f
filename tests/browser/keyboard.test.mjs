//! The main story without a mouse.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { launchChromium } from "../support/chromium.mjs";
import { sha256OfFile } from "../support/dataset.mjs";
import { temporaryFolder } from "../support/folder.mjs";
import { startRelay } from "../support/relay.mjs";
import { workspacePath } from "../support/workspace.mjs";
import { KeyboardPerson } from "./keyboard.mjs";

test("the story is told by keys alone", { timeout: 300_000 }, async (t) => {
  const relay = await startRelay({ words: ["--web-root", workspacePath("web-demo/dist")] });
  t.after(() => relay.stop());
  const browser = await launchChromium();
  t.after(() => browser.close());
  const names = ["olga", "carla"];
  const [owner, consultant] = await Promise.all(
    names.map((name) => KeyboardPerson.arrive(browser, relay.url, `${name}@example.org`)),
  );
  // One after the other: only one page of a browser has the keys.
  for (const person of [owner, consultant]) await person.register();

  const organization = await owner.createOrganization("Acme Archive");
  const organizationWords = await owner.organizationWords(organization);
  await owner.invite(organization, consultant.email, "Consultant");
  await consultant.accept(organizationWords);
  await owner.admit(organization, consultant.email, await consultant.ownWords());

  const path = join(temporaryFolder("keyboard"), "ledger.txt");
  writeFileSync(path, "typed, not clicked");
  await owner.upload(organization, [{ path, label: "Ledger" }]);
  await consultant.ask(organization, "Ledger", "matter 4711");
  await owner.go(`/o/${organization}/requests`);
  await owner.approve(organization, "Ledger", { name: "ledger.txt", reason: "matter 4711" });

  const opened = await consultant.open("Ledger");
  assert.equal(opened.sha256, await sha256OfFile(path));
  const saved = await consultant.save();
  assert.equal(await sha256OfFile(saved.path), opened.sha256);
  await owner.revoke(organization, "Ledger");
  await consultant.go("/access");
  await consultant.at("my-grant").filter({ hasText: /revoked/i }).waitFor();
});
