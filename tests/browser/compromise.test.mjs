//! Keys in someone else's hands, in the web app: a code that was tried is the way back, and the others see what is due.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchChromium } from "../support/chromium.mjs";
import { KIB, writeRandomFile } from "../support/dataset.mjs";
import { temporaryFolder } from "../support/folder.mjs";
import { startRelay } from "../support/relay.mjs";
import { workspacePath } from "../support/workspace.mjs";
import { Person } from "./person.mjs";

const NEW = "eleven otters borrowed my umbrella";
/** What Chromium writes of a refused request. */
const REFUSED = /the server responded with a status of 40[0139]/;

let browser;

before(async () => (browser = await launchChromium()));
after(() => browser?.close());

test("a code that was tried brings the last owner back, and who holds the vault sees what is due", { timeout: 180_000 }, async (t) => {
  const relay = await startRelay({ words: ["--web-root", workspacePath("web-demo/dist")] });
  t.after(() => relay.stop());
  const [olga, anton] = await Promise.all(
    ["olga", "anton"].map((name) => Person.arrive(browser, relay.url, `${name}@example.org`)),
  );
  await Promise.all([olga.register(), anton.register()]);
  const organization = await olga.createOrganization("Acme Archive");
  await olga.invite(organization, anton.email, "Approver");
  await anton.accept(await olga.organizationWords(organization));
  await olga.admit(organization, anton.email, await anton.ownWords());
  const path = join(temporaryFolder("compromise"), "ledger.bin");
  await writeRandomFile(path, 40 * KIB, "compromise");
  await olga.upload(organization, [{ path, label: "Third ledger" }]);
  await olga.go(`/o/${organization}/files`);
  await olga.at("file-open", olga.fileRow("Third ledger")).click();
  await olga.at("opened-name").waitFor();

  // Without a way back nobody leaves an organization without an owner.
  olga.watch.expect(REFUSED);
  await olga.go("/account");
  await report(olga);
  assert.equal(await olga.errorCode(), "last_owner");
  assert.match(await olga.at("error").textContent(), /Acme Archive/);

  const code = await makeCode(olga);
  await tryCode(olga, code.split(" ").reverse().join(" "));
  assert.match(await olga.errorCode(), /^(value_invalid|unlock_failed)$/);
  await tryCode(olga, code);
  await olga.page.getByText("The code opens your account").waitFor();
  await report(olga);
  await olga.at("reported").getByText("Acme Archive").waitFor();
  const fetched = olga.at("fetched-file");
  assert.equal(await fetched.count(), 1);
  assert.match(await fetched.textContent(), /Third ledger/);

  await anton.go(`/o/${organization}/files`);
  await anton.at("rotation-due").getByText("the root key and the vault’s key").waitFor();

  await olga.at("leave").click();
  await olga.at("email").fill(olga.email);
  await olga.at("passphrase").fill(olga.passphrase);
  await olga.at("login").click();
  assert.equal(await olga.errorCode(), "account_suspended");
  await olga.go("/recover");
  await olga.at("email").fill(olga.email);
  await olga.at("recovery-code").fill(code);
  await olga.at("passphrase").fill(NEW);
  await olga.at("passphrase-again").fill(NEW);
  await olga.at("recover").click();
  await olga.at("sheet-kept").check();
  await olga.at("sheet-done").click();
  await olga.at("me").waitFor();
  await olga.go(`/o/${organization}/files`);
  await olga.at("rotation-due").waitFor();
  for (const person of [olga, anton]) {
    await person.watch.assertClean(person.page, [olga.passphrase, NEW, code]);
    await person.context.close();
  }
});

/** Makes a recovery code and reads it off its sheet. */
async function makeCode(person) {
  await person.at("recovery-passphrase").fill(person.passphrase);
  await person.at("make-recovery-code").click();
  await person.at("recovery-sheet").waitFor();
  const words = await person.at("recovery-words").locator("li").allTextContents();
  await person.at("sheet-kept").check();
  await person.at("sheet-done").click();
  return words.join(" ");
}

async function tryCode(person, words) {
  await person.at("try-code").fill(words);
  await person.at("try-recovery-code").click();
}

/** Fills in the form that suspends the account, if need be, and sends it. */
async function report(person) {
  const passphrase = person.at("report-compromise-passphrase");
  if (!(await passphrase.isVisible())) await person.at("report-compromise-open").click();
  await passphrase.fill(person.passphrase);
  const button = person.at("report-compromise");
  await person.at("report-compromise-typed").fill("somebody else");
  assert.ok(await button.isDisabled(), "it has to be meant");
  await person.at("report-compromise-typed").fill(person.email);
  await button.click();
}
