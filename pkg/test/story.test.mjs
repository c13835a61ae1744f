// The package in Node, against a real relay.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyferryError } from "@keyferry/sdk";
import { content, granted, inAnHour, office, PASSPHRASE, person, relayFor } from "./office.mjs";

const refused = (code) => (error) => error instanceof KeyferryError && error.code === code;

test("a consultant reads what was granted, and after revocation no more", async (t) => {
  const people = await office(await relayFor(t));
  const { owner, consultant, organization } = people;
  const plaintext = content(3 * 1024 * 1024 + 5);
  const file = await owner.session.files.upload(plaintext, {
    organization: organization.id,
    label: "Q3 ledger",
    name: "q3.bin",
    type: "application/x-ledger",
  });
  assert.ok(file.createdAt instanceof Date);
  const grant = await granted(people, file);

  const opened = await consultant.session.files.open(file.id);
  assert.deepEqual([opened.name, opened.type, opened.size], ["q3.bin", "application/x-ledger", plaintext.length]);
  assert.deepEqual(await opened.bytes(), plaintext);
  assert.deepEqual(new Uint8Array(await (await opened.blob()).arrayBuffer()), plaintext);
  assert.deepEqual(await opened.slice(16380, 16390), plaintext.slice(16380, 16390));

  await owner.session.grants.revoke(grant.id);
  await assert.rejects(consultant.session.files.open(file.id), refused("grant_revoked"));
  await assert.rejects(opened.bytes(), refused("grant_revoked"));
});

test("every kind of source arrives as it was, at every awkward length", async (t) => {
  const { session } = await person(await relayFor(t), "owner");
  const organization = await session.organizations.create({ name: "Acme", suite: "x25519-hpke" });
  for (const length of [0, 1, 16383, 16384, 16385, 1024 * 1024, 1024 * 1024 + 1, 9 * 1024 * 1024 + 5]) {
    const plaintext = content(length);
    const sources = {
      bytes: plaintext,
      buffer: plaintext.buffer,
      blob: new Blob([plaintext]),
      "blob that fills no buffers": new UnfillingBlob([plaintext]),
      file: new File([plaintext], "name", { type: "text/plain", lastModified: 5 }),
      stream: new Blob([plaintext]).stream(),
    };
    for (const [kind, source] of Object.entries(sources)) {
      const file = await session.files.upload(source, { organization: organization.id, label: kind });
      const opened = await session.files.open(file.id);
      assert.deepEqual(await opened.bytes(), plaintext, `${kind} of ${length}`);
      if (kind === "file") assert.deepEqual([opened.name, opened.type, opened.modifiedAt], ["name", "text/plain", new Date(5)]);
    }
  }
});

/** As in browsers whose Blobs have no byte streams. */
class UnfillingBlob extends Blob {
  stream() {
    return super.stream().pipeThrough(new TransformStream());
  }
}

test("a revocation gives the file another key, and who asks again reads it", async (t) => {
  const people = await office(await relayFor(t));
  const { owner, consultant, organization } = people;
  const plaintext = content(3 * 1024 * 1024);
  const file = await owner.session.files.upload(plaintext, { organization: organization.id, label: "ledger" });
  const grant = await granted(people, file);
  assert.deepEqual(await (await consultant.session.files.open(file.id)).bytes(), plaintext);
  const phases = new Set();
  const revoked = await owner.session.grants.revoke(grant.id, { rekey: true, onProgress: ({ phase }) => phases.add(phase) });
  assert.equal(revoked.state, "revoked");
  assert.deepEqual([...phases], ["sealing", "uploading", "finishing"]);
  const [listed] = await owner.session.files.list(organization.id);
  assert.deepEqual([listed.id, listed.version, listed.label], [file.id, 2, "ledger"]);
  await assert.rejects(consultant.session.files.open(file.id), refused("grant_revoked"));
  await granted(people, file);
  assert.deepEqual(await (await consultant.session.files.open(file.id)).bytes(), plaintext);

  const signal = AbortSignal.abort();
  await assert.rejects(owner.session.files.rekey(file.id, { signal }), refused("aborted"));
  assert.equal((await owner.session.files.rekey(file.id)).version, 3);
  assert.deepEqual(await (await consultant.session.files.open(file.id)).bytes(), plaintext);
});

