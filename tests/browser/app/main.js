//! The smallest app there can be: makes an account, shares a file with itself, and shows what came back in its title.
import { Keyferry } from "@keyferry/sdk";

const relay = new URLSearchParams(location.search).get("relay");
// More than a mebibyte: then the digest runs in the package's worker, which has to be found too.
const content = new Uint8Array(3 * 1024 * 1024).map((_, index) => (index * 31) >> 8);

const ferry = await Keyferry.connect(relay);
const email = `app-${crypto.randomUUID()}@example.org`;
const session = await ferry.register({ email, passphrase: "seven wooden ladders against the wind" });
const organization = await session.organizations.create({ name: "App" });
const file = await session.files.upload(content, { organization: organization.id, label: "app" });
const opened = await session.files.open(file.id);
const same = (await opened.bytes()).every((byte, index) => byte === content[index]);
document.title = same && opened.size === content.length ? "it works" : "other bytes came back";
Object.assign(globalThis, { session, organization, content });
