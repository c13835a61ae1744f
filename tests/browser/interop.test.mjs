//! What the browser seals, the second implementation opens, and the other way round; in Python, made from docs/formats.md alone.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchChromium } from "../support/chromium.mjs";
import { KIB, sha256OfFile, writeRandomFile } from "../support/dataset.mjs";
import { temporaryFolder } from "../support/folder.mjs";
import { PythonPerson } from "../support/python.mjs";
import { startRelay } from "../support/relay.mjs";
import { serveSite } from "../support/site.mjs";
import { workspacePath } from "../support/workspace.mjs";

const PASSPHRASE = "seven wooden ladders against the wind";
/** Both kinds of suite; the larger RSA keys differ in nothing but their length, which the vectors cover. */
const SUITES = ["rsa-oaep-3072", "x25519-hpke"];
/** Nothing, one chunk exactly, and more than the page seals by itself. */
const LENGTHS = [0, 16 * KIB, 3 * 1024 * KIB + 5];

let browser;
let site;
let relay;

before(async () => {
  const blank = (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");
  site = await serveSite({ "/sdk/": workspacePath("pkg/dist") }, { routes: { "/": blank } });
  relay = await startRelay({ words: ["--allow-origin", site.url] });
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  await relay?.stop();
  site?.close();
});

for (const suite of SUITES) {
  test(`one account, both clients, made in the browser: ${suite}`, { timeout: 120_000 }, async (t) => {
    const email = address("browser");
    const page = await personsPage(t, "register", { email, suite });
    const organization = await page.evaluate((suite) => session.organizations.create({ name: "Acme", suite }), suite);
    const python = new PythonPerson({ url: relay.url, email, passphrase: PASSPHRASE });
    await assertExchange(page, python, organization.id);
  });

  test(`one account, both clients, made in Python: ${suite}`, { timeout: 120_000 }, async (t) => {
    const email = address("python");
    const python = new PythonPerson({ url: relay.url, email, passphrase: PASSPHRASE });
    const { fingerprint, words } = await python.run("register", suite);
    const { organization } = await python.run("found", "Acme", suite);
    const page = await personsPage(t, "login", { email });
    const me = await page.evaluate(() => session.me);
    assert.deepEqual([me.fingerprint, me.words], [fingerprint, words]);
    await assertExchange(page, python, organization);
  });

  test(`a consultant in Python reads what an owner in the browser grants: ${suite}`, { timeout: 120_000 }, async (t) => {
    const page = await personsPage(t, "register", { email: address("owner"), suite });
    const python = new PythonPerson({ url: relay.url, email: address("consultant"), passphrase: PASSPHRASE });
    const { fingerprint } = await python.run("register", suite);
    const { organization, told, invitation } = await page.evaluate(foundAndInvite, [suite, python.email]);
    await python.run("accept", organization, told);
    await page.evaluate(admit, [organization, invitation, fingerprint]);
    const file = await writeFile(LENGTHS[2]);
    const id = await upload(page, organization, file);
    const { request } = await python.run("ask", organization, id, "Prüfung 📚");
    await assert.rejects(python.run("open", organization, id, join(temporaryFolder("interop"), "out")), { code: "role_insufficient" });
    const granted = await page.evaluate(approve, [request, fingerprint]);
    assert.equal(granted.reason, "Prüfung 📚");
    await assertPythonOpens(python, organization, id, file);
    await page.evaluate((grant) => session.grants.revoke(grant), granted.grant);
    await assert.rejects(python.run("open", organization, id, join(temporaryFolder("interop"), "out")), { code: "grant_revoked" });
  });

  test(`a consultant in the browser reads what an owner in Python grants: ${suite}`, { timeout: 120_000 }, async (t) => {
    const email = address("consultant");
    const page = await personsPage(t, "register", { email, suite });
    const fingerprint = await page.evaluate(() => session.me.fingerprint);
    const python = new PythonPerson({ url: relay.url, email: address("owner"), passphrase: PASSPHRASE });
    await python.run("register", suite);
    const founded = await python.run("found", "Acme", suite);
    await python.run("invite", founded.organization, email, "consultant");
    await page.evaluate(accept, [founded.organization, founded.fingerprint]);
    await python.run("admit", founded.organization, email, fingerprint);
    const file = await writeFile(LENGTHS[2]);
    const { file: id } = await python.run("upload", founded.organization, file.path, file.label, "application/x-test");
    const request = await page.evaluate(ask, [id, "Prüfung 📚"]);
    const { reason, grant } = await python.run("approve", founded.organization, request, fingerprint);
    assert.equal(reason, "Prüfung 📚");
    assert.deepEqual(await page.evaluate(open, id), opened(file));
    await python.run("revoke", founded.organization, grant);
    assert.equal(await page.evaluate(codeOfOpening, id), "grant_revoked");
  });

  test(`what one client rotates, the other reads: ${suite}`, { timeout: 240_000 }, async (t) => {
    const email = address("owner");
    let page = await personsPage(t, "register", { email, suite });
    const python = new PythonPerson({ url: relay.url, email, passphrase: PASSPHRASE });
    const consultant = new PythonPerson({ url: relay.url, email: address("consultant"), passphrase: PASSPHRASE });
    const { fingerprint } = await consultant.run("register", suite);
    const { organization, told, invitation } = await page.evaluate(foundAndInvite, [suite, consultant.email]);
    await consultant.run("accept", organization, told);
    await page.evaluate(admit, [organization, invitation, fingerprint]);
    const file = await writeFile(LENGTHS[1]);
    const id = await upload(page, organization, file);
    const [granted, asked] = [await consultant.run("ask", organization, id, "zuerst"), await consultant.run("ask", organization, id, "Prüfung 📚")];
    await page.evaluate(approve, [granted.request, fingerprint]);
    const assertBothRead = async () => {
      assert.deepEqual(await page.evaluate(open, id), opened(file));
      assert.equal(await page.evaluate(reasonOf, asked.request), "Prüfung 📚");
      await assertPythonOpens(python, organization, id, file);
      assert.equal((await python.run("reason", organization, asked.request)).reason, "Prüfung 📚");
      await assertPythonOpens(consultant, organization, id, file);
    };
    await page.evaluate((id) => session.organizations.rotateVault(id), organization);
    await assertBothRead();
    assert.equal((await python.run("rotate-vault", organization)).wraps, 3, "a DEK and two reasons");
    await assertBothRead();
    await page.evaluate((passphrase) => session.rotateKeys({ passphrase }), PASSPHRASE);
    await assertBothRead();
    await python.run("rotate-keys");
    await consultant.run("rotate-keys");
    assert.equal(await page.evaluate(codeOfOpening, id), "session_invalid");
    page = await personsPage(t, "login", { email });
    await assertBothRead();
    const readers = await personsPage(t, "login", { email: consultant.email });
    assert.deepEqual(await readers.evaluate(open, id), opened(file));
    await readers.evaluate((passphrase) => session.rotateKeys({ passphrase }), PASSPHRASE);
    assert.deepEqual(await readers.evaluate(open, id), opened(file));
    await assertBothRead();
  });
}

/** Files of every length go both ways. */
async function assertExchange(page, python, organization) {
  for (const length of LENGTHS) {
    const file = await writeFile(length);
    await assertPythonOpens(python, organization, await upload(page, organization, file), file);
    const { file: id } = await python.run("upload", organization, file.path, file.label, "application/x-test");
    assert.deepEqual(await page.evaluate(open, id), opened(file));
  }
}

async function assertPythonOpens(python, organization, id, file) {
  const path = join(temporaryFolder("interop"), "out");
  const { name, size, label, media_type, sha256 } = await python.run("open", organization, id, path);
  assert.deepEqual({ name, size, label, type: media_type, sha256 }, opened(file));
  assert.equal(await sha256OfFile(path), file.sha256);
}

/** What a client says of a file that it opened. */
function opened({ name, bytes, label, sha256 }) {
  return { name, size: bytes, label, type: "application/x-test", sha256 };
}

/** Deterministic bytes in a file whose name and label are its own. */
async function writeFile(length) {
  const name = `${length}-bytes-Bücher.bin`;
  const path = join(temporaryFolder("interop"), name);
  const sha256 = await writeRandomFile(path, length, `interop ${length}`);
  return { path, name, label: `label of ${length}`, bytes: statSync(path).size, sha256 };
}

/** The page uploads what the test wrote; an input carries the bytes there. */
async function upload(page, organization, file) {
  await page.setContent("<input type=file>");
  await page.setInputFiles("input", file.path);
  return page.evaluate(async ([organization, label]) => {
    const [content] = document.querySelector("input").files;
    return (await session.files.upload(content, { organization, label, type: "application/x-test" })).id;
  }, [organization, file.label]);
}

/** A page with the SDK and the session of an account that it makes (`register`) or opens (`login`). */
async function personsPage(t, how, words) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`${site.url}/`);
  await page.evaluate(async ([url, how, words]) => {
    const { Keyferry } = await import("/sdk/index.js");
    globalThis.session = await (await Keyferry.connect(url))[how](words);
  }, [relay.url, how, { ...words, passphrase: PASSPHRASE }]);
  return page;
}

