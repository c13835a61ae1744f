//! Erasing a file and an account in the web app: both have to be meant, and then are gone for everybody.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchChromium } from "../support/chromium.mjs";
import { KIB, writeRandomFile } from "../support/dataset.mjs";
import { temporaryFolder } from "../support/folder.mjs";
import { startRelay } from "../support/relay.mjs";
import { workspacePath } from "../support/workspace.mjs";
import { Person } from "./person.mjs";

/** What Chromium writes of a refused request. */
const REFUSED = /the server responded with a status of 40[0139]/;

let browser;

before(async () => (browser = await launchChromium()));
after(() => browser?.close());

test("an owner erases a file, and a consultant their account", { timeout: 180_000 }, async (t) => {
  const relay = await startRelay({ words: ["--web-root", workspacePath("web-demo/dist")] });
  t.after(() => relay.stop());
  const [olga, carla] = await Promise.all(
    ["olga", "carla"].map((name) => Person.arrive(browser, relay.url, `${name}@example.org`)),
  );
  await Promise.all([olga.register(), carla.register()]);
  const organization = await olga.createOrganization("Acme Archive");
  await olga.invite(organization, carla.email, "Consultant");
  await carla.accept(await olga.organizationWords(organization));
  await olga.admit(organization, carla.email, await carla.ownWords());
  const folder = temporaryFolder("erasure");
  const uploads = ["First ledger", "Second ledger"].map((label) => ({ path: join(folder, label), label }));
  for (const { path } of uploads) await writeRandomFile(path, 10 * KIB, path);
  await olga.upload(organization, uploads);

  await carla.go(`/o/${organization}/files`);
  await carla.fileRow("First ledger").waitFor();
  assert.equal(await carla.at("file-erase").count(), 0, "only owners erase");
  await olga.go(`/o/${organization}/files`);
  await olga.at("file-erase", olga.fileRow("First ledger")).click();
  const confirm = olga.at("confirm", olga.at("erase-dialog"));
  await olga.at("erase-typed").fill("Second ledger");
  assert.ok(await confirm.isDisabled(), "it has to be meant");
  await olga.at("erase-typed").fill("first ledger ");
  await confirm.click();
  await olga.at("erase-dialog").waitFor({ state: "detached" });
  assert.equal(await olga.at("file").count(), 1);
  // The others see it go without doing anything.
  await carla.fileRow("First ledger").waitFor({ state: "detached" });
  await carla.fileRow("Second ledger").waitFor();

  olga.watch.expect(REFUSED);
  await olga.go("/account");
  await eraseAccount(olga);
  assert.equal(await olga.errorCode(), "last_owner");
  carla.watch.expect(REFUSED);
  await carla.go("/account");
  await eraseAccount(carla);
  await carla.at("login").waitFor();
  await carla.at("email").fill(carla.email);
  await carla.at("passphrase").fill(carla.passphrase);
  await carla.at("login").click();
  assert.match(await carla.errorCode(), /^(login_failed|kdf_changed)$/, "nobody has this address");
  await olga.go(`/o/${organization}/people`);
  await olga.at("member").filter({ hasText: "erased-" }).waitFor();
  const anew = await Person.arrive(browser, relay.url, carla.email);
  await anew.register();
  for (const person of [olga, carla, anew]) {
    await person.watch.assertClean(person.page, [person.passphrase]);
    await person.context.close();
  }
});

async function eraseAccount(person) {
  await person.at("erase-account-open").click();
  await person.at("erase-account-passphrase").fill(person.passphrase);
  assert.ok(await person.at("erase-account").isDisabled(), "it has to be meant");
  await person.at("erase-account-typed").fill(person.email);
  await person.at("erase-account").click();
}
