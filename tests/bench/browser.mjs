//! The benchmarks of the SDK in Chromium: one page with no debugger attached, one run, every candidate in turn, round
//! after round.
import { chromiumVersion } from "../support/chromium.mjs";
import { MIB } from "../support/dataset.mjs";
import { temporaryFolder } from "../support/folder.mjs";
import { start } from "../support/process.mjs";
import { startRelay } from "../support/relay.mjs";
import { workspacePath } from "../support/workspace.mjs";
import { bundlePage } from "./bundle.mjs";
import { Report } from "./report.mjs";
import { Orders, startChromium } from "./self-driving.mjs";
import { median, medianRatio } from "./stats.mjs";

const PARTS = { memory: benchMemory, file: benchFile, unlock: benchUnlock, upload: benchUpload, unwrap: benchUnwrap, rotation: benchRotation };
const LINK_MEGABITS = 400;
/** DEKs that are unwrapped in a row. */
const UNWRAPS = 1000;
/** Bytes per second of that link, in MiB/s. */
const LINK_SPEED = (LINK_MEGABITS * 1e6) / 8 / MIB;

/** Runs the parts named in `only`, or all. */
export async function benchBrowser({ rounds, mib, keys, only = Object.keys(PARTS) }) {
  const folder = await bundlePage("main");
  const orders = await Orders.serve({ "/": folder, "/sdk/": workspacePath("pkg/dist/"), "/engine/": workspacePath("tests/dist/engine/") });
  const flags = ["--js-flags=--expose-gc"];
  const browser = await startChromium(temporaryFolder("profile"), `${orders.site.url}/main.html`, flags);
  const report = new Report("browser", "Browser", "cargo xtask bench browser", chromiumVersion());
  const died = browser.ended.then(() => Promise.reject(new Error(`Chromium ended:\n${browser.output.join("\n")}`)));
  const bench = new Bench({ orders, rounds, mib, keys, report, origin: orders.site.url });
  try {
    for (const part of only) await Promise.race([PARTS[part](bench), died]);
    return report;
  } finally {
    died.catch(() => {});
    await browser.stop();
    orders.close();
  }
}

/** What every part works with. */
class Bench {
  constructor(fields) {
    Object.assign(this, fields);
  }

  /** Has the page do `name`. */
  call(name, ...words) {
    return this.orders.give(name, ...words);
  }

  /**
   * Runs every candidate once per round, in an order that turns by one each round, and returns each one's
   * milliseconds. A first round that is not counted warms everything up.
   */
  async interleave(candidates) {
    const names = Object.keys(candidates);
    const times = Object.fromEntries(names.map((name) => [name, []]));
    for (let round = -1; round < this.rounds; round++) {
      console.error(`  ${names.join(", ")}: ${round < 0 ? "warming up" : `round ${round + 1} of ${this.rounds}`}`);
      for (let turn = 0; turn < names.length; turn++) {
        const name = names[(turn + round + 1) % names.length];
        const { ms } = await candidates[name]();
        if (round >= 0) times[name].push(ms);
      }
    }
    return times;
  }

  /** Milliseconds for the whole input as MiB/s. */
  speeds(times) {
    return times.map((ms) => (this.mib * 1000) / ms);
  }
}

async function benchMemory(bench) {
  const { report, mib } = bench;
  const candidates = await bench.call("prepareMemory", mib * MIB);
  const atLeast = { webcrypto: 0.8, libsodium: 2.5, openpgp: 3, age: 7 };
  for (const operation of ["seal", "open"]) {
    const runs = candidates.map(({ name }) => [name, () => bench.call("memory", name, operation)]);
    const times = await bench.interleave(Object.fromEntries(runs));
    for (const { name, about } of candidates) {
      report.row(`${operation} ${mib} MiB in memory, no digest`, about, bench.speeds(times[name]), "MiB/s");
    }
    for (const [peer, bound] of Object.entries(atLeast)) {
      report.gate(`${operation} in memory, to ${peer}`, medianRatio(times[peer], times.keyferry), { atLeast: bound });
    }
  }
  await bench.call("dropMemory");
}

async function benchFile(bench) {
  const { report, mib } = bench;
  await bench.call("writeInput", mib * MIB);
  const names = {
    read: "read the File as a stream",
    readSlices: "read the File in slices",
    hash: "SHA-256 alone, the SDK's",
    hashPeer: "SHA-256 alone, hash-wasm",
    seal: "seal from the File with SHA-256",
  };
  const runs = Object.keys(names).map((name) => [name, () => bench.call("file", name)]);
  const times = await bench.interleave(Object.fromEntries(runs));
  for (const [name, about] of Object.entries(names)) {
    report.row(`${mib} MiB from a File`, about, bench.speeds(times[name]), "MiB/s");
  }
  // The faster way of each: then the slower of the two is what no pipeline can beat.
  const faster = (...ways) => times[ways[0]].map((_, round) => Math.min(...ways.map((way) => times[way][round])));
  const [reading, hashing] = [faster("read", "readSlices"), faster("hash", "hashPeer")];
  const slower = median(reading) > median(hashing) ? reading : hashing;
  report.gate("seal from a File with SHA-256, to the slower of reading and hashing", medianRatio(slower, times.seal), {
    atLeast: 0.85,
  });
}

