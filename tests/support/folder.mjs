//! Folders of a run's own, gone when it ends.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made = new Set();
process.on("exit", () => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));

/** Makes an empty folder that is deleted when the process ends. */
export function temporaryFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `keyferry-${name}-`));
  made.add(folder);
  return folder;
}
