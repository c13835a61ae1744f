//! Programs that a test starts: awaited by what they say, stopped by their id.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/**
 * Starts a program and resolves with it and with what `ready` makes of the first line it accepts.
 *
 * `ready(line)` returns something truthy for the line that says the program is ready. All output is kept in
 * `output`, and given in the error when the program ends before.
 */
export function start(program, words, { ready, env, cwd, stdin = "ignore" } = {}) {
  const child = spawn(program, words, { stdio: [stdin, "pipe", "pipe"], env: { ...process.env, ...env }, cwd });
  running.add(child);
  const output = [];
  return new Promise((resolve, reject) => {
    const ended = new Promise((done) => {
      child.once("close", (code, signal) => {
        running.delete(child);
        done({ code, signal });
        reject(new Error(`${program} ended (${signal ?? code}) before it was ready:\n${output.join("\n")}`));
      });
    });
    child.once("error", reject);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        output.push(line);
        const found = ready?.(line);
        if (found) resolve(new Program(child, output, ended, found));
      });
    }
    if (!ready) child.once("spawn", () => resolve(new Program(child, output, ended)));
  });
}

/** A program that runs. */
export class Program {
  constructor(child, output, ended, found) {
    Object.assign(this, { child, output, ended, found });
  }

  /** Asks it to finish and waits until it has. */
  async stop() {
    this.child.kill("SIGTERM");
    return this.ended;
  }

  /** Ends it as a power cut would. */
  async kill() {
    this.child.kill("SIGKILL");
    return this.ended;
  }
}
