//! The relay of this checkout, started on a free port.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { start } from "./process.mjs";
import { temporaryFolder } from "./folder.mjs";
import { workspacePath } from "./workspace.mjs";

/** The relay `KEYFERRY_RELAY` names, else the one cargo built here last. */
export function relayPath() {
  const named = process.env.KEYFERRY_RELAY;
  if (named) return named;
  const target = process.env.CARGO_TARGET_DIR ?? workspacePath("target");
  const built = ["release", "debug"].map((profile) => join(target, profile, "relay-server")).find(existsSync);
  if (!built) throw new Error("no relay: run `cargo build -p keyferry-relay-server`, or set KEYFERRY_RELAY");
  return built;
}

/**
 * Starts a relay; resolves, once it listens, with `url`, `dataFolder` and the running program.
 *
 * `words` are more arguments; `dataFolder` an earlier relay's, to go on with.
 */
export async function startRelay({ words = [], dataFolder = temporaryFolder("relay"), listen = "127.0.0.1:0" } = {}) {
  const program = await start(relayPath(), ["serve", "--data-dir", dataFolder, "--listen", listen, ...words], {
    ready: (line) => /^listening on (https?:\/\/\S+)$/.exec(line.trim())?.[1],
  });
  return { url: program.found, dataFolder, program, stop: () => program.stop(), kill: () => program.kill() };
}
