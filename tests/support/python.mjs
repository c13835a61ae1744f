//! The second implementation, `tests/interop`, as a person whom a test tells what to do.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { workspacePath } from "./workspace.mjs";

/** The Python `KEYFERRY_INTEROP_PYTHON` names, else the one xtask prepared; it has what requirements.txt says. */
export function pythonPath() {
  const named = process.env.KEYFERRY_INTEROP_PYTHON;
  if (named) return named;
  const prepared = workspacePath("target/interop/bin/python");
  if (!existsSync(prepared)) throw new Error("no Python for the interop tests: run `cargo xtask test --only interop`, or set KEYFERRY_INTEROP_PYTHON");
  return prepared;
}

/** Somebody with an account at the relay `url`, whose client is the Python one. */
export class PythonPerson {
  constructor({ url, email, passphrase }) {
    Object.assign(this, { url, email, passphrase });
  }

  /** Does one thing, see `python -m keyferry_interop --help`; resolves with what came of it, rejects with the code of a refusal. */
  run(command, ...words) {
    const all = ["-m", "keyferry_interop", "--url", this.url, "--email", this.email, command, ...words];
    const env = { ...process.env, PYTHONPATH: workspacePath("tests/interop"), PYTHONDONTWRITEBYTECODE: "1" };
    return new Promise((resolve, reject) => {
      const child = execFile(pythonPath(), all, { env }, (error, stdout, stderr) => {
        const told = stdout.trim() && JSON.parse(stdout);
        if (told && !error) return resolve(told);
        const why = told ? told.why : stderr;
        reject(Object.assign(new Error(`${command}: ${why}`, { cause: error }), { code: told?.refused }));
      });
      child.stdin.end(this.passphrase);
    });
  }
}
