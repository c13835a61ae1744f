//! A lost passphrase in the web app: the code on paper opens the account in a browser that never saw it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchChromium } from "../support/chromium.mjs";
import { startRelay } from "../support/relay.mjs";
import { workspacePath } from "../support/workspace.mjs";
import { Person } from "./person.mjs";

const NEW = "eleven otters borrowed my umbrella";
/** What Chromium writes of a refused request. */
const REFUSED = /the server responded with a status of 40[13]/;

let browser;

before(async () => (browser = await launchChromium()));
after(() => browser?.close());

test("the words on the sheet open the account once, and lead to the next sheet", { timeout: 120_000 }, async (t) => {
  const relay = await startRelay({ words: ["--web-root", workspacePath("web-demo/dist")] });
  t.after(() => relay.stop());
  const here = await Person.arrive(browser, relay.url, "olga@example.org");
  await here.register();
  const identity = await here.ownWords();
  await here.at("recovery-passphrase").fill(here.passphrase);
  await here.at("make-recovery-code").click();
  const code = await sheet(here);

  const there = await Person.arrive(browser, relay.url, here.email);
  there.watch.expect(REFUSED);
  await there.at("to-recover").click();
  await recover(there, code.replace(/ \S+$/, " zebra"));
  assert.match(await there.errorCode(), /^(value_invalid|login_failed)$/);
  await there.at("recovery-code").fill(`  ${code.toUpperCase().replaceAll(" ", "\n")}`);
  await there.at("recover").click();
  const next = await sheet(there);
  assert.notEqual(next, code);
  await there.at("me").waitFor();
  assert.deepEqual(await there.ownWords(), identity, "it is the same identity");

  // The session that was open has ended, and the used code opens nothing.
  here.watch.expect(REFUSED);
  await here.at("relogin").waitFor();
  const third = await Person.arrive(browser, relay.url, here.email);
  third.watch.expect(REFUSED);
  await third.go("/recover");
  await recover(third, code);
  assert.equal(await third.errorCode(), "login_failed");
  await there.watch.assertClean(there.page, [code, next, NEW]);
  await Promise.all([here, there, third].map((person) => person.context.close()));
});

/** Reads the sheet's words, and says that they are kept. */
async function sheet(person) {
  await person.at("recovery-sheet").waitFor();
  const words = await person.at("recovery-words").locator("li").allTextContents();
  assert.equal(words.length, 15);
  await person.at("sheet-kept").check();
  await person.at("sheet-done").click();
  return words.join(" ");
}

async function recover(person, code) {
  await person.at("email").fill(person.email);
  await person.at("recovery-code").fill(code);
  await person.at("passphrase").fill(NEW);
  await person.at("passphrase-again").fill(NEW);
  await person.at("recover").click();
}