test("an aborted transfer ends with its code, and progress reaches the end", async (t) => {
  const { session } = await person(await relayFor(t), "owner");
  const organization = await session.organizations.create({ name: "Acme", suite: "x25519-hpke" });
  const controller = new AbortController();
  const options = { organization: organization.id, label: "big", signal: controller.signal };
  const endless = new ReadableStream({ pull: (stream) => stream.enqueue(content(65536)) });
  const onProgress = ({ phase }) => phase === "uploading" && controller.abort();
  await assert.rejects(session.files.upload(endless, { ...options, onProgress }), refused("aborted"));
  await assert.rejects(session.files.upload(content(5), options), refused("aborted"));

  let last;
  const plaintext = content(100_000);
  await session.files.upload(plaintext, { organization: organization.id, label: "small", onProgress: (said) => (last = said) });
  assert.equal(last.bytesDone, plaintext.length);
});

test("a stream that is cancelled stops, and one that is read comes in order", async (t) => {
  const { session } = await person(await relayFor(t), "owner");
  const organization = await session.organizations.create({ name: "Acme", suite: "x25519-hpke" });
  const plaintext = content(5 * 1024 * 1024);
  const file = await session.files.upload(plaintext, { organization: organization.id, label: "stream" });
  const opened = await session.files.open(file.id);

  const reader = opened.stream().getReader();
  const { value } = await reader.read();
  assert.deepEqual(value, plaintext.slice(0, value.length));
  await reader.cancel();

  let at = 0;
  await opened.saveTo(new WritableStream({
    write(piece) {
      assert.deepEqual(piece, plaintext.slice(at, at + piece.length));
      at += piece.length;
    },
  }));
  assert.equal(at, plaintext.length);
});

test("a wrong passphrase, an unverified person and nonsense are refused by code", async (t) => {
  const relay = await relayFor(t);
  const { owner, consultant, organization } = await office(relay);
  const { ferry, email } = consultant;
  await assert.rejects(ferry.login({ email, passphrase: "incorrect horse battery" }), refused("login_failed"));
  await assert.rejects(ferry.register({ email: "a@example.org", passphrase: "short" }), refused("passphrase_weak"));
  await assert.rejects(owner.session.files.open("nonsense"), refused("value_invalid"));
  await assert.rejects(owner.session.organizations.create({ name: "x", suite: "rot13" }), refused("suite_unsupported"));

  const file = await owner.session.files.upload(content(10), { organization: organization.id, label: "x" });
  const elsewhere = await (await ferry.login({ email, passphrase: PASSPHRASE })).requests.create(file.id, {
    reason: "Audit",
    expiresAt: inAnHour(),
  });
  const other = "0".repeat(64);
  await assert.rejects(owner.session.requests.approve(elsewhere.id, { fingerprint: other }), (error) =>
    ["key_unverified", "key_changed"].includes(error.code));
});

test("notices arrive live, and listening ends with its signal", async (t) => {
  const { owner, organization } = await office(await relayFor(t));
  const controller = new AbortController();
  const connected = deferred();
  const noticed = deferred();
  const listening = owner.session.notices(noticed.resolve, { signal: controller.signal, onConnected: connected.resolve });
  await connected.promise;
  const file = await owner.session.files.upload(content(1), { organization: organization.id, label: "x" });
  assert.deepEqual(await noticed.promise, { kind: "file", organization: organization.id, file: file.id });
  controller.abort();
  await listening;
});

/** `Promise.withResolvers`, which Node 20 does not have. */
function deferred() {
  const parts = {};
  parts.promise = new Promise((resolve) => (parts.resolve = resolve));
  return parts;
}
