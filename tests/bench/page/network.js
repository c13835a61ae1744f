//! Against a relay: logging in and uploading, beside the bare operation each stands on.
import { Keyferry } from "@keyferry/sdk";
import { chosen } from "./file.js";

const PASSPHRASE = "correct horse battery staple, twice over";
const ITERATIONS = 600_000;

let ferry, email, session, organization;

/** Makes an account with an organization at the relay at `url`. */
export async function register(url) {
  ferry = await Keyferry.connect(url, { device: "memory" });
  email = `bench-${crypto.randomUUID()}@example.org`;
  session = await ferry.register({ email, passphrase: PASSPHRASE });
  organization = (await session.organizations.create({ name: "Bench" })).id;
}

/** Reaches the same relay by another address; the account knows its organization by its contact list. */
export async function reconnect(url) {
  ferry = await Keyferry.connect(url, { device: "memory" });
  session = await ferry.login({ email, passphrase: PASSPHRASE });
}

/** PBKDF2-SHA-256 as WebCrypto does it, and nothing else. */
export async function pbkdf2() {
  const secret = new TextEncoder().encode(PASSPHRASE);
  const key = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
  const salt = crypto.getRandomValues(new Uint8Array(32));
  await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: ITERATIONS }, key, 256);
}

/** From the passphrase to a session whose keys are usable. */
export async function login() {
  await ferry.login({ email, passphrase: PASSPHRASE });
}

/** The file as it is, to a server that answers when it lies on the disk. */
export async function put(url) {
  const response = await fetch(url, { method: "PUT", body: chosen() });
  if (response.status !== 204) throw new Error(`the sink answered ${response.status}`);
}

/** The file sealed, uploaded, signed and registered. */
export async function upload() {
  await session.files.upload(chosen(), { organization, label: "bench" });
}
