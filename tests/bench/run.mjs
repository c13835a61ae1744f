//! `node tests/bench/run.mjs NAME [--write] [--rounds N] [--mib N] [--keys N] [--only PART]`: runs a benchmark and prints a
//! Markdown report, then one line of JSON. Exit code 1 says that a promise was missed. `--write` puts the report
//! into docs/benchmarks.md.
import { parseArgs } from "node:util";
import { benchBrowser } from "./browser.mjs";

const benchmarks = { browser: benchBrowser };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    mib: { type: "string", default: "256" },
    keys: { type: "string", default: "10000" },
    only: { type: "string", multiple: true },
  },
});
const run = benchmarks[positionals[0]];
if (!run) throw new Error(`there is no benchmark ${positionals[0]}; there are: ${Object.keys(benchmarks).join(", ")}`);
const report = await run({ rounds: Number(values.rounds), mib: Number(values.mib), keys: Number(values.keys), only: values.only });
report.print();
if (values.write) report.write();
process.exit(report.allMet ? 0 : 1);
