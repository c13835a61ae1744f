//! The same in Node: `node node.mjs RELAY_URL`.
import { Keyferry } from "@keyferry/sdk";

const content = new Uint8Array(3 * 1024 * 1024).map((_, index) => (index * 31) >> 8);
const ferry = await Keyferry.connect(process.argv[2]);
const email = `node-${crypto.randomUUID()}@example.org`;
const session = await ferry.register({ email, passphrase: "seven wooden ladders against the wind" });
const organization = await session.organizations.create({ name: "Node" });
const file = await session.files.upload(content, { organization: organization.id, label: "node" });
const opened = await session.files.open(file.id);
const same = Buffer.compare(await opened.bytes(), content) === 0;
console.log(same && opened.size === content.length ? "it works" : "other bytes came back");
