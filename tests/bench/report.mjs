//! The outcome of a benchmark: for people a Markdown page, for machines one line of JSON.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { median, spread } from "./stats.mjs";
import { workspacePath } from "../support/workspace.mjs";

const PAGE = workspacePath("docs", "benchmarks.md");
const HEAD = "# Benchmarks\n\nMeasured figures, each with its date, command and machine. Ratios matter; absolute figures drift with the machine.\n";

/** One benchmark's outcome. */
export class Report {
  constructor(name, title, command, browser) {
    const machine = { cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) };
    Object.assign(this, { name, title, command, browser, machine, date: new Date().toISOString().slice(0, 10) });
    this.rows = [];
    this.gates = [];
  }

  /** Adds a measured line: the values of its rounds, in `unit`. */
  row(section, what, values, unit) {
    this.rows.push({ section, what, median: round(median(values)), spread: round(spread(values)), unit, values: values.map(round) });
  }

  /** Adds a promise: `figure` must be at least (or at most) `bound`. */
  gate(what, figure, { atLeast, atMost }, unit = "") {
    const met = atLeast === undefined ? figure <= atMost : figure >= atLeast;
    this.gates.push({ what, figure: round(figure), bound: `${atLeast === undefined ? "≤" : "≥"} ${atLeast ?? atMost}`, unit, met });
  }

  get allMet() {
    return this.gates.every((gate) => gate.met);
  }

  /** Prints it, with the JSON on the last line. */
  print() {
    console.log(this.markdown());
    console.log(JSON.stringify(this));
  }

  /** Puts it into docs/benchmarks.md, in place of the same benchmark's earlier outcome. */
  write() {
    mkdirSync(workspacePath("docs"), { recursive: true });
    const page = existsSync(PAGE) ? readFileSync(PAGE, "utf8") : HEAD;
    const [begin, end] = [`<!-- ${this.name}: begin -->`, `<!-- ${this.name}: end -->`];
    const section = `${begin}\n${this.markdown()}\n${end}`;
    const [from, to] = [page.indexOf(begin), page.indexOf(end)];
    const next = from < 0 ? `${page}\n${section}\n` : page.slice(0, from) + section + page.slice(to + end.length);
    writeFileSync(PAGE, next);
  }

  markdown() {
    const { cores, memoryGiB } = this.machine;
    const rounds = Math.max(...this.rows.map(({ values }) => values.length));
    const setting = `${cores} cores, ${memoryGiB} GiB, ${this.browser}, ${rounds} rounds counted`;
    const lines = [`## ${this.title}`, "", `${this.date}, \`${this.command}\`, ${setting}.`];
    for (const section of new Set(this.rows.map((row) => row.section))) {
      lines.push("", `| ${section} | median | spread |`, "|---|---:|---:|");
      for (const row of this.rows.filter((row) => row.section === section)) {
        lines.push(`| ${row.what} | ${row.median} ${row.unit} | ±${Math.round(row.spread * 100)} % |`);
      }
    }
    lines.push("", "| promise | measured | bound | |", "|---|---:|---:|---|");
    for (const gate of this.gates) {
      lines.push(`| ${gate.what} | ${gate.figure}${gate.unit && ` ${gate.unit}`} | ${gate.bound} | ${gate.met ? "met" : "**missed**"} |`);
    }
    return lines.join("\n");
  }
}

/** Three digits are all that repeat. */
function round(value) {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
