//! The shared vectors over the WebCrypto engine as it ships: the package's own half of it, and the module of test builds.
import initialize, { runVectors } from "keyferry-vectors";
import { engineHost } from "../../../pkg/src/engine/host.ts";

/** Runs every vector of a file of tests/vectors and resolves with their number; rejects with the one that fails. */
export async function run(wasm, json) {
  await initialize({ module_or_path: wasm });
  return runVectors(engineHost, json);
}