const address = (name) => `${name}-${randomUUID()}@example.org`;

/** In the page: opens a file, hashes what came, and says what it is. */
async function open(id) {
  const file = await session.files.open(id);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.bytes()));
  const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { name: file.name, size: file.size, label: file.label, type: file.type, sha256 };
}

/** In the page: why a file does not open. */
async function codeOfOpening(id) {
  return session.files.open(id).then((file) => file.bytes()).then(() => "opened", (error) => error.code);
}

/** In the page: makes an organization, and asks somebody in. */
async function foundAndInvite([suite, email]) {
  const { id, fingerprint } = await session.organizations.create({ name: "Acme", suite });
  const invitation = await session.organizations.invite(id, { email, role: "consultant" });
  return { organization: id, told: fingerprint, invitation: invitation.id };
}

/** In the page: admits the person whose fingerprint was told. */
async function admit([organization, invitation, fingerprint]) {
  const [{ invited }] = await session.organizations.invitations(organization);
  await session.people.pin(invited.user, fingerprint);
  await session.organizations.admit(organization, invitation, { fingerprint });
}

/** In the page: accepts under the fingerprint that was told. */
async function accept([organization, fingerprint]) {
  await session.people.pinOrganization(organization, fingerprint);
  const [invitation] = await session.invitations.list();
  await session.invitations.accept(invitation.id);
}

/** In the page: asks for a file. */
async function ask([file, reason]) {
  return (await session.requests.create(file, { reason, expiresAt: new Date(Date.now() + 3_600_000) })).id;
}

/** In the page: what a request gives as its reason. */
async function reasonOf(id) {
  return (await session.requests.get(id)).reason;
}

/** In the page: reads a request and grants it. */
async function approve([id, fingerprint]) {
  const { reason } = await session.requests.get(id);
  const grant = await session.requests.approve(id, { fingerprint });
  return { reason, grant: grant.id };
}
