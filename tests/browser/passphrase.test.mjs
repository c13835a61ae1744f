//! Changing a passphrase in the web app, on the device that does it and on one that knew the old one.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchChromium } from "../support/chromium.mjs";
import { startRelay } from "../support/relay.mjs";
import { workspacePath } from "../support/workspace.mjs";
import { Person } from "./person.mjs";

const NEW = "eleven otters borrowed my umbrella";

/** What Chromium writes of a refused request. */
const REFUSED = /the server responded with a status of 40[013]/;

let browser;

before(async () => (browser = await launchChromium()));
after(() => browser?.close());

test("the old passphrase opens nothing, and a device that knew it asks before it goes on", { timeout: 120_000 }, async (t) => {
  const relay = await startRelay({ words: ["--web-root", workspacePath("web-demo/dist")] });
  t.after(() => relay.stop());
  const here = await Person.arrive(browser, relay.url, "olga@example.org");
  here.watch.expect(REFUSED);
  await here.register();
  const there = await Person.arrive(browser, relay.url, here.email);
  there.watch.expect(REFUSED);
  await there.go("/login");
  await there.login();
  const words = await there.ownWords();

  await here.go("/account");
  await here.at("passphrase-now").fill("not this one, surely");
  await choose(here, NEW);
  assert.equal(await here.errorCode(), "login_failed");
  await here.at("passphrase-now").fill(here.passphrase);
  await here.at("change-passphrase").click();
  await here.page.getByText("Your passphrase is changed").waitFor();
  assert.deepEqual(await here.ownWords(), words, "it is the same identity");

  // The session there has ended; the page hears of it, and asks for the passphrase where it stands.
  await there.at("relogin-passphrase").fill(here.passphrase);
  await there.at("relogin-submit").click();
  const dialog = there.at("relogin");
  await dialog.getByTestId("error-code").waitFor();
  assert.equal(await dialog.getByTestId("error-code").textContent(), "kdf_changed");
  await there.at("changed-elsewhere").check();
  await there.at("relogin-submit").click();
  await dialog.getByText("login_failed").waitFor();
  await there.at("relogin-passphrase").fill(NEW);
  await there.at("relogin-submit").click();
  await dialog.waitFor({ state: "detached" });
  assert.deepEqual(await there.ownWords(), words);
  for (const person of [here, there]) {
    await person.watch.assertClean(person.page, [here.passphrase, NEW]);
    await person.context.close();
  }
});

async function choose(person, passphrase) {
  await person.at("passphrase").fill(passphrase);
  await person.at("passphrase-again").fill(passphrase);
  await person.at("change-passphrase").click();
}
