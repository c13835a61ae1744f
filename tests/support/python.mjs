//! The second implementation, `tests/interop`, as a person whom a test tells what to do.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { workspacePath } from "./workspace.mjs";

/** What Python imports from: the packages that `KEYFERRY_INTEROP_PACKAGES` names, else those xtask installed, and our own. */
function importPath() {
  const packages = process.env.KEYFERRY_INTEROP_PACKAGES || join(process.env.CARGO_TARGET_DIR ?? workspacePath("target"), "interop");
  if (!existsSync(packages)) throw new Error("no packages for Python: run `cargo xtask test --only interop`, or set KEYFERRY_INTEROP_PACKAGES");
  return [packages, workspacePath("tests/interop")].join(delimiter);
}

/** Somebody with an account at the relay `url`, whose client is the Python one. */
export class PythonPerson {
  constructor({ url, email, passphrase }) {
    Object.assign(this, { url, email, passphrase });
  }

  /** Does one thing, see `python -m keyferry_interop --help`; resolves with what came of it, rejects with the code of a refusal. */
  run(command, ...words) {
    const all = ["-m", "keyferry_interop", "--url", this.url, "--email", this.email, command, ...words];
    const env = { ...process.env, PYTHONPATH: importPath(), PYTHONNOUSERSITE: "1", PYTHONDONTWRITEBYTECODE: "1" };
    return new Promise((resolve, reject) => {
      const child = execFile("python3", all, { env }, (error, stdout, stderr) => {
        const told = stdout.trim() && JSON.parse(stdout);
        if (told && !error) return resolve(told);
        const why = told ? told.why : stderr;
        reject(Object.assign(new Error(`${command}: ${why}`, { cause: error }), { code: told?.refused }));
      });
      child.stdin.end(this.passphrase);
    });
  }
}
