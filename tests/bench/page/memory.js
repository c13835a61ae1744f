//! A page that drives itself: asks for an order, does it, reports. Files lie in the origin private file system.
import { Keyferry } from "@keyferry/sdk";

const PIECE = 1024 * 1024;
const PASSPHRASE = "correct horse battery staple, twice over";

let session;

const orders = {
  /** Makes an account with an organization; what `login` needs later. */
  async register(url) {
    const ferry = await Keyferry.connect(url, { device: "indexeddb" });
    const email = `memory-${crypto.randomUUID()}@example.org`;
    session = await ferry.register({ email, passphrase: PASSPHRASE });
    await session.organizations.create({ name: "Memory" });
    return { email };
  },
  async login(url, { email }) {
    const ferry = await Keyferry.connect(url, { device: "indexeddb" });
    session = await ferry.login({ email, passphrase: PASSPHRASE });
  },
  /** Writes the file to upload: a random mebibyte, numbered, again and again. */
  async writeSource(bytes) {
    const sink = await (await handle("source")).createWritable();
    const piece = new Uint8Array(PIECE);
    for (let from = 0; from < PIECE; from += 65536) crypto.getRandomValues(piece.subarray(from, from + 65536));
    for (let number = 0; number < bytes / PIECE; number++) {
      new DataView(piece.buffer).setUint32(0, number);
      await sink.write(piece);
    }
    await sink.close();
  },
  async upload() {
    const source = await (await handle("source")).getFile();
    const [organization] = await session.organizations.list();
    const file = await session.files.upload(source, { organization: organization.id, label: "memory" });
    return file.id;
  },
  /** Opens it into a file; the SDK checks the SHA-256 at the end. */
  async open(file, bytes) {
    const opened = await session.files.open(file);
    const target = await handle("target");
    await opened.saveTo(target);
    const { size } = await target.getFile();
    if (size !== bytes) throw new Error(`${size} bytes were saved, not ${bytes}`);
  },
  async clean() {
    const root = await navigator.storage.getDirectory();
    for await (const name of root.keys()) await root.removeEntry(name);
  },
};

const handle = async (name) => (await navigator.storage.getDirectory()).getFileHandle(name, { create: true });

for (;;) {
  const { name, words } = await (await fetch("/orders")).json();
  const report = {};
  try {
    report.result = await orders[name](...words);
  } catch (error) {
    report.error = `${name}: ${error.code ?? ""} ${error.stack ?? error}`;
  }
  await fetch("/report", { method: "POST", body: JSON.stringify(report) });
}
