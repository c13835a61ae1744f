//! `node tests/bench/memory.mjs [--write] [--rounds N] [--only OPERATION]`: how much the browser's resident memory grows
//! while it uploads, opens and re-keys a small and a large file. Every measurement has a fresh browser with no debugger
//! attached; files lie in the origin private file system, and opening writes there. Prints a report, then one line of JSON.
import { parseArgs } from "node:util";
import { GIB, MIB } from "../support/dataset.mjs";
import { temporaryFolder } from "../support/folder.mjs";
import { startRelay } from "../support/relay.mjs";
import { workspacePath } from "../support/workspace.mjs";
import { bundlePage } from "./bundle.mjs";
import { Sampler } from "./processes.mjs";
import { Report } from "./report.mjs";
import { Orders, startChromium } from "./self-driving.mjs";
import { median } from "./stats.mjs";

const SIZES = { "256 MiB": 256 * MIB, "2 GiB": 2 * GIB };
const OPERATIONS = ["upload", "open", "rekey"];
const GROWTH_MIB = 192;
const DIFFERENCE_MIB = 16;

const { values } = parseArgs({
  options: {
    write: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    only: { type: "string", multiple: true },
  },
});

const only = values.only ?? OPERATIONS;
const folder = await bundlePage("memory");
const orders = await Orders.serve({ "/": folder, "/sdk/": workspacePath("pkg/dist/") });
const relay = await startRelay({ words: ["--allow-origin", orders.site.url] });
const report = new Report("memory", "Memory of the browser", "cargo xtask soak --only memory", "headless Chromium");
const profile = temporaryFolder("profile");
const account = await inBrowser((browser) => browser.give("register", relay.url));

const growth = {};
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [size, bytes] of Object.entries(SIZES)) {
    await inBrowser((browser) => browser.give("writeSource", bytes));
    const file = await measure(`upload ${size}`, "upload");
    if (only.includes("open")) await measure(`open ${size}`, "open", file, bytes);
    if (only.includes("rekey")) await measure(`rekey ${size}`, "rekey", file);
    await inBrowser((browser) => browser.give("clean"));
  }
}
for (const [what, figures] of Object.entries(growth)) report.row("peak growth of PSS", what, figures, "MiB");
for (const operation of only) {
  const [small, large] = Object.keys(SIZES).map((size) => growth[`${operation} ${size}`]);
  report.gate(`${operation} 2 GiB, worst growth`, Math.max(...large), { atMost: GROWTH_MIB }, "MiB");
  report.gate(`${operation}, 2 GiB over 256 MiB`, median(large) - median(small), { atMost: DIFFERENCE_MIB }, "MiB");
}
orders.close();
await relay.stop();
report.print();
if (values.write) report.write();
process.exit(report.allMet ? 0 : 1);

/** Has a fresh browser do one thing, with its memory watched. */
function measure(what, order, ...words) {
  return inBrowser(async (browser, chromium) => {
    await browser.give("login", relay.url, account);
    const sampler = new Sampler(chromium.child.pid);
    const before = await sampler.settled();
    const result = await browser.give(order, ...words);
    sampler.stop();
    (growth[what] ??= []).push((sampler.peak - before) / MIB);
    console.log(`${what}: ${Math.round(before / MIB)} MiB grew by ${Math.round(growth[what].at(-1))} MiB`);
    return result;
  });
}

/** Runs `work` with a browser of the one profile, then closes it. */
async function inBrowser(work) {
  const chromium = await startChromium(profile, `${orders.site.url}/memory.html`);
  const died = chromium.ended.then(() => Promise.reject(new Error(`Chromium ended:\n${chromium.output.join("\n")}`)));
  try {
    return await Promise.race([work(orders, chromium), died]);
  } finally {
    died.catch(() => {});
    await chromium.stop();
    orders.forget();
  }
}
