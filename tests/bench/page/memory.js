//! Uploading, opening and re-keying once, for whoever watches the browser's memory meanwhile.
import { Keyferry } from "@keyferry/sdk";
import { handle, obey, writeFile } from "./orders.js";

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
  /** Writes the file to upload. */
  writeSource: (bytes) => writeFile("source", bytes),
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
  /** Seals it again under another key. */
  async rekey(file) {
    const { version } = await session.files.rekey(file);
    if (version < 2) throw new Error("it is the version it was");
  },
  async clean() {
    const root = await navigator.storage.getDirectory();
    for await (const name of root.keys()) await root.removeEntry(name);
  },
};

await obey(orders);
