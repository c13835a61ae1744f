//! The page of the browser benchmarks. Everything measured happens here, in one page.
import * as age from "./candidates/age.js";
import * as keyferry from "./candidates/keyferry.js";
import * as libsodium from "./candidates/libsodium.js";
import * as openpgp from "./candidates/openpgp.js";
import * as webcrypto from "./candidates/webcrypto.js";
import { randomBytes } from "./input.js";
import * as file from "./file.js";
import * as network from "./network.js";
import * as rotation from "./rotation.js";
import { obey, writeFile } from "./orders.js";
import * as unwrap from "./unwrap.js";

const candidates = [webcrypto, keyferry, libsodium, openpgp.asItComes, openpgp.withGcm, age];
const states = new Map();

/** Runs `operation` and returns how many milliseconds it took. Garbage of what ran before is not its own. */
async function time(operation) {
  globalThis.gc?.();
  const began = performance.now();
  const result = await operation();
  return { ms: performance.now() - began, ...result };
}

await obey({
  /** Makes the input and every candidate's sealed form of it; returns what each candidate is. */
  async prepareMemory(bytes) {
    const input = randomBytes(bytes);
    const all = [];
    for (const candidate of candidates) {
      const state = await candidate.prepare(input);
      states.set(candidate.name, state);
      all.push({ name: candidate.name, about: state.about ?? candidate.about });
    }
    return all;
  },
  /** Seals or opens once, everything in memory. */
  memory: (name, operation) => time(() => candidates.find((one) => one.name === name)[operation](states.get(name))),
  /** Gives up what `prepareMemory` made. */
  dropMemory: () => states.clear(),
  /** Writes the file that `file` and `network` read. */
  async writeInput(bytes) {
    await writeFile("input", bytes);
    await file.choose();
  },
  file: (name) => time(file[name]),
  network: (name, ...words) => time(() => network[name](...words)),
  prepareUnwraps: unwrap.prepare,
  unwrap: (name) => time(() => unwrap.run(name)),
  rotation: (name, ...words) => time(() => rotation[name](...words)),
});
