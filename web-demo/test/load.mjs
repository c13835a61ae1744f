// Loads the app's TypeScript modules into Node, the way Vite reads them.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const source = fileURLToPath(new URL("../src/", import.meta.url));

/** The module of a path below `src/`. */
export async function load(path) {
  const { module } = await runnerImport(source + path, { configFile: false, logLevel: "error" });
  return module;
}
