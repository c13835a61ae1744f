//! The resident memory of a browser: PSS over all of its processes.
import { readFileSync, readdirSync } from "node:fs";

/** The process `root` and everything that descends from it. */
export function processTree(root) {
  const children = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${name}/status`))?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (let index = 0; index < tree.length; index++) tree.push(...(children.get(tree[index]) ?? []));
  return tree;
}

/** The proportional set size of `root` and its descendants, in bytes: shared pages count once. */
export function residentBytes(root) {
  let kib = 0;
  for (const process of processTree(root)) kib += Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${process}/smaps_rollup`))?.[1] ?? 0);
  return kib * 1024;
}

/** Samples it every `intervalMs` until stopped. */
export class Sampler {
  constructor(root, intervalMs = 100) {
    this.samples = [];
    this.timer = setInterval(() => this.samples.push(residentBytes(root)), intervalMs);
    this.intervalMs = intervalMs;
  }

  stop() {
    clearInterval(this.timer);
  }

  get peak() {
    return Math.max(...this.samples);
  }

  /** Resolves with the median of the last `windowMs` once it has not moved by more than `toleranceBytes` for as long. */
  async settled({ windowMs = 2000, toleranceBytes = 2 * 1024 * 1024, patienceMs = 60_000 } = {}) {
    const wanted = windowMs / this.intervalMs;
    const deadline = performance.now() + patienceMs;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, this.intervalMs));
      const window = this.samples.slice(-wanted).sort((a, b) => a - b);
      if (window.length === wanted && window.at(-1) - window[0] <= toleranceBytes) return window[wanted >> 1];
      if (performance.now() > deadline) throw new Error("the browser's memory did not settle");
    }
  }
}

/** A process may end while it is looked at. */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
