// Loading the wasm module: once per page, by itself, and only the very module this package was built with. What an app hands over
// itself (bytes, an answer, a module) is its own to vouch for.
import initialize from "./wasm/keyferry.js";
import { unpack } from "./unpack.js";
import { WASM_INTEGRITY } from "./wasm/integrity.js";

/** Where to take the module from, for pages that place it elsewhere than beside the script. What lies at a URL is checked against
 * its hash; bytes may be packed or not. */
export type WasmSource = URL | Response | ArrayBuffer | WebAssembly.Module;

let fetchModule: (url: URL) => Promise<WebAssembly.Module> = async (url) =>
  compile(await fetch(url, { integrity: WASM_INTEGRITY }));
let loading: Promise<void> | undefined;
let module: WebAssembly.Module | undefined;

/** Replaces how the module is read, for platforms without `fetch` of their own files. */
export function provideModule(fetcher: (url: URL) => Promise<WebAssembly.Module>): void {
  fetchModule = fetcher;
}

/** Loads the module, if no one did before. A failure is not kept: the next call tries again. */
export function load(source?: WasmSource): Promise<void> {
  loading ??= start(source).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** The compiled module, for the worker that digests. */
export function wasmModule(): WebAssembly.Module {
  if (!module) throw new Error("the module is not loaded");
  return module;
}

async function start(source: WasmSource = new URL("./wasm/keyferry.packed", import.meta.url)): Promise<void> {
  module = await toModule(source);
  await initialize({ module_or_path: module });
}

async function toModule(source: WasmSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer) return WebAssembly.compile(unpack(new Uint8Array(source)));
  return source instanceof URL ? fetchModule(source) : compile(source);
}

async function compile(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) throw new Error(`the wasm module could not be fetched: ${response.status} ${response.url}`);
  return WebAssembly.compile(unpack(new Uint8Array(await response.arrayBuffer())));
}