async function benchUnlock(bench) {
  const { report } = bench;
  const relay = await startRelay({ words: ["--allow-origin", bench.origin] });
  await bench.call("network", "register", relay.url);
  const times = await bench.interleave({
    pbkdf2: () => bench.call("network", "pbkdf2"),
    login: () => bench.call("network", "login"),
  });
  report.row("unlock", "raw WebCrypto PBKDF2-SHA-256, 600,000 iterations", times.pbkdf2, "ms");
  report.row("unlock", "passphrase to usable keys, by the relay", times.login, "ms");
  report.gate("unlock, to raw PBKDF2", medianRatio(times.login, times.pbkdf2), { atMost: 1.2 });
  await relay.stop();
}

async function benchUpload(bench) {
  const { report, mib } = bench;
  await bench.call("writeInput", mib * MIB);
  const [sink, relay] = await Promise.all([
    listening("sink.mjs", [temporaryFolder("sink")]),
    startRelay({ words: ["--allow-origin", bench.origin] }),
  ]);
  await bench.call("network", "register", relay.url);
  const direct = await bench.interleave({
    put: () => bench.call("network", "put", sink.found),
    upload: () => bench.call("network", "upload"),
  });
  const links = await Promise.all([sink.found, relay.url].map((url) => listening("link.mjs", [new URL(url).port, LINK_MEGABITS])));
  await bench.call("network", "reconnect", links[1].found);
  const shaped = await bench.interleave({
    put: () => bench.call("network", "put", links[0].found),
    upload: () => bench.call("network", "upload"),
  });
  const sections = [
    [`upload of ${mib} MiB to a local relay`, direct],
    [`upload of ${mib} MiB over a link of ${LINK_MEGABITS} Mbit/s`, shaped],
  ];
  for (const [section, times] of sections) {
    report.row(section, "raw PUT to a sink that syncs", bench.speeds(times.put), "MiB/s");
    report.row(section, "files.upload", bench.speeds(times.upload), "MiB/s");
  }
  report.gate("upload, to a raw PUT", medianRatio(direct.put, direct.upload), { atLeast: 0.5 });
  const share = median(bench.speeds(shaped.upload)) / LINK_SPEED;
  report.gate(`upload, of a link of ${LINK_MEGABITS} Mbit/s`, share, { atLeast: 0.95 });
  await Promise.all([sink, relay, ...links].map((program) => program.stop()));
}

async function benchUnwrap(bench) {
  const { report } = bench;
  const abouts = {
    raw: { "rsa-oaep-3072": "raw WebCrypto RSA-OAEP", "x25519-hpke": "raw WebCrypto X25519 import and derive" },
    keyferry: { "rsa-oaep-3072": "the SDK's engine", "x25519-hpke": "the SDK's engine" },
  };
  for (const [suite, atMost] of Object.entries({ "rsa-oaep-3072": 1.15, "x25519-hpke": 1.6 })) {
    const names = await bench.call("prepareUnwraps", suite, UNWRAPS);
    const times = await bench.interleave(Object.fromEntries(names.map((name) => [name, () => bench.call("unwrap", name)])));
    for (const name of names) {
      report.row(`unwrapping ${UNWRAPS} DEKs, ${suite}`, abouts[name]?.[suite] ?? name, times[name], "ms");
    }
    report.gate(`unwrapping, ${suite}, to raw WebCrypto`, medianRatio(times.keyferry, times.raw), { atMost });
  }
}

async function benchRotation(bench) {
  const { report, keys, rounds } = bench;
  const relay = await startRelay({ words: ["--allow-origin", bench.origin] });
  await bench.call("rotation", "register", relay.url);
  console.error(`  uploading ${keys} files, for their keys`);
  await bench.call("rotation", "fill", keys);
  // Each takes minutes: two rounds say enough.
  const times = await new Bench({ ...bench, rounds: Math.min(rounds, 2) }).interleave({
    raw: () => bench.call("rotation", "raw", keys),
    rotate: () => bench.call("rotation", "rotate", keys),
  });
  report.row(`rotation of ${keys} keys, RSA-3072`, "raw WebCrypto unwraps and wraps", times.raw, "ms");
  report.row(`rotation of ${keys} keys, RSA-3072`, "organizations.rotateVault", times.rotate, "ms");
  report.gate("rotation, to raw unwraps and wraps", medianRatio(times.rotate, times.raw), { atMost: 1.5 });
  await relay.stop();
}

/** Starts one of the programs beside this file and waits until it listens. */
function listening(program, words) {
  return start(process.execPath, [workspacePath("tests/bench", program), ...words.map(String)], {
    ready: (line) => /^listening on (\S+)$/.exec(line)?.[1],
  });
}
