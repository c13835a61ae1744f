//! Passkeys in the web app, by Chromium's virtual authenticator: added, used in a browser that never saw the account, removed.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchChromium } from "../support/chromium.mjs";
import { temporaryFolder } from "../support/folder.mjs";
import { startRelay } from "../support/relay.mjs";
import { workspacePath } from "../support/workspace.mjs";
import { Person } from "./person.mjs";

const REFUSED = /the server responded with a status of 401/;
/** Chromium would like RS256, which the relay does not verify. */
const ALGORITHMS = /pubKeyCredParams is missing at least one of the default algorithm identifiers/;

let browser;

before(async () => (browser = await launchChromium()));
after(() => browser?.close());

/** A relay by the name of this machine: an address is no RP id. */
async function start(t) {
  const relay = await startRelay({ words: ["--web-root", workspacePath("web-demo/dist")] });
  t.after(() => relay.stop());
  return relay.url.replace("127.0.0.1", "localhost");
}

/** Somebody whose browser has an authenticator, and writes down what its PRF gives and what is sent. */
async function arrive(url, email, options = {}) {
  const person = await Person.arrive(browser, url, email);
  person.watch.expect(ALGORITHMS);
  const sent = [];
  const requests = [];
  person.context.on("request", (request) => {
    sent.push(request.postDataBuffer() ?? Buffer.alloc(0));
    requests.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  await person.context.addInitScript(() => {
    globalThis.outputs = [];
    const told = PublicKeyCredential.prototype.getClientExtensionResults;
    PublicKeyCredential.prototype.getClientExtensionResults = function () {
      const results = told.call(this);
      const first = results.prf?.results?.first;
      if (first) globalThis.outputs.push({ copy: [...new Uint8Array(first)], kept: first });
      return results;
    };
  });
  await person.page.reload();
  const devtools = await person.context.newCDPSession(person.page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      automaticPresenceSimulation: true,
      isUserVerified: true,
      hasPrf: true,
      ...options,
    },
  });
  const credentials = async () => (await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
  return Object.assign(person, { sent, requests, credentials });
}

async function add(person, name) {
  await person.go("/account");
  await person.at("passkey-name").fill(name);
  await person.at("passkey-passphrase").fill(person.passphrase);
  await person.at("add-passkey").click();
}

test("a passkey logs in on a fresh page, opens files, and after its removal nothing", { timeout: 180_000 }, async (t) => {
  const url = await start(t);
  const olga = await arrive(url, "olga@example.org");
  await olga.register();
  const organization = await olga.createOrganization("Acme");
  const path = join(temporaryFolder("passkey"), "ledger.txt");
  writeFileSync(path, "the ledger of the third quarter\n".repeat(3000));
  await olga.upload(organization, [{ path, label: "Q3" }]);
  await add(olga, "Laptop");
  await olga.at("passkey").waitFor();
  assert.match(await olga.at("passkey").textContent(), /Laptop.*never/);
  assert.equal((await olga.credentials()).length, 1);

  await olga.at("logout").click();
  await olga.page.reload();
  await olga.at("login-with-passkey").click();
  await olga.at("me").waitFor();
  assert.equal(await olga.at("me").textContent(), olga.email);
  await olga.go(`/o/${organization}/files`);
  await olga.at("file-open", olga.fileRow("Q3")).click();
  await olga.at("opened-name").waitFor();
  assert.equal(await olga.at("opened-name").textContent(), "ledger.txt");

  const outputs = await olga.page.evaluate(() => globalThis.outputs.map(({ copy, kept }) => ({ copy, kept: [...new Uint8Array(kept)] })));
  assert.ok(outputs.length > 0);
  const sent = Buffer.concat(olga.sent);
  for (const { copy, kept } of outputs) {
    const secret = Buffer.from(copy);
    assert.ok(kept.every((byte) => byte === 0), "what the browser gave is wiped");
    for (const text of [secret, secret.toString("base64url"), secret.toString("hex"), secret.toString("base64")]) {
      assert.ok(!sent.includes(text), "the PRF's output was sent");
    }
  }
  assert.ok(sent.includes((await olga.credentials())[0].credentialId.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")));

  await olga.go("/account");
  assert.match(await olga.at("passkey").textContent(), /Laptop/);
  assert.doesNotMatch(await olga.at("passkey").textContent(), /never/);
  // Even where the device is not told, and keeps it.
  await olga.page.evaluate(() => (PublicKeyCredential.signalUnknownCredential = undefined));
  await olga.at("remove-passkey").click();
  await olga.at("confirm").click();
  await olga.at("passkey").waitFor({ state: "detached" });
  assert.equal((await olga.credentials()).length, 1);
  await olga.at("logout").click();
  olga.watch.expect(REFUSED);
  await olga.at("login-with-passkey").click();
  assert.equal(await olga.errorCode(), "login_failed");
  await olga.watch.assertClean(olga.page, [olga.passphrase]);
  await olga.context.close();
});

test("an authenticator without a PRF adds nothing, and says so", { timeout: 120_000 }, async (t) => {
  const person = await arrive(await start(t), "pete@example.org", { hasPrf: false });
  await person.register();
  await add(person, "Old key");
  assert.equal(await person.errorCode(), "platform_unsupported");
  assert.ok(!person.requests.includes("POST /v1/accounts/me/passkeys"), "nothing was sent");
  assert.equal(await person.at("passkey").count(), 0);
  assert.equal((await person.credentials()).length, 0, "nor does the authenticator keep what is of no use");
  await person.watch.assertClean(person.page, [person.passphrase]);
  await person.context.close();
});

test("renewed keys warn of their passkeys first, and leave none", { timeout: 180_000 }, async (t) => {
  const person = await arrive(await start(t), "rita@example.org");
  await person.register();
  await person.go("/account");
  await person.at("add-passkey").waitFor();
  assert.equal(await person.at("renew-removes-passkeys").count(), 0);
  await add(person, "Laptop");
  await person.at("passkey").waitFor();
  await add(person, "The same again");
  assert.equal(await person.errorCode(), "already_exists");
  await person.at("renew-removes-passkeys").waitFor();
  await person.at("renew-passphrase").fill(person.passphrase);
  await person.at("renew-keys").click();
  await person.at("toasts").filter({ hasText: "Your passkeys are removed" }).waitFor();
  await person.at("passkey").waitFor({ state: "detached" });
  await person.watch.assertClean(person.page, [person.passphrase]);
  await person.context.close();
});
