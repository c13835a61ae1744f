//! Vectors over the engines as they ship: the package's own half of WebCrypto, and the module of test builds.
import initialize, { runConformance, runConformanceInSoftware, runVectors, runVectorsInSoftware } from "keyferry-vectors";
import { engineHost } from "../../../pkg/src/engine/host.ts";

const engines = {
  webcrypto: { vectors: (json) => runVectors(engineHost, json), conformance: () => runConformance(engineHost) },
  software: { vectors: runVectorsInSoftware, conformance: runConformanceInSoftware },
};

/** Runs every vector of a file of tests/vectors and resolves with their number; rejects with the one that fails. */
export async function run(wasm, engine, json) {
  await initialize({ module_or_path: wasm });
  return engines[engine].vectors(json);
}

/** Runs the field's vectors and resolves with a report for every suite (tests/conformance). */
export async function conform(wasm, engine) {
  await initialize({ module_or_path: wasm });
  return JSON.parse(await engines[engine].conformance());
}
