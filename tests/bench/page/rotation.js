//! Rotating a vault that holds many keys, beside as many raw unwraps and wraps.
import { Keyferry } from "@keyferry/sdk";

const PASSPHRASE = "correct horse battery staple, twice over";
/** As many calls are in flight: more than there are cores, so that none is idle. */
const IN_FLIGHT = 16;

let session, organization;

/** Makes an account with an organization at the relay at `url`. */
export async function register(url) {
  const ferry = await Keyferry.connect(url, { device: "memory" });
  session = await ferry.register({ email: `bench-${crypto.randomUUID()}@example.org`, passphrase: PASSPHRASE });
  organization = (await session.organizations.create({ name: "Bench" })).id;
}

/** Runs `work` of 0 to `count`, a few beside each other. */
export async function inFlight(count, lanes, work) {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Uploads as many files, of which only the keys are of interest. */
export async function fill(files) {
  await inFlight(files, 4, async (place) => {
    const bytes = new TextEncoder().encode(`file ${place}`);
    await session.files.upload(bytes, { organization, label: `file ${place}`, name: `${place}.txt` });
  });
}

/** The vault's next key in the place of the one until now. */
export async function rotate(keys) {
  let told;
  await session.organizations.rotateVault(organization, { onProgress: (progress) => (told = progress) });
  if (told.done !== keys) throw new Error(`${told.done} keys were wrapped, not ${keys}`);
}

/** As many unwraps and wraps by WebCrypto alone, under labels of their own. */
export async function raw(keys) {
  const algorithm = { name: "RSA-OAEP", modulusLength: 3072, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
  const [old, next] = await Promise.all([0, 1].map(() => crypto.subtle.generateKey(algorithm, false, ["encrypt", "decrypt"])));
  const label = crypto.getRandomValues(new Uint8Array(32));
  const wrapped = await crypto.subtle.encrypt({ name: "RSA-OAEP", label }, old.publicKey, new Uint8Array(32));
  const began = performance.now();
  await inFlight(keys, IN_FLIGHT, async () => {
    const key = await crypto.subtle.decrypt({ name: "RSA-OAEP", label }, old.privateKey, wrapped);
    await crypto.subtle.encrypt({ name: "RSA-OAEP", label }, next.publicKey, key);
  });
  return { ms: performance.now() - began };
}
